import { join } from 'node:path';
import type { LogStore } from '../domain/ports.ts';
import type { Checkpoint } from '../domain/entry.ts';
import { equalBytes } from './bytes.ts';
import { createEdge, type Edge, type Tile } from './edge.ts';
import { readTile, removePartials, writeDurably } from './files.ts';
import { inconsistent } from './heads.ts';
import { splitHashes } from './merkle.ts';
import { partialTiles, tileBytes, tilePath } from './tiles.ts';

/** Most leaf hashes read from the store at once. */
const LEAVES_PER_READ = 65_536;

export type LeafStore = Pick<LogStore, 'head' | 'leaves'>;

export interface LeafRange {
  readonly log: number;
  readonly to: number;
}

/** Extends an edge with the stored leaves up to `to`, and hands on the tiles that became full. */
export async function extendEdge(
  edge: Edge,
  source: LeafRange & { readonly store: LeafStore },
  onTiles: (tiles: readonly Tile[]) => Promise<void>,
): Promise<void> {
  while (edge.size < source.to) {
    const to = Math.min(edge.size + LEAVES_PER_READ, source.to);
    const bytes = await source.store.leaves(source.log, edge.size, to);
    if (bytes.length !== (to - edge.size) * 32) {
      throw inconsistent(
        'the store lacks leaf hashes',
        `log ${source.log}, entries ${edge.size} to ${to - 1}`,
      );
    }
    await onTiles(edge.append(splitHashes(bytes)));
  }
}

/** The edge of a published tree from its partial tiles; `undefined` when they are missing or give another root. */
export async function readEdge(directory: string, head: Checkpoint): Promise<Edge | undefined> {
  const partials: Uint8Array[] = [];
  for (const tile of partialTiles(head.size)) {
    const bytes = await readTile(directory, tile);
    if (bytes?.length !== tileBytes(tile)) return undefined;
    partials.push(bytes);
  }
  const edge = createEdge(head.size, partials);
  return equalBytes(edge.root(), head.root) ? edge : undefined;
}

/**
 * Throws LOG_INCONSISTENT unless the stored leaves still give the root that was signed. `edge` may be behind the signed
 * size; it is not changed.
 */
export async function checkAgainstSigned(
  edge: Edge,
  signed: Checkpoint,
  source: { store: LeafStore; log: number },
): Promise<void> {
  const copy = edge.size < signed.size ? edge.copy() : edge;
  await extendEdge(copy, { ...source, to: signed.size }, () => Promise.resolve());
  if (copy.size !== signed.size || !equalBytes(copy.root(), signed.root)) {
    throw inconsistent(
      'the stored entries no longer give the root that was signed',
      `log ${source.log}, size ${signed.size}`,
    );
  }
}

/** Writes the tiles of the stored leaves from the edge up to `to`: full tiles for good, then the partial ones. */
export async function writeTiles(
  edge: Edge,
  source: LeafRange & { store: LeafStore },
  directory: string,
): Promise<void> {
  const write = (tiles: readonly Tile[]): Promise<void> =>
    writeDurably(
      tiles.map(({ id, bytes }) => ({ path: join(directory, tilePath(id)), bytes })),
      directory,
    );
  await extendEdge(edge, source, async (full) => {
    await write(full);
    await removePartials(
      directory,
      full.map(({ id }) => id),
    );
  });
  await write(edge.partials());
}
