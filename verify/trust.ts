import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';

/** What the verifier got from elsewhere than the packet. Everything is empty when nobody gave it. */
export interface Trust {
  /** SubjectPublicKeyInfo in DER by lower-case hex SHA-256. */
  readonly attestationKeys: ReadonlyMap<string, Uint8Array>;
  readonly logKeys: readonly string[];
  readonly authorities: readonly X509Certificate[];
  readonly predicateType: string | undefined;
}

export const noTrust: Trust = {
  attestationKeys: new Map(),
  logKeys: [],
  authorities: [],
  predicateType: undefined,
};

const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/**
 * Reads a trust directory: attestation.pub (SPKI PEM), log.vkey (a verifier key a line), ca.pem (certificates) and
 * predicate-type (a line). Files may hold several keys, for rotation; a file that is not there vouches for nothing.
 *
 * Throws FILE_UNREADABLE when there is no such directory, nothing in it, or a file holds no key.
 */
export async function readTrust(directory: string): Promise<Trust> {
  const [attestation, log, ca, type] = await Promise.all(
    ['attestation.pub', 'log.vkey', 'ca.pem', 'predicate-type'].map((name) =>
      readText(join(directory, name)),
    ),
  );
  if (attestation === undefined && log === undefined && ca === undefined) {
    throw new AnnexaError('FILE_UNREADABLE', 'no trust directory', {
      where: directory,
      hint: 'Name a directory with attestation.pub, log.vkey or ca.pem in it.',
    });
  }
  return {
    attestationKeys: new Map(pems(attestation, join(directory, 'attestation.pub')).map(toKey)),
    logKeys: (log ?? '').split('\n').filter((line) => line.trim() !== ''),
    authorities: pems(ca, join(directory, 'ca.pem')).map(toCertificate),
    predicateType: type?.trim(),
  };
}

/** Lower-case hex SHA-256 of a SubjectPublicKeyInfo. */
export function keyFingerprint(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('hex');
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new AnnexaError('FILE_UNREADABLE', 'cannot read a trust file', { where: file, cause });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function pems(text: string | undefined, where: string): { pem: string; where: string }[] {
  if (text === undefined) return [];
  const found = text.match(PEM) ?? [];
  if (found.length === 0) throw new AnnexaError('FILE_UNREADABLE', 'no PEM block', { where });
  return found.map((pem) => ({ pem, where }));
}

function toKey({ pem, where }: { pem: string; where: string }): [string, Uint8Array] {
  try {
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return [keyFingerprint(spki), spki];
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'not a public key', { where, cause });
  }
}

function toCertificate({ pem, where }: { pem: string; where: string }): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'not a certificate', { where, cause });
  }
}
