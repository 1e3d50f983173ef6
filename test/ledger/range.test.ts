import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../ledger/bytes.ts';
import {
  consistencySpans,
  emptyRoot,
  inclusionSpans,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../ledger/merkle.ts';
import { checkTiles, hashOfSpan, tilesForRange, verifyRange, type TileSource } from '../../ledger/range.ts';
import {
  bundlePath,
  decodeBundle,
  encodeBundle,
  parseTilePath,
  partialTiles,
  tilePath,
  tilesOf,
  TILE_WIDTH,
  type TileId,
} from '../../ledger/tiles.ts';

const LARGEST = 70_000;
const leaves = Array.from({ length: LARGEST }, (_, i) => leafHash(String(i)));
/** Hashes of the complete subtrees of 256^level leaves. */
const levels = [leaves];
while (levels.at(-1)!.length >= TILE_WIDTH) {
  const below = levels.at(-1)!;
  levels.push(
    Array.from({ length: Math.floor(below.length / TILE_WIDTH) }, (_, i) =>
      rootOf(below.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)),
    ),
  );
}
const bytesOf = ({ level, index, width }: TileId): Uint8Array =>
  new Uint8Array(Buffer.concat((levels[level] ?? []).slice(index * TILE_WIDTH, index * TILE_WIDTH + width)));
/** Complete subtrees by height, apart from tiles: `rows[h][i]` covers leaves [i · 2^h, (i + 1) · 2^h). */
const rows = [leaves];
while (rows.at(-1)!.length > 1) {
  const below = rows.at(-1)!;
  rows.push(Array.from({ length: below.length >> 1 }, (_, i) => nodeHash(below[2 * i]!, below[2 * i + 1]!)));
}
const rootAt = (size: number): Uint8Array => {
  let root: Uint8Array | undefined;
  for (let height = 0; size >> height > 0; height += 1) {
    if (((size >> height) & 1) === 0) continue;
    const left = rows[height]![(size >> height) - 1]!;
    root = root === undefined ? left : nodeHash(left, root);
  }
  return root ?? emptyRoot;
};
const copyOf = (tiles: readonly TileId[]): Map<string, Uint8Array> =>
  new Map(tiles.map((tile) => [tilePath(tile), bytesOf(tile)]));
const sourceOf =
  (copy: ReadonlyMap<string, Uint8Array>): TileSource =>
  (tile) =>
    copy.get(tilePath(tile));

