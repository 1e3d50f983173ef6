import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogRow } from '../../domain/entry.ts';
import type { Artefact } from '../../domain/event.ts';
import type { LogStore } from '../../domain/ports.ts';
import { toInstant, toSqlTime, type Instant } from '../../domain/time.ts';
import { leafHash } from '../../ledger/merkle.ts';
import { toStatements } from '../../store/schema.ts';
import { freshDirectory, openTestStore } from '../ingest/parts.ts';

const directory = freshDirectory();
let store: LogStore;
const received = toInstant('2026-06-30T23:59:59.999999Z', 'test');

const rowOf = (index: number, more: Partial<LogRow> = {}): LogRow => {
  const entry = JSON.stringify({
    _sd: [],
    data: { session: 's', resource: "it's", who: 'w', text: 'ünï \\ " \n \u0000' },
    id: `id-${index}`,
    received,
    source: 'gateway',
    subject: 'session/s',
    time: '2026-06-01T00:00:00.123456Z',
    type: 'session.started',
    v: 1,
  });
  return {
    log: 3,
    index,
    received,
    entry,
    leaf: leafHash(entry),
    salts: { content: 'c2FsdA', 'person.approver': 'eA' },
    values: { content: '{"statement":"\'; DROP TABLE entries; -- \\n\\u0000 é"}', 'person.approver': '{}' },
    key: 0xffff_ffff_ffff_fff0n + BigInt(index % 8),
    mac: 'ab'.repeat(32),
    ...more,
  };
};
const rowsOf = (from: number, to: number, log = 3): LogRow[] =>
  Array.from({ length: to - from }, (_, i) => rowOf(from + i, { log }));

beforeAll(async () => {
  store = await openTestStore(directory.path);
});
afterAll(async () => {
  await store.close();
  directory.remove();
});

