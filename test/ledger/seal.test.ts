import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../ledger/bytes.ts';
import { parseCheckpoint } from '../../ledger/checkpoint.ts';
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from '../../ledger/merkle.ts';
import { openNote } from '../../ledger/note.ts';
import { checkTiles } from '../../ledger/range.ts';
import { createReader, readBundle } from '../../ledger/reader.ts';
import { createSealer, type Sealer, type SealerOptions, type SealStep } from '../../ledger/seal.ts';
import { decodeBundle, tilesOf, tilePath, type TileId } from '../../ledger/tiles.ts';
import { testSigner, valueOf, verifyByOpenSsl } from './keys-for-tests.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

const origin = 'example.com/acme/main';
const signer = testSigner(origin);
const directories: string[] = [];
const freshDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'annexa-seal-'));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const sealerOf = (store: MemoryStore, dataDirectory: string, more: Partial<SealerOptions> = {}): Sealer =>
  createSealer({ store, dataDirectory, log: 0, origin, signer, ...more });
const lastSigned = (data: string): string => join(data, 'state', 'last-signed-0');
const published = (data: string): string => join(data, 'log', '0', 'checkpoint');

/** What has to hold of the files after every step of every test. */
async function checkLog(data: string, store: MemoryStore): Promise<void> {
  const note = readFileSync(published(data), 'utf8');
  expect((await openNote(note, [signer.key], verifyByOpenSsl)).ok).toBe(true);
  const head = valueOf(parseCheckpoint(note));
  expect(toHex(head.root)).toBe(
    toHex(rootOf(store.rows.slice(0, head.size).map(({ entry }) => leafHash(entry)))),
  );
  // As a client reads: a partial tile that is gone has grown full.
  const source = (tile: TileId): Uint8Array | undefined => {
    const paths = [tile, { ...tile, width: 256 }].map((id) => join(data, 'log', '0', tilePath(id)));
    const path = paths.find((candidate) => existsSync(candidate));
    return path === undefined ? undefined : readFileSync(path).subarray(0, tile.width * 32);
  };
  expect(checkTiles(head, tilesOf(head.size), source)).toEqual([]);
}

