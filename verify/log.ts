import type { Checkpoint } from '../domain/entry.ts';
import { equalBytes, toBase64 } from '../ledger/bytes.ts';
import { openCheckpoint } from '../ledger/checkpoint.ts';
import type { CheckpointTrust } from '../ledger/checkpoint.ts';
import { verifyEd25519 } from '../ledger/ed25519.ts';
import { emptyRoot, HASH_BYTES } from '../ledger/merkle.ts';
import { parseVerifierKey } from '../ledger/note.ts';
import type { NoteKey } from '../ledger/note.ts';
import { checkTiles, tilesForRange } from '../ledger/range.ts';
import { parseTilePath, tileAt, tilePath, TILE_WIDTH } from '../ledger/tiles.ts';
import type { TileId } from '../ledger/tiles.ts';
import { readWhole } from './members.ts';
import type { Members } from './members.ts';
import type { PacketView } from './packet-view.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

/** The one log of a packet. */
export const LOG_PATH = 'data/logs/0/';
const CHECKPOINT_MAX = 64 * 1024;
/** Tiles of level 0 that are held at a time: 8 MiB. */
const TILES_AT_ONCE = 1024;
const BESIDE_TILES: ReadonlySet<string> = new Set(['checkpoint', 'checkpoint.tsr', 'policy']);

export interface CheckpointFindings {
  readonly problems: Problems;
  readonly checkpoint: Checkpoint | undefined;
  /** Who may sign for the log: keys of the trust directory when they did, else the packet's own. */
  readonly trust: CheckpointTrust | undefined;
  readonly vkey: string | undefined;
  readonly known: boolean;
}

/**
 * Checks the checkpoint's signature, first under the keys somebody vouched for, else under the key that the packet
 * names, and that the packet's size and root are the signed ones.
 */
export async function checkCheckpoint(
  members: Members,
  { packet, logKeys }: { packet: PacketView; logKeys: readonly string[] },
): Promise<CheckpointFindings> {
  const problems = collectProblems();
  const nothing = { problems, checkpoint: undefined, trust: undefined, vkey: undefined, known: false };
  const note = await readNote(members, problems);
  if (note === undefined) return nothing;
  const { origin, size, root, vkey } = packet.log;
  const vouched = { origin, keys: logKeys.flatMap(toKeys), verify: verifyEd25519 };
  const own = { origin, keys: toKeys(vkey), verify: verifyEd25519 };
  if (own.keys.length === 0) problems.add(`data/packet.json names no log key: ${vkey}`);
  const byVouched = await openCheckpoint(note, vouched);
  const opened = byVouched.ok ? byVouched : await openCheckpoint(note, own);
  if (!opened.ok) {
    problems.add(`${LOG_PATH}checkpoint: ${opened.reason}`);
    return nothing;
  }
  const checkpoint = opened.value;
  if (checkpoint.size !== size)
    problems.add(`the checkpoint is of size ${checkpoint.size}, data/packet.json says ${size}`);
  if (toBase64(checkpoint.root) !== root)
    problems.add('the checkpoint has another root than data/packet.json');
  return { problems, checkpoint, trust: byVouched.ok ? vouched : own, vkey, known: byVouched.ok };
}

export interface RangeFindings {
  readonly problems: Problems;
  readonly tiles: number;
  /** Leaf hash at an index, from a tile that leads to the signed root; undefined when no such tile is there. */
  readonly leafAt: (index: number) => Promise<Uint8Array | undefined>;
}

/**
 * Rebuilds the signed root from the packet's tiles: all tiles that the range needs are there, and every tile that is there
 * leads to the root. So the leaf hashes of the range are all there are. Holds the upper levels and a batch of level 0.
 */
