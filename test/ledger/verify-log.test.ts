import { rmSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckLine } from '../../domain/ports.ts';
import { toInstant } from '../../domain/time.ts';
import { leafHash } from '../../ledger/merkle.ts';
import { createReader } from '../../ledger/reader.ts';
import { createSealer } from '../../ledger/seal.ts';
import { verifyLog } from '../../ledger/verify-log.ts';
import { testSigner } from './keys-for-tests.ts';
import { openRealLog, type RealLog } from './real-log.ts';

const origin = 'example.com/acme/main';
const signer = testSigner(origin);
const now = toInstant('2026-11-21T08:00:00Z', 'test');
const SIZE = 1000;

let log: RealLog;
beforeAll(async () => {
  log = await openRealLog();
  await log.grow(300);
  await log.grow(SIZE - 300);
  await createSealer({ store: log.store, dataDirectory: log.data, log: 0, origin, signer }).seal();
});
afterAll(() => log.close());

const verify = async (): Promise<readonly CheckLine[]> => {
  const place = { dataDirectory: log.data, log: 0, origin, key: signer.key };
  return (await verifyLog({ ...place, store: log.store, clock: () => now })).checks;
};
const faults = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await verify()).filter((check) => !check.valid).map(({ name, detail }) => [name, detail]),
  );

/** Runs a statement as a database administrator would, then undoes it. */
async function tampered(change: string, undo: string): Promise<Record<string, string>> {
  const set = 'SETTINGS mutations_sync = 2';
  await log.store.select(`${change} ${set}`);
  const found = await faults();
  await log.store.select(`${undo} ${set}`);
  return found;
}

