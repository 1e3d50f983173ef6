import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogStore } from '../../domain/ports.ts';
import { importEvents, type ImportProgress } from '../../ingest/import.ts';
import { INGEST_LIMIT } from '../../ingest/limits.ts';
import { appenderOf, cloudEvent, freshDirectory, openTestStore } from './parts.ts';

const directory = freshDirectory();
let store: LogStore;
beforeAll(async () => {
  store = await openTestStore(directory.path);
});
afterAll(async () => {
  await store.close();
  directory.remove();
});

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const lineOf = (number: number, source: string): string => JSON.stringify(cloudEvent(number, { source }));

describe('an import', () => {
  it('gives the same result however the input is cut into chunks', async () => {
    for (const size of [1, 7, 4096, 1_000_000]) {
      const source = `cut-${size}`;
      const lines = [lineOf(1, source), 'not an event', '', lineOf(2, source), `${lineOf(3, source)}\r`];
      const text = lines.join('\n');
      const result = await importEvents(chunksOf(text, size), {
        appender: appenderOf(store),
        sender: source,
      });
      expect(result).toMatchObject({ accepted: 3, repeated: 0, refused: 1, bytes: Buffer.byteLength(text) });
      expect(result.refusals).toEqual([{ line: 2, code: 'EVENT_INVALID', reason: 'not JSON' }]);
    }
  });

  it('reads a large file in bounded batches, tells how far it is, and can be run again', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => lineOf(i, 'large')).join('\n');
    const steps: ImportProgress[] = [];
    const run = () =>
      importEvents(chunksOf(text, 65_536), {
        appender: appenderOf(store),
        sender: 'large',
        onProgress: (progress) => steps.push(progress),
      });
    expect(await run()).toMatchObject({ accepted: 30_000, refused: 0 });
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)?.bytes).toBe(Buffer.byteLength(text));
    expect(await run()).toMatchObject({ accepted: 0, repeated: 30_000 });
  });

  it('skips a line without end, and only that', async () => {
    const long = 'x'.repeat(INGEST_LIMIT.bodyBytes + 100_000);
    const text = [lineOf(1, 'long'), long, lineOf(2, 'long'), 'bad', long].join('\n');
    const result = await importEvents(chunksOf(text, 65_536), {
      appender: appenderOf(store),
      sender: 'long',
    });
    expect(result).toMatchObject({ accepted: 2, refused: 3, bytes: Buffer.byteLength(text) });
    expect(result.refusals.map(({ line, code }) => [line, code])).toEqual([
      [2, 'EVENT_TOO_LARGE'],
      [4, 'EVENT_INVALID'],
      [5, 'EVENT_TOO_LARGE'],
    ]);
  });

  it('takes any number of short lines', async () => {
    const result = await importEvents(chunksOf('7\n'.repeat(120_000), 65_536), {
      appender: appenderOf(store),
      sender: 'short',
    });
    expect(result).toMatchObject({ accepted: 0, refused: 120_000 });
    expect(result.refusals).toHaveLength(100);
  });
});