describe('tile paths and bundles', () => {
  it('follow the worked examples of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 15, index: 0, width: 1 })).toBe('tile/15/000.p/1');
    expect(bundlePath({ index: 273, width: 112 })).toBe('tile/entries/273.p/112');
    expect(partialTiles(70_000).map(tilePath)).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect([...tilesOf(256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
    expect([...tilesOf(70_000)]).toHaveLength(274 + 2 + 1);
    expect([...tilesOf(0)]).toEqual([]);
  });

  it('are read back, and nothing else is', () => {
    fc.assert(
      fc.property(
        fc.nat(63),
        fc.nat({ max: 2 ** 31 }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
          expect(parseTilePath(bundlePath({ index, width }))).toEqual({ level: 'entries', index, width });
        },
      ),
    );
    for (const path of [
      'tile/0/1',
      'tile/00/001',
      'tile/64/001',
      'tile/0/x000/001',
      'tile/0/001.p/0',
      'tile/0/001.p/256',
      'tile/0/001.p/01',
      'tile/0/../001',
      '/tile/0/001',
      'tile/0/001/',
      'tile/0/x001',
      'tile/data/001',
    ]) {
      expect(parseTilePath(path), path).toBeUndefined();
    }
  });

  it('carry entries of up to 65,535 bytes and refuse cut bundles', () => {
    const entries = [new Uint8Array(0), new Uint8Array([1, 2, 3]), new Uint8Array(65_535).fill(7)];
    const bundle = encodeBundle(entries);
    expect(decodeBundle(bundle)).toEqual(entries);
    expect(decodeBundle(bundle.subarray(0, bundle.length - 1))).toBeUndefined();
    expect(decodeBundle(Uint8Array.of(0))).toBeUndefined();
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(TypeError);
  });
});

/** Mostly short ranges: a long one hashes every leaf in it. */
const ranges = fc
  .record({
    size: fc.integer({ min: 1, max: LARGEST }),
    from: fc.nat(LARGEST),
    length: fc.oneof({ weight: 7, arbitrary: fc.nat(1500) }, { weight: 1, arbitrary: fc.nat(LARGEST) }),
  })
  .map(({ size, from, length }) => ({
    size,
    from: from % (size + 1),
    to: Math.min((from % (size + 1)) + length, size),
  }));

describe('the pruned tiles of a range', () => {
  it('refuse to prove anything once a byte is changed or a tile is gone', () => {
    fc.assert(
      fc.property(ranges, fc.nat(), fc.nat(), (range, pick, position) => {
        const tiles = tilesForRange(range);
        const tile = tiles[pick % tiles.length]!;
        const bytes = bytesOf(tile);
        bytes[position % bytes.length]! ^= 1 << (position % 8);
        const changed = copyOf(tiles).set(tilePath(tile), bytes);
        const proof = verifyRange(range, rootAt(range.size), sourceOf(changed));
        expect(proof.valid).toBe(false);
        const gone = copyOf(tiles);
        gone.delete(tilePath(tile));
        expect(verifyRange(range, rootAt(range.size), sourceOf(gone)).valid).toBe(false);
        const cut = copyOf(tiles).set(tilePath(tile), bytesOf(tile).subarray(32));
        expect(verifyRange(range, rootAt(range.size), sourceOf(cut)).valid).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('refuse another root and another size', () => {
    const range = { from: 300, to: 900, size: 69_000 };
    const source = sourceOf(copyOf(tilesForRange(range)));
    expect(verifyRange(range, rootAt(68_999), source).valid).toBe(false);
    expect(verifyRange({ ...range, size: 68_999 }, rootAt(69_000), source).valid).toBe(false);
    expect(() => tilesForRange({ from: 3, to: 2, size: 5 })).toThrow(TypeError);
    expect(() => tilesForRange({ from: 3, to: 6, size: 5 })).toThrow(TypeError);
    expect(verifyRange({ from: 0, to: 0, size: 0 }, emptyRoot, () => undefined).valid).toBe(true);
    expect(verifyRange({ from: 0, to: 0, size: 0 }, rootAt(1), () => undefined).valid).toBe(false);
  });

  it('name the tile that was changed', () => {
    const range = { from: 300, to: 900, size: 69_000 };
    const tiles = tilesForRange(range);
    const tile = { level: 0, index: 2, width: 256 };
    const bytes = bytesOf(tile);
    bytes[0]! ^= 1;
    const copy = copyOf(tiles).set(tilePath(tile), bytes);
    const faults = checkTiles({ size: range.size, root: rootAt(range.size) }, tiles, sourceOf(copy));
    expect(faults).toEqual([{ tile, reason: 'does not lead to the root' }]);
  });

  it('rebuild the signed root and exactly the leaves of the range', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const proof = verifyRange(range, rootAt(range.size), sourceOf(copyOf(tilesForRange(range))));
        if (!proof.valid) expect.fail(proof.reason);
        expect(proof.leaves.map(toHex)).toEqual(leaves.slice(range.from, range.to).map(toHex));
      }),
      { numRuns: 60 },
    );
  });

  it('are few: a short range of 70,000 leaves takes at most 9 tiles', () => {
    fc.assert(
      fc.property(fc.nat(LARGEST - 200), (from) => {
        expect(tilesForRange({ from, to: from + 200, size: LARGEST }).length).toBeLessThanOrEqual(9);
      }),
    );
  });

  it('let an ordinary reader prove inclusion inside the range and consistency with an earlier size', () => {
    fc.assert(
      fc.property(
        ranges,
        fc.integer({ min: 1, max: LARGEST }),
        fc.nat(),
        ({ from, to, size }, older, pick) => {
          const earlier = Math.min(older, size);
          const source = sourceOf(copyOf(tilesForRange({ from, to, size, earlier: [earlier] })));
          const hash = (span: { start: number; end: number }): Uint8Array => hashOfSpan(span, size, source)!;
          expect(toHex(hash({ start: 0, end: earlier }))).toBe(toHex(rootAt(earlier)));
          const proof = consistencySpans(earlier, size).map(hash);
          const claim = { from: earlier, to: size, fromRoot: rootAt(earlier), toRoot: rootAt(size), proof };
          expect(verifyConsistency(claim)).toBe(true);
          if (from === to) return;
          const index = from + (pick % (to - from));
          const path = inclusionSpans(index, size).map(hash);
          expect(
            verifyInclusion({ index, size, leaf: leaves[index]!, proof: path, root: rootAt(size) }),
          ).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