const update = (assignment: string, where: string): string =>
  `ALTER TABLE entries UPDATE ${assignment} WHERE ${where}`;
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the verification of a log in the real engine', () => {
  it('names every line, and all hold for an untouched log', async () => {
    const checks = await verify();
    expect(checks.map(({ name }) => name)).toEqual([
      'indexes',
      'entries',
      'columns',
      'disclosures',
      'artefacts',
      'tiles',
      'checkpoint',
      'last signed',
    ]);
    expect(checks.filter((check) => !check.valid)).toEqual([]);
    expect(checks.map(({ detail }) => detail)).toEqual([
      '1000 entries, each index once and in the order received',
      'every leaf is the hash of its entry',
      'every column says what its entry says',
      '750 entries with disclosures, all as committed',
      '1 artefacts have the digest they are named by',
      '5 tiles are those of the stored leaves',
      'size 1000, signature and root hold',
      'size 1000, signature and root hold',
    ]);
  });

  it('locates a changed value by its index', async () => {
    const [row] = await log.store.entries(0, 404, 405);
    const found = await tampered(
      update(
        "`values` = mapUpdate(`values`, map('person', replaceOne(`values`['person'], 'user5', 'user6')))",
        '`index` = 404',
      ),
      update(
        `\`values\` = mapUpdate(\`values\`, map('person', ${quote(row!.values['person']!)}))`,
        '`index` = 404',
      ),
    );
    expect(found).toEqual({
      disclosures: 'a value, salt or name is not what the entry commits to: index 404',
    });
    expect(await faults()).toEqual({});
  });

  it('locates a changed salt, a removed value and a half-emptied disclosure', async () => {
    const [row] = await log.store.entries(0, 8, 9);
    const restore = update(
      `\`values\` = map('content', ${quote(row!.values['content']!)}, 'person', ${quote(row!.values['person']!)}), salts = map('content', '${row!.salts['content']!}', 'person', '${row!.salts['person']!}')`,
      '`index` = 8',
    );
    const expected = { disclosures: 'a value, salt or name is not what the entry commits to: index 8' };
    for (const assignment of [
      "salts = mapUpdate(salts, map('person', 'AAAAAAAAAAAAAAAAAAAAAA'))",
      "salts = mapFilter((name, salt) -> name != 'person', salts), `values` = mapFilter((name, value) -> name != 'person', `values`)",
      "`values` = mapUpdate(`values`, map('person', ''))",
      "`values` = mapUpdate(`values`, map('person.approver', '{}')), salts = mapUpdate(salts, map('person.approver', 'AAAAAAAAAAAAAAAAAAAAAA'))",
    ]) {
      expect(await tampered(update(assignment, '`index` = 8'), restore), assignment).toEqual(expected);
    }
  });

  it('takes emptied disclosures for erasures and counts them', async () => {
    const [row] = await log.store.entries(0, 12, 13);
    await log.store.select(
      `${update("`values` = mapUpdate(`values`, map('person', '')), salts = mapUpdate(salts, map('person', ''))", '`index` = 12')} SETTINGS mutations_sync = 2`,
    );
    const line = (await verify()).find(({ name }) => name === 'disclosures');
    expect(line).toEqual({
      name: 'disclosures',
      valid: true,
      detail: '750 entries with disclosures, 1 with erased ones, all as committed',
    });
    await log.store.select(
      `${update(`\`values\` = mapUpdate(\`values\`, map('person', ${quote(row!.values['person']!)})), salts = mapUpdate(salts, map('person', '${row!.salts['person']!}'))`, '`index` = 12')} SETTINGS mutations_sync = 2`,
    );
  });

  it('locates a changed entry, with its leaf left as it was and with its leaf made to fit', async () => {
    const [row] = await log.store.entries(0, 517, 518);
    const forged = row!.entry.replace('"seq":517', '"seq":518');
    expect(forged).not.toBe(row!.entry);
    const undo = update(`entry = ${quote(row!.entry)}, leaf = unhex('${hex(row!.leaf)}')`, '`index` = 517');
    expect(await tampered(update(`entry = ${quote(forged)}`, '`index` = 517'), undo)).toEqual({
      entries: 'entry and leaf differ: index 517',
    });
    const found = await tampered(
      update(`entry = ${quote(forged)}, leaf = unhex('${hex(leafHash(forged))}')`, '`index` = 517'),
      undo,
    );
    expect(found).toEqual({
      tiles: expect.stringContaining(
        'stored leaves differ from what was published: index 517; tile/1/000.p/3 differs',
      ),
      checkpoint: 'the stored entries do not give its root at size 1000',
      'last signed': 'the stored entries do not give its root at size 1000',
    });
    expect(await faults()).toEqual({});
  });

  it('locates a changed leaf', async () => {
    const [row] = await log.store.entries(0, 999, 1000);
    const found = await tampered(
      update(`leaf = unhex('${hex(leafHash('other'))}')`, '`index` = 999'),
      update(`leaf = unhex('${hex(row!.leaf)}')`, '`index` = 999'),
    );
    expect(found).toMatchObject({
      entries: 'entry and leaf differ: index 999',
      tiles: 'stored leaves differ from what was published: index 999',
    });
  });

  it('locates a changed key', async () => {
    const [row] = await log.store.entries(0, 20, 21);
    expect(
      await tampered(update('key = key + 1', '`index` = 20'), update(`key = ${row!.key}`, '`index` = 20')),
    ).toEqual({ columns: 'key differs: index 20' });
  });

  it('locates a changed artefact', async () => {
    const [artefact] = await log.store.select<{ sha256: string; bytes: string }>(
      'SELECT toString(sha256) AS sha256, bytes FROM artefacts',
    );
    const change = "ALTER TABLE artefacts UPDATE bytes = concat(bytes, 'y') WHERE 1";
    const found = await tampered(
      change,
      `ALTER TABLE artefacts UPDATE bytes = ${quote(artefact!.bytes)} WHERE 1`,
    );
    expect(found).toEqual({ artefacts: `changed: ${artefact!.sha256}` });
  });

  it('locates a second row with other content under the same index', async () => {
    const rows = await log.store.entries(0, 30, 31);
    const entry = rows[0]!.entry.replace('"v":1', '"v":2');
    await log.store.append([{ ...rows[0]!, entry, leaf: leafHash(entry) }], []);
    expect(await faults()).toMatchObject({ indexes: 'stored again with other content: index 30' });
    await log.store.select(
      'ALTER TABLE entries DELETE WHERE `index` = 30 AND endsWith(entry, \'"v":2}\') SETTINGS mutations_sync = 2',
    );
    expect(await faults()).toEqual({});
  });

  it('locates removed entries, at the end and in the middle', async () => {
    const rows = await log.store.entries(0, 990, 1000);
    await log.store.select('ALTER TABLE entries DELETE WHERE `index` >= 990 SETTINGS mutations_sync = 2');
    expect(await faults()).toMatchObject({
      checkpoint: 'it covers 1000 entries, the store holds 990',
      'last signed': 'it covers 1000 entries, the store holds 990',
    });
    await log.store.append(rows, []);
    expect(await faults()).toEqual({});
    const middle = await log.store.entries(0, 500, 503);
    await log.store.select(
      'ALTER TABLE entries DELETE WHERE `index` >= 500 AND `index` < 503 SETTINGS mutations_sync = 2',
    );
    const found = await faults();
    expect(found['indexes']).toBe('missing: indexes 500, 501, 502');
    expect(found['tiles']).toContain('cannot be compared');
    await log.store.append(middle, []);
    expect(await faults()).toEqual({});
  });

  it('names damaged tiles and a forged checkpoint, and a rebuild repairs them', async () => {
    const tile = join(log.data, 'log', '0', 'tile', '0', '001');
    const before = readFileSync(tile);
    const changed = Buffer.from(before);
    changed[64]! ^= 1;
    writeFileSync(tile, changed);
    expect(await faults()).toEqual({ tiles: 'stored leaves differ from what was published: index 258' });
    rmSync(tile);
    expect(await faults()).toEqual({ tiles: 'tile/0/001 is missing' });
    const checkpoint = join(log.data, 'log', '0', 'checkpoint');
    const note = readFileSync(checkpoint, 'utf8');
    writeFileSync(checkpoint, note.replace('1000', '1001'));
    expect(await faults()).toEqual({ checkpoint: `the signature of ${origin} does not hold` });
    await createSealer({ store: log.store, dataDirectory: log.data, log: 0, origin, signer }).rebuild();
    expect(readFileSync(tile)).toEqual(before);
    expect(readFileSync(checkpoint, 'utf8')).toBe(note);
    expect(await faults()).toEqual({});
  });

  it('names a record of the last signature that is gone', async () => {
    const path = join(log.data, 'state', 'last-signed-0');
    const record = readFileSync(path);
    rmSync(path);
    expect(await faults()).toEqual({ 'last signed': 'the record is gone' });
    writeFileSync(path, 'nonsense');
    expect(Object.keys(await faults())).toEqual(['last signed']);
    writeFileSync(path, record);
  });

  it('serves rows and proofs of what was sealed', async () => {
    const reader = createReader({ store: log.store, dataDirectory: log.data, log: 0, origin, signer });
    expect((await reader.checkpoint()).size).toBe(SIZE);
    const [row] = await reader.rows(5, 6);
    expect(hex(row!.leaf)).toBe(hex(leafHash(row!.entry)));
    expect((await reader.inclusionProof(5, SIZE)).length).toBe(10);
  });
});
