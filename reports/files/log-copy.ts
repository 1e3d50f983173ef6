import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Checkpoint } from '../../domain/entry.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { LedgerReader } from '../../domain/ports.ts';
import { tilesForRange } from '../../ledger/range.ts';
import { tileAt, tileBytes, tilePath, type TileId } from '../../ledger/tiles.ts';
import { formatTlogProof } from '../../ledger/tlog-proof.ts';

export interface LogCopyOptions {
  readonly bag: string;
  readonly ledger: LedgerReader;
  readonly log: number;
  readonly checkpoint: Checkpoint;
  readonly range: { readonly from: number; readonly to: number };
  /** Size of the log at the previous packet: its root stays computable. */
  readonly previousSize: number | null;
}

/** Writes the checkpoint and the tiles that prove the range: an ordinary tlog-tiles log with most tiles left out. */
export async function writeLogCopy(options: LogCopyOptions): Promise<void> {
  const { bag, ledger, log, checkpoint, range, previousSize } = options;
  const root = join(bag, `data/logs/${log}`);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'checkpoint'), checkpoint.note);
  const earlier = previousSize === null ? [] : [previousSize];
  for (const tile of tilesForRange({ ...range, size: checkpoint.size, earlier })) {
    const file = join(root, tilePath(tile));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await readTile(ledger, tile));
  }
}

/** A tile of an earlier size may be there as part of a wider one only. */
async function readTile(ledger: LedgerReader, tile: TileId): Promise<Uint8Array> {
  const { level, index, width } = tile;
  try {
    return await ledger.tile(level, index, width);
  } catch (error) {
    if (!(error instanceof AnnexaError) || error.code !== 'NOT_FOUND') throw error;
    const wider = tileAt(level, index, (await ledger.checkpoint()).size);
    if (wider === undefined || wider.width <= width) throw error;
    const bytes = await ledger.tile(level, index, wider.width);
    return bytes.subarray(0, tileBytes(tile));
  }
}

/** Most exceptions that get a proof of their own; the tiles prove the rest. */
export const PROOFS_MAX = 1_000;

export interface ProofsOptions extends LogCopyOptions {
  /** Indexes of exceptions, ascending. */
  readonly exceptions: readonly number[];
  /** Other entries in events.jsonl, ascending: those before the range have no tile. */
  readonly context: readonly number[];
  readonly onProgress: (done: number, total: number) => void;
}

/** Writes one C2SP tlog-proof for each exception, up to the limit, and for each cited entry that no tile covers. */
export async function writeProofs(options: ProofsOptions): Promise<number> {
  const { bag, ledger, log, checkpoint, range, exceptions, context, onProgress } = options;
  const first = exceptions.slice(0, PROOFS_MAX);
  const uncovered = [...exceptions.slice(PROOFS_MAX), ...context].filter((index) => index < range.from);
  const indexes = [...new Set([...first, ...uncovered])].sort((a, b) => a - b);
  const folder = join(bag, 'data/proofs');
  if (indexes.length > 0) await mkdir(folder, { recursive: true });
  for (const [done, index] of indexes.entries()) {
    const hashes = await ledger.inclusionProof(index, checkpoint.size);
    const proof = formatTlogProof({ index, hashes, checkpoint: checkpoint.note });
    await writeFile(join(folder, `${log}-${index}.tlog-proof`), proof);
    onProgress(done + 1, indexes.length);
  }
  return indexes.length;
}
