import type { Checkpoint } from '../domain/entry.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { CheckLine } from '../domain/ports.ts';
import { equalBytes } from './bytes.ts';
import { emptyEdge, type Edge, type Tile } from './edge.ts';
import { readTile } from './files.ts';
import { extendEdge, type LeafStore } from './grow.ts';
import { readLastSigned, readPublished, type LogLocation } from './heads.ts';
import { logDirectory } from './layout.ts';
import { HASH_BYTES } from './merkle.ts';
import { TILE_WIDTH, tilePath } from './tiles.ts';

/** Leaves and tiles named in a line; the rest is counted. */
const PLACES_SHOWN = 20;

export interface PublishedOptions extends LogLocation {
  readonly store: LeafStore;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/**
 * Builds the tree of the stored leaves again and compares it with what was published and signed: three lines, for the
 * tiles, the checkpoint and the record of the last signature.
 */
export async function checkPublished(options: PublishedOptions): Promise<readonly CheckLine[]> {
  const published = await readPublished(options);
  // In this order: sealing writes the record before it publishes, and entries before both.
  const signed = await readSigned(options);
  const { size } = await options.store.head(options.log);
  const head = published?.ok === true ? published.value : undefined;
  const places = new Places(logDirectory(options.dataDirectory, options.log));
  const edge = emptyEdge();
  try {
    const roots = await growTo(edge, { options, size, places, heads: [head, signed.checkpoint] });
    return [
      tileLine(places, head),
      headLine('checkpoint', { head, root: roots(head?.size), size, problem: problemOf(published) }),
      headLine('last signed', {
        head: signed.checkpoint,
        root: roots(signed.checkpoint?.size),
        size,
        problem: signed.problem ?? orderOf(head, signed.checkpoint),
      }),
    ];
  } catch (error) {
    if (!(error instanceof AnnexaError && error.code === 'LOG_INCONSISTENT')) throw error;
    const detail = `cannot be compared: ${error.message} (${error.where ?? ''})`;
    return ['tiles', 'checkpoint', 'last signed'].map((name) => ({ name, valid: false, detail }));
  }
}

interface Growth {
  readonly options: PublishedOptions;
  readonly size: number;
  readonly places: Places;
  readonly heads: readonly (Checkpoint | undefined)[];
}

/** Grows the edge to each head in turn; the tiles of the first one are compared with the published files. */
async function growTo(
  edge: Edge,
  growth: Growth,
): Promise<(size: number | undefined) => Uint8Array | undefined> {
  const { options, size, places } = growth;
  const [published] = growth.heads;
  const roots = new Map<number, Uint8Array>();
  const stops = growth.heads.flatMap((head) => (head === undefined ? [] : [Math.min(head.size, size)]));
  for (const to of [...new Set(stops)].sort((a, b) => a - b)) {
    await extendEdge(edge, { ...options, to }, async (tiles) => {
      options.onProgress?.(edge.size, to, 'tiles');
      if (published !== undefined) await places.compare(tiles, published.size);
    });
    if (to === published?.size) await places.compare(edge.partials(), to);
    roots.set(to, edge.root());
  }
  return (at) => (at === undefined ? undefined : roots.get(at));
}

/** Where the published tiles differ from the stored leaves. */
class Places {
  readonly leaves: number[] = [];
  readonly tiles: string[] = [];
  compared = 0;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async compare(tiles: readonly Tile[], size: number): Promise<void> {
    for (const { id, bytes } of tiles) {
      if ((id.index * TILE_WIDTH + id.width) * TILE_WIDTH ** id.level > size) continue;
      const stored = await readTile(this.#directory, id);
      this.compared += 1;
      if (stored?.length !== bytes.length)
        this.tiles.push(`${tilePath(id)} ${stored === undefined ? 'is missing' : 'has another length'}`);
      else if (!equalBytes(stored, bytes)) this.#locate({ id, bytes }, stored);
    }
  }

  #locate({ id, bytes }: Tile, stored: Uint8Array): void {
    if (id.level > 0) {
      this.tiles.push(`${tilePath(id)} differs`);
      return;
    }
    for (let i = 0; i < id.width; i += 1) {
      const [from, to] = [i * HASH_BYTES, (i + 1) * HASH_BYTES];
      if (!equalBytes(bytes.subarray(from, to), stored.subarray(from, to)))
        this.leaves.push(id.index * TILE_WIDTH + i);
    }
  }
}

function tileLine(places: Places, head: Checkpoint | undefined): CheckLine {
  const { leaves, tiles } = places;
  const problems = [
    ...(leaves.length === 0
      ? []
      : [`stored leaves differ from what was published: ${list(leaves, 'index ')}`]),
    ...(tiles.length === 0 ? [] : [list(tiles, '')]),
  ];
  const holds =
    head === undefined ? 'no tree is published' : `${places.compared} tiles are those of the stored leaves`;
  return {
    name: 'tiles',
    valid: problems.length === 0,
    detail: problems.length === 0 ? holds : problems.join('; '),
  };
}

interface HeadCheck {
  readonly head: Checkpoint | undefined;
  /** Root of the stored leaves at the head's size. */
  readonly root: Uint8Array | undefined;
  /** Entries in the store. */
  readonly size: number;
  readonly problem: string | undefined;
}

function headLine(name: string, { head, root, size, problem }: HeadCheck): CheckLine {
  if (problem !== undefined) return { name, valid: false, detail: problem };
  if (head === undefined)
    return {
      name,
      valid: size === 0,
      detail: `there is none${size === 0 ? ' and no entry' : `, for ${size} entries`}`,
    };
  if (head.size > size)
    return { name, valid: false, detail: `it covers ${head.size} entries, the store holds ${size}` };
  const valid = root !== undefined && equalBytes(root, head.root);
  const waiting = size === head.size ? '' : `, ${size - head.size} entries wait for the next one`;
  const detail = valid
    ? `size ${head.size}, signature and root hold${waiting}`
    : `the stored entries do not give its root at size ${head.size}`;
  return { name, valid, detail };
}

async function readSigned(
  location: LogLocation,
): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly problem: string | undefined }> {
  try {
    return { checkpoint: await readLastSigned(location), problem: undefined };
  } catch (error) {
    if (!(error instanceof AnnexaError && error.code === 'LOG_FROZEN')) throw error;
    return { checkpoint: undefined, problem: error.message };
  }
}

function problemOf(published: Awaited<ReturnType<typeof readPublished>>): string | undefined {
  return published?.ok === false ? published.reason : undefined;
}

function orderOf(published: Checkpoint | undefined, signed: Checkpoint | undefined): string | undefined {
  if (published === undefined || (signed !== undefined && signed.size >= published.size)) return undefined;
  return signed === undefined
    ? 'the record is gone'
    : `it covers ${signed.size} entries, ${published.size} are published`;
}

function list(items: readonly (string | number)[], prefix: string): string {
  const shown = items.slice(0, PLACES_SHOWN).join(', ');
  const more = items.length > PLACES_SHOWN ? ` and ${items.length - PLACES_SHOWN} more` : '';
  return `${prefix}${shown}${more}`;
}
