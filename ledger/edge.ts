import { foldNodes, joinHashes, nodesOf, rootOf, splitHashes } from './merkle.ts';
import { hashesAt, partialTiles, TILE_WIDTH, type TileId } from './tiles.ts';

export interface Tile {
  readonly id: TileId;
  readonly bytes: Uint8Array;
}

/**
 * The right edge of a growing tree: of each level, the hashes that do not fill a tile yet. All that a tree needs in
 * order to grow, whatever its size.
 */
export interface Edge {
  readonly size: number;
  /** Takes the next leaf hashes, in order; returns the tiles that became full, children before parents. */
  append(leaves: readonly Uint8Array[]): readonly Tile[];
  root(): Uint8Array;
  /** The partial tiles, lowest level first. */
  partials(): readonly Tile[];
  copy(): Edge;
}

/** The edge of a tree of `size` from its partial tiles (lowest level first, as {@link partialTiles} names them). */
export function createEdge(size: number, partials: readonly Uint8Array[]): Edge {
  const levels: Uint8Array[][] = [];
  for (const [i, tile] of partialTiles(size).entries()) {
    while (levels.length <= tile.level) levels.push([]);
    levels[tile.level] = splitHashes(partials[i] ?? new Uint8Array(0));
    if (levels[tile.level]?.length !== tile.width)
      throw new TypeError(`the partial tile of level ${tile.level} has another width`);
  }
  return growEdge(size, levels);
}

export function emptyEdge(): Edge {
  return growEdge(0, []);
}

function growEdge(start: number, levels: Uint8Array[][]): Edge {
  let size = start;
  /** Adds a hash to a level; a level that fills up moves its root one level up. */
  const push = (level: number, hash: Uint8Array, full: Tile[]): void => {
    while (levels.length <= level) levels.push([]);
    const hashes = levels[level] ?? [];
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return;
    levels[level] = [];
    const index = hashesAt(level, size) / TILE_WIDTH - 1;
    full.push({ id: { level, index, width: TILE_WIDTH }, bytes: joinHashes(hashes) });
    push(level + 1, rootOf(hashes), full);
  };
  return {
    get size() {
      return size;
    },
    append(leaves) {
      const full: Tile[] = [];
      for (const leaf of leaves) {
        size += 1;
        push(0, leaf, full);
      }
      return full;
    },
    root: () =>
      foldNodes(
        levels
          .toReversed()
          .flatMap((hashes) =>
            nodesOf({ start: 0, end: hashes.length }).map(({ level, index }) =>
              rootOf(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)),
            ),
          ),
      ),
    partials: () => partialTiles(size).map((id) => ({ id, bytes: joinHashes(levels[id.level] ?? []) })),
    copy: () =>
      growEdge(
        size,
        levels.map((hashes) => [...hashes]),
      ),
  };
}
