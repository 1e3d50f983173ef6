import { open, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { AnnexaError } from '../domain/errors.ts';
import { openDirectory, openZip } from './members.ts';
import type { Members } from './members.ts';
import { verifyMembers } from './packet.ts';
import type { Findings, Judges } from './packet.ts';
import { readPdf } from './pdf.ts';
import { checkPdfSignature } from './pdf-signature.ts';
import { noTrust, readTrust } from './trust.ts';
import { stampLine, trustLine } from './trust-line.ts';
import { explain, failed, toCheck } from './verification.ts';
import type { PacketVerification, Signer } from './verification.ts';

export interface VerifyOptions {
  /** Directory with the keys that somebody vouches for. Without it no signer is known. */
  readonly trust?: string;
  /** Lets signers that the trust directory does not name pass; everything else must hold all the same. */
  readonly allowUnknownSigner?: boolean;
}

/**
 * Checks a packet, as a zip file or unpacked, or a report on its own. Works offline and reads nothing but the path and the
 * trust directory. Every check runs, whatever the others found; a file that does not hold is a line, never a rejection.
 * Memory does not grow with the packet beyond its tiles of level 1 and up, some bytes a file, and packet.json.
 *
 * Rejects with FILE_UNREADABLE only when the trust directory cannot be used.
 */
export async function verifyPacket(path: string, options: VerifyOptions = {}): Promise<PacketVerification> {
  const trust = options.trust === undefined ? noTrust : await readTrust(options.trust);
  const allowed = options.allowUnknownSigner ?? false;
  const findings = await examine(path, { trust, allowed });
  if ('unreadable' in findings) {
    const checks = [failed('structure', findings.unreadable)];
    return { path, valid: false, exitCode: 2, packet: null, checks, signers: [] };
  }
  const valid = findings.checks.every((check) => check.valid);
  return { path, valid, exitCode: valid ? 0 : 1, ...findings };
}

async function examine(path: string, judges: Judges): Promise<Findings | { readonly unreadable: string }> {
  let members: Members;
  try {
    const found = await stat(path);
    if (found.isFile() && (await isPdf(path))) return await verifyReport(path, judges);
    members = found.isDirectory() ? await openDirectory(path) : await openZip(path);
  } catch (error) {
    return { unreadable: error instanceof AnnexaError ? error.message : explain(error) };
  }
  try {
    if (members.names.length === 0) return { unreadable: 'no file in it' };
    return await verifyMembers(members, judges);
  } finally {
    await members.close();
  }
}

/** A report alone: its signature and its end. What it says is checked with the packet. */
async function verifyReport(path: string, judges: Judges): Promise<Findings> {
  const pdf = await readPdf(() => createReadStream(path));
  const signature = checkPdfSignature(pdf, judges.trust.authorities);
  const stamps = stampLine(
    [{ name: 'PDF signature', token: signature.timestamp, data: signature.signature }],
    judges.trust.authorities,
  );
  const signers: Signer[] =
    signature.fingerprint === undefined
      ? []
      : [{ role: 'pdf', fingerprint: signature.fingerprint, known: signature.known }];
  return {
    packet: null,
    checks: [
      toCheck(
        'pdf-signature',
        signature.problems,
        `signed by ${signature.signer}, covers all ${pdf.size} bytes`,
      ),
      stamps.check,
      trustLine([...signers, ...stamps.signers], { allowed: judges.allowed, expected: ['pdf'] }),
    ],
    signers: [...signers, ...stamps.signers],
  };
}

async function isPdf(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5), 0, 5, 0);
    return buffer.toString('latin1', 0, bytesRead) === '%PDF-';
  } finally {
    await handle.close();
  }
}
