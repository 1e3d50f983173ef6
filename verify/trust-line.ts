import type { X509Certificate } from 'node:crypto';
import { openTimeStamp } from './time-stamps.ts';
import { absent, collectProblems, explain, toCheck } from './verification.ts';
import type { PacketCheck, Signer } from './verification.ts';

/** A time-stamp token and the bytes it should be over. */
export interface Stamped {
  readonly name: string;
  readonly token: Uint8Array | undefined;
  readonly data: Uint8Array | undefined;
}

/** The line about RFC 3161 tokens, and who made them. */
export function stampLine(
  stamped: readonly Stamped[],
  authorities: readonly X509Certificate[],
): { readonly check: PacketCheck; readonly signers: readonly Signer[] } {
  const problems = collectProblems();
  const signers: Signer[] = [];
  const found: string[] = [];
  for (const { name, token, data } of stamped) {
    if (token === undefined) continue;
    try {
      if (data === undefined) throw new Error('what it is over cannot be read');
      const stamp = openTimeStamp(token, data, authorities);
      signers.push({ role: 'time-stamp', fingerprint: stamp.fingerprint, known: stamp.known });
      found.push(`${name} ${stamp.time}`);
    } catch (error) {
      problems.add(`${name}: ${explain(error)}`);
    }
  }
  const nothing = found.length === 0 && problems.count === 0;
  return {
    check: nothing
      ? absent('time-stamps', 'anchored: none')
      : toCheck('time-stamps', problems, found.join(', ')),
    signers,
  };
}

/**
 * The line about trust: every signer is known, unless unknown ones are allowed. A role that is expected and has no
 * signer is a problem in any case.
 */
export function trustLine(
  signers: readonly Signer[],
  { allowed, expected }: { allowed: boolean; expected: readonly Signer['role'][] },
): PacketCheck {
  const problems = collectProblems();
  const unknown = signers.filter((signer) => !signer.known);
  for (const role of expected) {
    if (!signers.some((signer) => signer.role === role)) problems.add(`no ${role} signer can be named`);
  }
  const names = unknown.map(({ role, fingerprint }) => `unknown key ${fingerprint} (${role})`);
  if (!allowed) names.forEach((name) => problems.add(name));
  const found = names.length === 0 ? `${signers.length} signers, all known` : `allowed: ${names.join(', ')}`;
  return toCheck('trust', problems, found);
}
