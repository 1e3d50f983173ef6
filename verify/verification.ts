import type { CheckLine } from '../domain/ports.ts';

/** What is checked, in the order of the lines. */
export const checkNames = [
  'structure',
  'bag',
  'attestation',
  'packet',
  'checkpoint',
  'range',
  'entries',
  'disclosures',
  'proofs',
  'tables',
  'outcomes',
  'policies',
  'pdf',
  'pdf-signature',
  'time-stamps',
  'trust',
] as const;
export type CheckName = (typeof checkNames)[number];

/** `absent`: there is nothing of the kind in what was given, and nothing requires it. */
export type CheckStatus = 'holds' | 'fails' | 'absent';

/** One line. `detail` is what was found, or the first problem; `problems` has the first hundred. */
export interface PacketCheck extends CheckLine {
  readonly name: CheckName;
  readonly status: CheckStatus;
  readonly problems: readonly string[];
}

export interface PacketVerification {
  /** The path as given. */
  readonly path: string;
  readonly valid: boolean;
  /** 0 valid, 1 not valid, 2 nothing there that could be read as a packet. */
  readonly exitCode: 0 | 1 | 2;
  /** Id of the packet, when it could be read. */
  readonly packet: string | null;
  readonly checks: readonly PacketCheck[];
  /** Keys that signed it, known or not. */
  readonly signers: readonly Signer[];
}

export interface Signer {
  readonly role: 'attestation' | 'log' | 'pdf' | 'time-stamp';
  /** Lower-case hex SHA-256 of the public key or certificate; of a log key its vkey. */
  readonly fingerprint: string;
  readonly known: boolean;
}

/** Problems kept for each check; the rest is counted. */
export const PROBLEMS_MAX = 100;

/** Collects what is wrong, so that a check never stops at the first fault. */
export interface Problems {
  readonly list: readonly string[];
  readonly count: number;
  add(problem: string): void;
}

export function collectProblems(): Problems {
  const list: string[] = [];
  let count = 0;
  return {
    list,
    get count(): number {
      return count;
    },
    add(problem): void {
      count++;
      if (list.length < PROBLEMS_MAX) list.push(problem);
    },
  };
}

/** A line: `found` is its text when nothing is wrong. */
export function toCheck(name: CheckName, problems: Problems, found: string): PacketCheck {
  const [first] = problems.list;
  if (first === undefined) return { name, status: 'holds', valid: true, detail: found, problems: [] };
  const more = problems.count > 1 ? ` (and ${problems.count - 1} more)` : '';
  return { name, status: 'fails', valid: false, detail: `${first}${more}`, problems: problems.list };
}

export function absent(name: CheckName, detail: string): PacketCheck {
  return { name, status: 'absent', valid: true, detail, problems: [] };
}

export function failed(name: CheckName, problem: string): PacketCheck {
  return { name, status: 'fails', valid: false, detail: problem, problems: [problem] };
}

/** Text for a terminal: one line a check, the signers, the sum, each with its line feed. Control characters of the packet are escaped. */
export function formatVerification(verification: PacketVerification): string {
  const marks = { holds: 'ok  ', fails: 'FAIL', absent: 'none' } as const;
  const lines = verification.checks.map(
    (check) => `${marks[check.status]}  ${check.name.padEnd(14)} ${check.detail}`,
  );
  for (const { role, fingerprint, known } of verification.signers) {
    lines.push(`key   ${role.padEnd(14)} ${fingerprint} ${known ? 'known' : 'unknown'}`);
  }
  const failures = verification.checks.filter((check) => !check.valid).length;
  const sum = verification.valid
    ? 'valid'
    : `not valid: ${failures} of ${verification.checks.length} checks failed`;
  return [...lines, `${verification.path}: ${sum}`].map((line) => `${printable(line)}\n`).join('');
}

function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** What a caught error says, for a problem line. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
