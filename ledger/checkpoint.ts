import type { Checkpoint } from '../domain/entry.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import { HASH_BYTES } from './merkle.ts';
import { openNote, parseNote, signNote, type NoteKey, type NoteSigner, type VerifyEd25519 } from './note.ts';
import { accepted, refused, type Result } from './result.ts';

/** Longest origin in bytes: what witnesses take (C2SP tlog-cosignature). */
const ORIGIN_LIMIT = 255;

/** What a checkpoint says, without its signatures. */
export type CheckpointBody = Pick<Checkpoint, 'origin' | 'size' | 'root'>;

/** Body text of a checkpoint (C2SP tlog-checkpoint): origin, size, root, each with a line feed. */
export function formatCheckpoint(body: CheckpointBody): string {
  if (!Number.isSafeInteger(body.size) || body.size < 0) throw new TypeError(`${body.size} is no tree size`);
  return `${body.origin}\n${body.size}\n${toBase64(body.root)}\n`;
}

/** Reads a body. Extension lines are taken and ignored; sizes of 2^53 and more are refused. */
export function parseCheckpointBody(text: string): Result<CheckpointBody> {
  const [origin = '', digits = '', hash = '', ...rest] = text.split('\n');
  if (rest.at(-1) !== '' || rest.slice(0, -1).includes(''))
    return refused('the checkpoint has empty or unfinished lines');
  if (origin === '' || new TextEncoder().encode(origin).length > ORIGIN_LIMIT)
    return refused('the checkpoint has no origin of 1 to 255 bytes');
  const size = Number(digits);
  if (!/^(?:0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(size))
    return refused('the checkpoint has no tree size');
  const root = fromBase64(hash);
  if (root?.length !== HASH_BYTES) return refused('the checkpoint has no root hash');
  return accepted({ origin, size, root });
}

/** Reads a published checkpoint without verifying who signed it. */
export function parseCheckpoint(note: string): Result<Checkpoint> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const body = parseCheckpointBody(parsed.value.text);
  return body.ok ? accepted({ ...body.value, note }) : body;
}

/** Signs a tree head. The caller answers for its being consistent with every head signed before. */
export async function signCheckpoint(
  body: CheckpointBody,
  signers: readonly NoteSigner[],
): Promise<Checkpoint> {
  return { ...body, note: await signNote(formatCheckpoint(body), signers) };
}

export interface CheckpointTrust {
  /** The log's name; a checkpoint of another origin is refused. */
  readonly origin: string;
  /** Keys of the log; one valid signature suffices, an invalid one of any of them refuses. */
  readonly keys: readonly NoteKey[];
  readonly verify: VerifyEd25519;
}

/** Reads a published checkpoint and verifies that the log itself has signed it. Cosignatures are not looked at. */
export async function openCheckpoint(note: string, trust: CheckpointTrust): Promise<Result<Checkpoint>> {
  const opened = await openNote(note, trust.keys, trust.verify);
  if (!opened.ok) return opened;
  const body = parseCheckpointBody(opened.value.text);
  if (!body.ok) return body;
  if (body.value.origin !== trust.origin)
    return refused(`the checkpoint is of ${body.value.origin}, not of ${trust.origin}`);
  return accepted({ ...body.value, note });
}