describe('the store', () => {
  it('is empty at first', async () => {
    expect(await store.head(0)).toEqual({ size: 0, received: null });
    expect(await store.leaves(0, 0, 0)).toHaveLength(0);
  });

  it('gives back exactly what was appended', async () => {
    const rows = rowsOf(0, 20);
    await store.append(rows, []);
    expect(await store.head(3)).toEqual({ size: 20, received });
    const found = await store.entries(3, 0, 20);
    expect(found.map((row) => ({ ...row, leaf: Buffer.from(row.leaf).toString('hex') }))).toEqual(
      rows.map((row) => ({ ...row, leaf: Buffer.from(row.leaf).toString('hex') })),
    );
    expect(Buffer.from(await store.leaves(3, 5, 7)).toString('hex')).toBe(
      Buffer.concat(rows.slice(5, 7).map((row) => row.leaf)).toString('hex'),
    );
  });

  it('stores a batch once however often it is sent', async () => {
    const rows = rowsOf(0, 50, 4);
    await store.append(rows, []);
    await store.append(rows, []);
    const [count] = await store.select<{ rows: number }>('SELECT count() AS rows FROM entries WHERE log = 4');
    expect(count).toEqual({ rows: 50 });
  });

  it('shows a row once even when it was stored twice', async () => {
    const rows = rowsOf(0, 10, 5);
    await store.append(rows, []);
    await store.append(rows.slice(0, 5), []);
    const [view] = await store.select<{ rows: number }>('SELECT count() AS rows FROM events WHERE log = 5');
    expect(view).toEqual({ rows: 10 });
    expect(await store.leaves(5, 0, 10)).toHaveLength(320);
    expect(await store.entries(5, 0, 10)).toHaveLength(10);
  });

  it('refuses a batch that lies in two months', async () => {
    const next = toInstant('2026-07-01T00:00:00Z', 'test');
    await expect(store.append([rowOf(20), rowOf(21, { received: next })], [])).rejects.toThrow(/one month/);
    expect((await store.head(3)).size).toBe(20);
  });

  it('writes a batch as one part of one partition', async () => {
    await store.append(rowsOf(0, 50_000, 6), []);
    const parts = await store.select<{ parts: number }>(
      'SELECT uniqExact(_part) AS parts FROM entries WHERE log = 6',
    );
    expect(parts).toEqual([{ parts: 1 }]);
  });

  it('says so when entries are missing', async () => {
    await expect(store.entries(3, 10, 30)).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
    await expect(store.leaves(3, 0, 21)).rejects.toMatchObject({ code: 'LOG_INCONSISTENT' });
    await expect(store.entries(3, 0, 70_000)).rejects.toBeInstanceOf(TypeError);
  });

  it('finds rows by 64-bit keys beyond 2^53, and every key for the filter', async () => {
    const found = await store.findByKey([0xffff_ffff_ffff_fff1n, 5n]);
    const own = found.filter((row) => row.log === 3);
    expect(own.map((row) => row.index)).toEqual([1, 9, 17]);
    expect(own[0]).toEqual({
      key: 0xffff_ffff_ffff_fff1n,
      source: 'gateway',
      id: 'id-1',
      log: 3,
      index: 1,
      mac: 'ab'.repeat(32),
    });
    let count = 0;
    for await (const keys of store.keys()) count += keys.length;
    expect(count).toBeGreaterThanOrEqual(50_080);
    expect(await store.findByKey([])).toEqual([]);
    const many = Array.from({ length: 20_001 }, (_, i) => BigInt(i));
    expect(await store.findByKey(many)).toEqual([]);
  });

  it('keeps artefacts by digest, once, byte for byte', async () => {
    const artefact: Artefact = {
      sha256: 'cd'.repeat(32),
      mediaType: 'application/octet-stream',
      bytes: Uint8Array.from({ length: 70_000 }, (_, i) => i % 256),
    };
    await store.append(rowsOf(0, 1, 7), [artefact, artefact]);
    await store.append(rowsOf(1, 2, 7), [artefact]);
    const found = await store.artefact(artefact.sha256);
    expect(found?.mediaType).toBe(artefact.mediaType);
    expect(Buffer.from(found?.bytes ?? []).equals(artefact.bytes)).toBe(true);
    expect(await store.artefact('00'.repeat(32))).toBeUndefined();
    expect(await store.artefact("' OR 1")).toBeUndefined();
    const [count] = await store.select<{ rows: number }>('SELECT count() AS rows FROM artefacts');
    expect(count).toEqual({ rows: 1 });
  });

  it('binds parameters of every kind, and answers with plain values', async () => {
    const nasty = 'it\'s \\ \n\t "x" {y:String} é';
    const [row] = await store.select(
      `SELECT {s:String} AS s, {n:UInt64} AS n, {b:Bool} AS b, {a:Array(String)} AS a, {m:Map(String, String)} AS m,
              {t:DateTime64(6, 'UTC')} AS t, toUInt64(9007199254740991) AS big`,
      { s: nasty, n: 7, b: true, a: [nasty, ''], m: { [nasty]: nasty }, t: toSqlTime(received) },
    );
    expect(row).toEqual({
      s: nasty,
      n: 7,
      b: true,
      a: [nasty, ''],
      m: { [nasty]: nasty },
      t: received,
      big: 9007199254740991,
    });
  });

  it('derives the query columns from the entry', async () => {
    const [row] = await store.select(
      'SELECT kind, source, id, subject, time, session, resource, who FROM events WHERE log = 3 AND `index` = 0',
    );
    expect(row).toEqual({
      kind: 'session.started',
      source: 'gateway',
      id: 'id-0',
      subject: 'session/s',
      time: '2026-06-01T00:00:00.123456Z' as Instant,
      session: 's',
      resource: "it's",
      who: 'w',
    });
  });

  it('tells a wrong statement from one that can be tried again', async () => {
    await expect(store.select('SELECT nothing FROM nowhere')).rejects.toMatchObject({
      code: 'STORE_REFUSED',
    });
  });

  it('answers reads side by side', async () => {
    const order: string[] = [];
    await Promise.all([
      store.select('SELECT sleep(2)').then(() => order.push('slow')),
      store.select('SELECT 1').then(() => order.push('quick')),
    ]);
    expect(order).toEqual(['quick', 'slow']);
  });

  it('refuses a second process in plain words', () => {
    const script = `
      const { openStore } = await import(${JSON.stringify(new URL('../../store/open.ts', import.meta.url).href)});
      await openStore({ engine: 'embedded', path: process.argv[1] }).catch((error) => console.log(error.toLine()));`;
    const child = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script, join(directory.path, 'clickhouse')],
      { encoding: 'utf8' },
    );
    expect(child.stdout).toMatch(/^DATA_IN_USE: another process is using this data directory/);
  });

  it('keeps everything over a restart, and removes what a killed process left in memory', async () => {
    const path = join(directory.path, 'clickhouse');
    const name = `annexa-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
    const left = ['/dev/shm', path].map((place) => join(place, name)).filter((place) => existsSync(place));
    await store.close();
    for (const place of left) {
      mkdirSync(place, { mode: 0o700 });
      writeFileSync(join(place, '0.bin'), 'left behind');
    }
    store = await openTestStore(directory.path);
    for (const place of left) expect(readdirSync(place)).toEqual([]);
    expect((await store.head(3)).size).toBe(20);
    const versions = await store.select('SELECT version FROM schema_versions FINAL ORDER BY version');
    expect(versions).toEqual([{ version: 1 }]);
  });
});

describe('the statements of a file', () => {
  it('end at a semicolon at the end of a line, comments aside', () => {
    expect(toStatements("-- one; two\nSELECT 1;\n\nSELECT 'a;b';\n-- end;\n")).toEqual([
      '-- one; two\nSELECT 1',
      "SELECT 'a;b'",
    ]);
  });
});
