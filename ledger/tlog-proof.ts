import type { Checkpoint } from '../domain/entry.ts';
import { fromBase64, toBase64 } from './bytes.ts';
import { openCheckpoint, type CheckpointTrust } from './checkpoint.ts';
import { HASH_BYTES, verifyInclusion } from './merkle.ts';
import { accepted, refused, type Result } from './result.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** Longest proof of a tree of less than 2^64 leaves. */
const HASH_LIMIT = 63;

/** Proof that an entry stands in a log (C2SP tlog-proof). */
export interface TlogProof {
  readonly index: number;
  /** Inclusion proof, leaf side first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, as published. */
  readonly checkpoint: string;
  /** Bytes for the reader; no signature covers them. */
  readonly extra?: Uint8Array;
}

/** The text of a `.tlog-proof` file. */
export function formatTlogProof(proof: TlogProof): string {
  const extra = proof.extra === undefined ? [] : [`extra ${toBase64(proof.extra)}`];
  const lines = [FIRST_LINE, ...extra, `index ${proof.index}`, ...proof.hashes.map(toBase64)];
  return `${lines.join('\n')}\n\n${proof.checkpoint}`;
}

export function parseTlogProof(text: string): Result<TlogProof> {
  const split = text.indexOf('\n\n');
  if (split < 0) return refused('the proof has no empty line before its checkpoint');
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== FIRST_LINE) return refused(`the proof does not start with ${FIRST_LINE}`);
  const extra = lines[0]?.startsWith('extra ') === true ? fromBase64((lines.shift() ?? '').slice(6)) : null;
  if (extra === undefined) return refused('the extra line is not base64');
  const [, digits] = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '') ?? [];
  const index = Number(digits);
  if (!Number.isSafeInteger(index)) return refused('the proof has no index');
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return refused('the proof has a malformed hash');
    hashes.push(hash);
  }
  if (hashes.length > HASH_LIMIT) return refused(`the proof has more than ${HASH_LIMIT} hashes`);
  return accepted({ index, hashes, checkpoint: text.slice(split + 2), ...(extra === null ? {} : { extra }) });
}

/** Checks that the leaf stands at the proof's index in the log, under a checkpoint that the log signed. */
export async function verifyTlogProof(
  text: string,
  leaf: Uint8Array,
  trust: CheckpointTrust,
): Promise<Result<{ readonly index: number; readonly checkpoint: Checkpoint }>> {
  const proof = parseTlogProof(text);
  if (!proof.ok) return proof;
  const { index, hashes } = proof.value;
  const checkpoint = await openCheckpoint(proof.value.checkpoint, trust);
  if (!checkpoint.ok) return checkpoint;
  const { size, root } = checkpoint.value;
  if (!verifyInclusion({ index, size, leaf, proof: hashes, root })) {
    return refused(`the entry does not stand at index ${index} of the log`);
  }
  return accepted({ index, checkpoint: checkpoint.value });
}