export async function checkRange(
  members: Members,
  { checkpoint, range }: { checkpoint: Checkpoint; range: { readonly from: number; readonly to: number } },
): Promise<RangeFindings> {
  const problems = collectProblems();
  const { size } = checkpoint;
  const present = listTiles(members, size, problems);
  if (range.from > range.to || range.to > size) {
    problems.add(`[${range.from}, ${range.to}) is no range of a log of ${size} entries`);
  } else {
    for (const tile of tilesForRange({ ...range, size })) {
      if (!present.has(tilePath(tile))) problems.add(`${LOG_PATH}${tilePath(tile)}: missing`);
    }
  }
  if (size === 0 && !equalBytes(checkpoint.root, emptyRoot))
    problems.add('the root is not that of an empty log');
  const tiles = [...present.values()];
  const upper = await readTiles(
    members,
    tiles.filter((tile) => tile.level > 0),
    problems,
  );
  const lowest = tiles.filter((tile) => tile.level === 0);
  const sound = new Set<string>();
  const check = (batch: readonly TileId[], bytes: ReadonlyMap<string, Uint8Array>): void => {
    const faults = checkTiles(
      checkpoint,
      batch,
      (tile) => bytes.get(tilePath(tile)) ?? upper.get(tilePath(tile)),
    );
    const faulty = new Set(faults.map((fault) => tilePath(fault.tile)));
    for (const { tile, reason } of faults) problems.add(`${LOG_PATH}${tilePath(tile)}: ${reason}`);
    for (const tile of batch) if (!faulty.has(tilePath(tile))) sound.add(tilePath(tile));
  };
  const edge = await readTiles(
    members,
    lowest.filter((tile) => tile.width < TILE_WIDTH),
    problems,
  );
  edge.forEach((bytes, path) => upper.set(path, bytes));
  check(
    tiles.filter((tile) => tile.level > 0 || tile.width < TILE_WIDTH),
    upper,
  );
  const full = lowest.filter((tile) => tile.width === TILE_WIDTH);
  for (let at = 0; at < full.length; at += TILES_AT_ONCE) {
    const batch = full.slice(at, at + TILES_AT_ONCE);
    check(batch, await readTiles(members, batch, problems));
  }
  return { problems, tiles: tiles.length, leafAt: createLeafReader(members, { size, sound }) };
}

/** Tiles in the packet by path below the log; what is no tile of this tree is a problem. */
function listTiles(members: Members, size: number, problems: Problems): Map<string, TileId> {
  const tiles = new Map<string, TileId>();
  for (const name of members.names) {
    if (!name.startsWith('data/logs/')) continue;
    const path = name.slice(LOG_PATH.length);
    if (!name.startsWith(LOG_PATH)) {
      problems.add(`${name}: of a log that the packet does not name`);
      continue;
    }
    if (BESIDE_TILES.has(path)) continue;
    const tile = parseTilePath(path);
    if (tile === undefined || tile.level === 'entries') problems.add(`${name}: not a hash tile`);
    else if (tileAt(tile.level, tile.index, size)?.width !== tile.width)
      problems.add(`${name}: not a tile of this tree`);
    else tiles.set(path, tile);
  }
  return tiles;
}

async function readTiles(
  members: Members,
  tiles: readonly TileId[],
  problems: Problems,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const tile of tiles) {
    const path = tilePath(tile);
    try {
      found.set(path, await readWhole(members, `${LOG_PATH}${path}`, TILE_WIDTH * HASH_BYTES));
    } catch (error) {
      problems.add(explain(error));
    }
  }
  return found;
}

const TILES_KEPT = 64;

function createLeafReader(
  members: Members,
  { size, sound }: { size: number; sound: ReadonlySet<string> },
): (index: number) => Promise<Uint8Array | undefined> {
  const kept = new Map<string, Uint8Array>();
  return async (index) => {
    const tile = tileAt(0, Math.floor(index / TILE_WIDTH), size);
    if (tile === undefined || !sound.has(tilePath(tile))) return undefined;
    const path = tilePath(tile);
    const bytes = kept.get(path) ?? (await readWhole(members, `${LOG_PATH}${path}`));
    kept.set(path, bytes);
    const [oldest] = kept.keys();
    if (kept.size > TILES_KEPT && oldest !== undefined) kept.delete(oldest);
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    return at < bytes.length ? bytes.subarray(at, at + HASH_BYTES) : undefined;
  };
}

async function readNote(members: Members, problems: Problems): Promise<string | undefined> {
  const name = `${LOG_PATH}checkpoint`;
  if (members.sizeOf(name) === undefined) {
    problems.add(`${name}: missing`);
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      await readWhole(members, name, CHECKPOINT_MAX),
    );
  } catch (error) {
    problems.add(error instanceof TypeError ? `${name}: not UTF-8` : explain(error));
    return undefined;
  }
}

function toKeys(vkey: string): NoteKey[] {
  const key = parseVerifierKey(vkey);
  return key.ok ? [key.value] : [];
}
