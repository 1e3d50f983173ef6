import { HASH_BYTES, type NodeId } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** Longest entry that an entry bundle can carry, in bytes. */
const BUNDLE_ENTRY_LIMIT = 65_535;

/**
 * A hash tile: `width` hashes of complete subtrees of 256^level leaves, from number 256 · index on.
 * Width 256 is a full tile; 1 to 255 a partial one.
 */
export interface TileId {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** An entry bundle: the entries behind a tile of level 0. */
export interface BundleId {
  readonly index: number;
  readonly width: number;
}

/** Path below the log's prefix: `tile/<L>/<N>[.p/<W>]`, N in groups of three digits. */
export function tilePath(tile: TileId): string {
  return `tile/${tile.level}/${numberPath(tile.index)}${widthPath(tile.width)}`;
}

/** Path below the log's prefix: `tile/entries/<N>[.p/<W>]`. */
export function bundlePath(bundle: BundleId): string {
  return `tile/entries/${numberPath(bundle.index)}${widthPath(bundle.width)}`;
}

/** What a path below the log's prefix names; `undefined` for every text the two functions above do not write. */
export function parseTilePath(path: string): TileId | ({ readonly level: 'entries' } & BundleId) | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return undefined;
  const [, place, digits = '', partial] = match;
  const bundle = {
    index: Number(digits.replaceAll(/[x/]/g, '')),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  };
  if (!Number.isSafeInteger(bundle.index) || bundle.width < 1) return undefined;
  if (place === 'entries') return bundlePath(bundle) === path ? { level: 'entries', ...bundle } : undefined;
  const tile = { level: Number(place), ...bundle };
  return tile.level < 64 && tilePath(tile) === path ? tile : undefined;
}

/** How many hashes level `level` has in a tree of `size`: floor(size / 256^level). */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tile with this level and index in a tree of `size`; `undefined` when the tree has no such tile. */
export function tileAt(level: number, index: number, size: number): TileId | undefined {
  const width = Math.min(hashesAt(level, size) - index * TILE_WIDTH, TILE_WIDTH);
  return index >= 0 && width > 0 ? { level, index, width } : undefined;
}

/** The partial tiles of a tree of `size`, lowest level first: its right edge, at most one a level. */
export function partialTiles(size: number): readonly TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const width = hashesAt(level, size) % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashesAt(level, size) / TILE_WIDTH), width });
  }
  return tiles;
}

/** Every tile of a tree of `size`: by level, then index. */
export function* tilesOf(size: number): Generator<TileId> {
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    for (let index = 0; ; index += 1) {
      const tile = tileAt(level, index, size);
      if (tile === undefined) break;
      yield tile;
    }
  }
}

/** The tile of a tree of `size` that holds the 2^(level mod 8) hashes below a complete subtree, and where they start. */
export function tileOfNode(
  node: NodeId,
  size: number,
): { readonly tile: TileId; readonly first: number; readonly count: number } {
  const count = 2 ** (node.level % 8);
  const at = node.index * count;
  const tile = tileAt(Math.floor(node.level / 8), Math.floor(at / TILE_WIDTH), size);
  const first = at % TILE_WIDTH;
  if (tile === undefined || first + count > tile.width) {
    throw new TypeError(`node ${node.level}/${node.index} is not complete in a tree of ${size}`);
  }
  return { tile, first, count };
}

/** Bytes of an entry bundle: each entry after its length as a big-endian 16-bit number. Throws TypeError beyond the limit. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const entry of entries) {
    if (entry.length > BUNDLE_ENTRY_LIMIT)
      throw new TypeError(`an entry of ${entry.length} bytes does not fit a bundle`);
    view.setUint16(offset, entry.length);
    bytes.set(entry, offset + 2);
    offset += 2 + entry.length;
  }
  return bytes;
}

/** The entries of a bundle; `undefined` when the bytes do not end with an entry. */
export function decodeBundle(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + 2 > bytes.length) return undefined;
    const end = offset + 2 + view.getUint16(offset);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(offset + 2, end));
    offset = end;
  }
  return entries;
}

/** Bytes of a tile of this width. */
export function tileBytes(tile: TileId): number {
  return tile.width * HASH_BYTES;
}

function numberPath(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new TypeError(`${index} is no tile index`);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
}

function widthPath(width: number): string {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new TypeError(`${width} is no tile width`);
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}