/** Every published file with its bytes, leftovers of writing included. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(directory, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name)).toString('hex')]));
}

describe('a checkpoint that would not continue the last signed one', () => {
  const changes: Record<string, (store: MemoryStore, data: string) => void> = {
    'after an entry before it was changed and the tiles were deleted': (store, data) => {
      store.rows[3] = { ...store.rows[3]!, leaf: leafHash('forged') };
      rmSync(join(data, 'log'), { recursive: true });
    },
    'after entries were removed from the end': (store) => {
      store.rows.length -= 1;
    },
    'after entries were removed and others added': (store) => {
      store.rows.length -= 5;
      for (let i = 0; i < 9; i += 1)
        store.rows.push({ ...store.rows[0]!, index: store.rows.length, leaf: leafHash(`new ${i}`) });
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`is not signed ${name}`, async () => {
      const [data, store] = [freshDirectory(), createMemoryStore()];
      store.grow(300);
      await sealerOf(store, data).seal();
      change(store, data);
      if (name.includes('others added')) rmSync(join(data, 'log'), { recursive: true });
      const before = filesOf(data);
      const sealer = sealerOf(store, data);
      await expect(sealer.seal()).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
      await expect(sealer.rebuild()).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
      expect(filesOf(data)).toEqual(before);
    });
  }

  it('is not signed when the record of the last signature is gone, is older than the published one, or is not ours', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    store.grow(10);
    const sealer = sealerOf(store, data);
    await sealer.seal();
    const old = readFileSync(lastSigned(data));
    store.grow(10);
    await sealer.seal();
    const newest = readFileSync(lastSigned(data));
    for (const damage of [
      undefined,
      old,
      Buffer.from('nonsense'),
      Buffer.from(newest.toString().replace('20\n', '21\n')),
    ]) {
      if (damage === undefined) rmSync(lastSigned(data));
      else writeFileSync(lastSigned(data), damage);
      await expect(sealer.seal()).rejects.toMatchObject({ code: 'LOG_FROZEN' });
    }
    const other = testSigner(origin);
    writeFileSync(lastSigned(data), newest);
    await expect(sealerOf(store, data, { signer: other }).seal()).rejects.toMatchObject({
      code: 'LOG_FROZEN',
    });
    store.grow(1);
    expect((await sealer.seal()).size).toBe(21);
    await checkLog(data, store);
  });
});

describe('sealing', () => {
  it('signs only when the tree grew, and starts with the empty tree', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    const sealed: number[] = [];
    const sealer = sealerOf(store, data, { onSealed: ({ size }) => sealed.push(size) });
    const empty = await sealer.seal();
    expect(toHex(empty.root)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect((await sealer.seal()).note).toBe(empty.note);
    store.grow(1);
    await Promise.all([sealer.seal(), sealer.seal()]);
    expect(sealed).toEqual([0, 1]);
    await checkLog(data, store);
  });

  it('reads each leaf once, and keeps no partial tile beside its full one', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    const sealer = sealerOf(store, data);
    for (let i = 0; i < 30; i += 1) {
      store.grow(100);
      await sealer.seal();
    }
    expect(store.leavesRead).toBe(3000);
    const names = readdirSync(join(data, 'log', '0', 'tile', '0')).sort();
    const full = Array.from({ length: 11 }, (_, i) => String(i).padStart(3, '0'));
    expect(names).toEqual([...full, '011.p']);
    await checkLog(data, store);
  });

  it('goes on after the store was away', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    const sealer = sealerOf(store, data);
    store.grow(300);
    await sealer.seal();
    store.grow(300);
    store.failReads(1);
    await expect(sealer.seal()).rejects.toThrow('the store is away');
    await checkLog(data, store);
    expect((await sealer.seal()).size).toBe(600);
    await checkLog(data, store);
  });

  it('grows by any steps to the same tiles and roots', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(700), { minLength: 1, maxLength: 6 }),
        fc.array(fc.boolean()),
        async (steps, restarts) => {
          const [data, store] = [freshDirectory(), createMemoryStore()];
          let sealer = sealerOf(store, data);
          for (const [i, step] of steps.entries()) {
            store.grow(step);
            await sealer.seal();
            await checkLog(data, store);
            if (restarts[i] === true) sealer = sealerOf(store, data);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('happens in the background when the tree grows, and stops for good at a fault of the log', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    let next: (size: number) => void = () => undefined;
    const sealedSize = (): Promise<number> => new Promise((resolve) => (next = resolve));
    let failed: (error: unknown) => void = () => undefined;
    const failure = new Promise((resolve) => (failed = resolve));
    const sealer = sealerOf(store, data, { onSealed: ({ size }) => next(size), onFailure: failed });
    const first = sealedSize();
    sealer.start();
    expect(await first).toBe(0);
    const second = sealedSize();
    store.grow(5);
    sealer.wake();
    expect(await second).toBe(5);
    store.rows.length = 3;
    expect(await failure).toMatchObject({ code: 'LOG_INCONSISTENT' });
    await sealer.stop();
  });
});

describe('a crash', () => {
  const steps: readonly SealStep[] = ['tiles-written', 'state-written', 'checkpoint-written'];
  for (const step of steps) {
    it(`after "${step}" is repaired by sealing again, whether or not the log grew meanwhile`, async () => {
      for (const [before, during, after] of [
        [0, 5, 0],
        [250, 10, 0],
        [250, 10, 7],
        [250, 5, 600],
        [255, 1, 0],
        [65_530, 10, 1],
      ] as const) {
        const [data, store] = [freshDirectory(), createMemoryStore()];
        store.grow(before);
        await sealerOf(store, data).seal();
        store.grow(during);
        const crash = (name: SealStep): void => {
          if (name === step) throw new Error('killed');
        };
        await expect(sealerOf(store, data, { checkpoint: crash }).seal()).rejects.toThrow('killed');
        await checkLog(data, store);
        store.grow(after);
        expect((await sealerOf(store, data).seal()).size).toBe(before + during + after);
        await checkLog(data, store);
        expect(readFileSync(lastSigned(data))).toEqual(readFileSync(published(data)));
      }
    });
  }

  it('never lets the log sign another history than the one that was recorded', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    store.grow(300);
    const crash = (name: SealStep): void => {
      if (name === 'state-written') throw new Error('killed');
    };
    await expect(sealerOf(store, data, { checkpoint: crash }).seal()).rejects.toThrow('killed');
    expect(existsSync(published(data))).toBe(false);
    store.rows[299] = { ...store.rows[299]!, leaf: leafHash('another') };
    await expect(sealerOf(store, data).seal()).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
  });
});

describe('rebuilding', () => {
  it('makes the same bytes again from the store, also after the directory was deleted or damaged', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    store.grow(70_000);
    await sealerOf(store, data).seal();
    const before = filesOf(join(data, 'log'));
    expect(Object.keys(before)).toHaveLength(1 + 274 + 2 + 1);
    rmSync(join(data, 'log'), { recursive: true });
    await sealerOf(store, data).rebuild();
    expect(filesOf(join(data, 'log'))).toEqual(before);
    writeFileSync(join(data, 'log', '0', 'tile', '0', '100'), 'damaged');
    writeFileSync(published(data), 'damaged');
    await sealerOf(store, data).rebuild();
    expect(filesOf(join(data, 'log'))).toEqual(before);
    rmSync(join(data, 'log', '0', 'tile'), { recursive: true });
    store.grow(1);
    await sealerOf(store, data).seal();
    await checkLog(data, store);
  });
});

describe('the reader of a log', () => {
  it('proves what was published and refuses what is not there', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    const reader = createReader({ store, dataDirectory: data, log: 0, origin, signer });
    await expect(reader.checkpoint()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const sealer = sealerOf(store, data);
    store.grow(66_000);
    await sealer.seal();
    store.grow(10);
    const leaves = store.rows.map((row) => row.leaf);
    const rootAt = (size: number): Uint8Array => rootOf(leaves.slice(0, size));
    for (const size of [1, 255, 256, 257, 1000, 65_536, 65_537, 66_000]) {
      const head = await reader.checkpointAt(size);
      expect(toHex(head.root)).toBe(toHex(rootAt(size)));
      expect((await openNote(head.note, [signer.key], verifyByOpenSsl)).ok).toBe(true);
      for (const index of [0, size >> 1, size - 1]) {
        const proof = await reader.inclusionProof(index, size);
        expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof, root: head.root })).toBe(true);
      }
      const proof = await reader.consistencyProof(size, 66_000);
      expect(
        verifyConsistency({ from: size, to: 66_000, fromRoot: head.root, toRoot: rootAt(66_000), proof }),
      ).toBe(true);
    }
    expect((await reader.checkpointAt(0)).size).toBe(0);
    await expect(reader.checkpointAt(66_001)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reader.inclusionProof(66_000, 66_000)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reader.inclusionProof(0, 66_001)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reader.consistencyProof(0, 5)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reader.tile(0, 258, 256)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reader.tile(0, 257, 208)).resolves.toHaveLength(208 * 32);
    const bundle = decodeBundle(await readBundle(reader, { index: 257, width: 208 }));
    expect(bundle?.map((entry) => new TextDecoder().decode(entry))).toEqual(
      store.rows.slice(257 * 256, 66_000).map((row) => row.entry),
    );
    await expect(readBundle(reader, { index: 257, width: 209 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await reader.rows(0, 20_000)).toHaveLength(20_000);
  });

  it('signs no earlier size from tiles that were changed', async () => {
    const [data, store] = [freshDirectory(), createMemoryStore()];
    store.grow(1000);
    await sealerOf(store, data).seal();
    const copy = freshDirectory();
    cpSync(data, copy, { recursive: true });
    const tile = join(copy, 'log', '0', 'tile', '0', '001');
    const bytes = readFileSync(tile);
    bytes[5]! ^= 1;
    writeFileSync(tile, bytes);
    const reader = createReader({ store, dataDirectory: copy, log: 0, origin, signer });
    await expect(reader.checkpointAt(400)).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
    await expect(reader.checkpointAt(900)).resolves.toMatchObject({ size: 900 });
  });
});
