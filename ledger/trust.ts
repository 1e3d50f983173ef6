import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from './bytes.ts';
import { sha256 } from './hash.ts';
import type { Keys } from './keys.ts';
import { formatVerifierKey } from './note.ts';

/** URI of what an attestation of ours states (in-toto predicate type). */
export const PREDICATE_TYPE = 'https://annexa.dev/evidence-packet/v1';

export interface KeyDescription {
  readonly purpose: 'log' | 'attestation' | 'pdf' | 'authority';
  readonly algorithm: string;
  /** SHA-256 in lower-case hex: of the SubjectPublicKeyInfo, of the certificate for pdf and authority, of the raw key for the log. */
  readonly fingerprint: string;
  /** Verifier key line; of the log only. */
  readonly vkey?: string;
}

/** The public keys, for a person to compare over another channel. */
export function describeKeys(keys: Pick<Keys, 'log' | 'attestation' | 'pdf'>): readonly KeyDescription[] {
  const [own, ...issuers] = keys.pdf.certificates;
  const authority = issuers.at(-1);
  return [
    {
      purpose: 'log',
      algorithm: 'Ed25519',
      fingerprint: fingerprint(keys.log.key.publicKey),
      vkey: formatVerifierKey(keys.log.key),
    },
    {
      purpose: 'attestation',
      algorithm: 'ECDSA P-256',
      fingerprint: fingerprint(keys.attestation.publicKey),
    },
    ...(own === undefined
      ? []
      : [{ purpose: 'pdf', algorithm: 'ECDSA P-256', fingerprint: fingerprint(own) } as const]),
    ...(authority === undefined
      ? []
      : [{ purpose: 'authority', algorithm: 'ECDSA P-256', fingerprint: fingerprint(authority) } as const]),
  ];
}

/**
 * Writes what a verifier has to get from elsewhere than the packet: ca.pem, ca.crl (DER), log.vkey, attestation.pub (PEM)
 * and predicate-type. Nothing in it is secret.
 */
export function writeTrust(
  directory: string,
  keys: Pick<Keys, 'log' | 'attestation' | 'pdf' | 'revocations'>,
): void {
  mkdirSync(directory, { recursive: true });
  const authority = keys.pdf.certificates.at(-1);
  const files: Record<string, string | Uint8Array> = {
    'log.vkey': `${formatVerifierKey(keys.log.key)}\n`,
    'attestation.pub': toPem('PUBLIC KEY', keys.attestation.publicKey),
    'predicate-type': `${PREDICATE_TYPE}\n`,
    ...(authority === undefined ? {} : { 'ca.pem': toPem('CERTIFICATE', authority) }),
    ...(keys.revocations.length === 0 ? {} : { 'ca.crl': keys.revocations }),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}

function fingerprint(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
