import { equalBytes } from './bytes.ts';
import { foldNodes, HASH_BYTES, nodesOf, rootOf, splitHashes, type Span } from './merkle.ts';
import {
  hashesAt,
  partialTiles,
  tileAt,
  TILE_WIDTH,
  tileBytes,
  tileOfNode,
  tilePath,
  type TileId,
} from './tiles.ts';

/** The bytes of a tile; `undefined` when it is not at hand. */
export type TileSource = (tile: TileId) => Uint8Array | undefined;

/** A tree of `size` leaves of which the tiles behind [from, to) are kept. */
export interface TileRange {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  /** Sizes of earlier trees whose roots must stay computable, for consistency. */
  readonly earlier?: readonly number[];
}

/**
 * The tiles that prove leaves [from, to) of a tree of `size`, by level, then index: the right edge, the tiles of every
 * level over the range and over its neighbours on both sides, and the right edge of earlier sizes, each with all its
 * ancestors. Ordinary tile readers can work on the copy: inclusion inside the range, consistency with the earlier sizes.
 * Throws TypeError unless 0 ≤ from ≤ to ≤ size.
 */
export function tilesForRange(range: TileRange): readonly TileId[] {
  const { from, to, size } = range;
  if (!(from >= 0 && from <= to && to <= size && Number.isSafeInteger(size))) {
    throw new TypeError(`[${from}, ${to}) is no range of a tree of ${size}`);
  }
  const tiles = new Map<string, TileId>();
  const add = (level: number, index: number): void => {
    for (let tile = tileAt(level, index, size); tile !== undefined;) {
      if (tiles.has(tilePath(tile))) return;
      tiles.set(tilePath(tile), tile);
      tile =
        tile.width < TILE_WIDTH
          ? undefined
          : tileAt(tile.level + 1, Math.floor(tile.index / TILE_WIDTH), size);
    }
  };
  for (const edge of partialTiles(size)) add(edge.level, edge.index);
  const [first, last] = [Math.max(from - 1, 0), Math.min(to, size - 1)];
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const width = TILE_WIDTH ** (level + 1);
    for (let index = Math.floor(first / width); index <= Math.floor(last / width); index += 1)
      add(level, index);
  }
  for (const earlier of range.earlier ?? []) {
    for (const edge of partialTiles(Math.min(earlier, size))) add(edge.level, edge.index);
  }
  return [...tiles.values()].sort((a, b) => a.level - b.level || a.index - b.index);
}

export interface TileFault {
  readonly tile: TileId;
  readonly reason: 'missing' | 'wrong length' | 'does not lead to the root';
}

/** A tree head without its signature. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * Checks that every hash of these tiles belongs to the tree with this root: the partial tiles fold to the root, and
 * each full tile hashes to its place in the tile above, up to a partial one. Tiles above are read from `source` even
 * when they are not listed. Tiles of other sizes are faults. Highest level first; an empty list means all hold.
 */
export function checkTiles(
  tree: TreeHead,
  tiles: Iterable<TileId>,
  source: TileSource,
): readonly TileFault[] {
  const found = new Map<string, TileFault['reason'] | undefined>();
  const edgeHolds = holdsEdge(tree, source);
  const check = (tile: TileId): TileFault['reason'] | undefined => {
    const path = tilePath(tile);
    if (!found.has(path)) found.set(path, inspect(tile));
    return found.get(path);
  };
  const inspect = (tile: TileId): TileFault['reason'] | undefined => {
    const bytes = source(tile);
    if (bytes === undefined) return 'missing';
    if (bytes.length !== tileBytes(tile)) return 'wrong length';
    if (tileAt(tile.level, tile.index, tree.size)?.width !== tile.width) return 'does not lead to the root';
    if (tile.width < TILE_WIDTH) return edgeHolds ? undefined : 'does not lead to the root';
    const above = tileAt(tile.level + 1, Math.floor(tile.index / TILE_WIDTH), tree.size);
    if (above === undefined || check(above) !== undefined) return 'does not lead to the root';
    const place = (tile.index % TILE_WIDTH) * HASH_BYTES;
    const expected = source(above)?.subarray(place, place + HASH_BYTES);
    const holds = expected !== undefined && equalBytes(rootOf(splitHashes(bytes)), expected);
    return holds ? undefined : 'does not lead to the root';
  };
  const faults: TileFault[] = [];
  for (const tile of tiles) {
    const reason = check(tile);
    if (reason !== undefined) faults.push({ tile, reason });
  }
  return faults.sort((a, b) => b.tile.level - a.tile.level || a.tile.index - b.tile.index);
}

export type RangeProof =
  | { readonly valid: true; readonly leaves: readonly Uint8Array[] }
  | { readonly valid: false; readonly reason: string; readonly faults: readonly TileFault[] };

/**
 * Rebuilds the signed root and the leaf hashes of [from, to) from the pruned tiles. Valid means: these are all leaves
 * with an index in the range, in order, and none else. Every tile of {@link tilesForRange} must be there.
 */
export function verifyRange(range: TileRange, root: Uint8Array, source: TileSource): RangeProof {
  const faults = checkTiles({ size: range.size, root }, tilesForRange(range), source);
  const [fault] = faults;
  if (fault !== undefined) return { valid: false, reason: `${tilePath(fault.tile)} ${fault.reason}`, faults };
  if (range.size === 0 && !equalBytes(root, foldNodes([]))) {
    return { valid: false, reason: 'the root is not that of an empty tree', faults };
  }
  return { valid: true, leaves: leavesOf(range, source) };
}

/**
 * Hash of a subtree's leaves from tiles of a tree of `size`; `undefined` when a tile is missing or short.
 * With start 0 it is the root of an earlier, smaller tree.
 */
export function hashOfSpan(span: Span, size: number, source: TileSource): Uint8Array | undefined {
  const hashes: Uint8Array[] = [];
  for (const node of nodesOf(span)) {
    const { tile, first, count } = tileOfNode(node, size);
    const bytes = source(tile)?.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES);
    if (bytes === undefined || bytes.length !== count * HASH_BYTES) return undefined;
    hashes.push(rootOf(splitHashes(bytes)));
  }
  return foldNodes(hashes);
}

/** The tiles that {@link hashOfSpan} reads for these spans. */
export function tilesForSpans(spans: readonly Span[], size: number): readonly TileId[] {
  const tiles = new Map<string, TileId>();
  for (const span of spans) {
    for (const node of nodesOf(span)) {
      const { tile } = tileOfNode(node, size);
      tiles.set(tilePath(tile), tile);
    }
  }
  return [...tiles.values()];
}

function holdsEdge(tree: TreeHead, source: TileSource): boolean {
  if (partialTiles(tree.size).some((tile) => source(tile)?.length !== tileBytes(tile))) return false;
  const root = hashOfSpan({ start: 0, end: tree.size }, tree.size, source);
  return root !== undefined && equalBytes(root, tree.root);
}

function leavesOf({ from, to, size }: TileRange, source: TileSource): readonly Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index += 1) {
    const tile = tileAt(0, index, size);
    const hashes = tile === undefined ? [] : splitHashes(source(tile) ?? new Uint8Array(0));
    leaves.push(...hashes.slice(Math.max(from - index * TILE_WIDTH, 0), to - index * TILE_WIDTH));
  }
  return leaves;
}
