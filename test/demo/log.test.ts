import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../store/embedded.ts';
import { run } from './start.ts';

let cwd = '';
let good = '';

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'annexa-log-'));
  const lines = Array.from({ length: 700 }, (_, at) =>
    JSON.stringify({
      specversion: '1.0',
      source: 'test',
      id: String(at),
      type: 'session.started',
      time: '2026-11-21T09:00:00Z',
      subject: `session/s${at}`,
      data: { session: `s${at}`, resource: 'db', person: { email: `p${at}@example.com` } },
    }),
  );
  good = join(cwd, 'good');
  const imported = await run('main.js', ['import', '-', '--data', good], {
    cwd,
    input: `${lines.join('\n')}\n`,
  });
  expect(imported.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function copyAs(name: string): string {
  const data = join(cwd, name);
  cpSync(good, data, { recursive: true });
  return data;
}

/** Path → SHA-256 of every file of a log directory. */
function filesOf(data: string): Record<string, string> {
  const directory = join(data, 'log', '0');
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [
        relative(directory, file),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ]),
  );
}

describe('annexa log', () => {
  it('verifies what nobody touched', async () => {
    const { code, out } = await run('main.js', ['log', 'verify', '--data', good], { cwd });
    expect(out).toContain('valid: 701 entries');
    expect(code).toBe(0);
  });

  it.each([
    [
      'value',
      'ALTER TABLE entries UPDATE `values` = mapUpdate(`values`, map(\'person\', \'{"person":{"email":"m@example.com"}}\')) WHERE `index` = 345',
    ],
    ['entry', 'ALTER TABLE entries UPDATE entry = replace(entry, \'"v":1\', \'"v":2\') WHERE `index` = 345'],
    ['leaf', "ALTER TABLE entries UPDATE leaf = unhex(repeat('ab', 32)) WHERE `index` = 345"],
    [
      'entry and leaf',
      'ALTER TABLE entries UPDATE entry = replace(entry, \'"v":1\', \'"v":2\'), leaf = SHA256(concat(char(0), replace(entry, \'"v":1\', \'"v":2\'))) WHERE `index` = 345',
    ],
  ])('names the entry whose %s was changed by hand', async (name, statement) => {
    const data = copyAs(`changed ${name}`);
    const engine = await openEmbedded(join(data, 'clickhouse'), { fsync: false });
    await engine.command(`${statement} SETTINGS mutations_sync = 2`);
    await engine.close();
    const { code, out } = await run('main.js', ['log', 'verify', '--data', data], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/DIFFERS.*\b345\b/);
    expect(out).toContain('NOT VALID');
  });

  it('makes the same tiles again after they were deleted', async () => {
    const data = copyAs('rebuilt');
    const before = filesOf(data);
    expect(Object.keys(before)).toContain('tile/0/000');
    rmSync(join(data, 'log', '0', 'tile'), { recursive: true });
    const { code, out } = await run('main.js', ['log', 'rebuild', '--data', data], { cwd });
    expect(out).toContain('701 entries');
    expect(code).toBe(0);
    expect(filesOf(data)).toEqual(before);
    expect((await run('main.js', ['log', 'verify', '--data', data], { cwd })).code).toBe(0);
  });

  it('says in one line that a second program owns the directory', async () => {
    const data = copyAs('owned');
    const engine = await openEmbedded(join(data, 'clickhouse'), { fsync: false });
    const { code, err } = await run('main.js', ['log', 'verify', '--data', data], { cwd });
    await engine.close();
    expect(code).toBe(1);
    expect(err).toMatch(/DATA_IN_USE: .+/);
  });

  it('gives a proof only for an entry that is there', async () => {
    const { code, err } = await run('main.js', ['log', 'proof', '701', '--data', good], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('NOT_FOUND: the log has no entry 701');
  });
});
