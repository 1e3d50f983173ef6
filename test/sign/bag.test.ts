import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeBag } from '../../reports/bag.ts';
import { listFiles, zipDirectory } from '../../reports/zip.ts';
import { has, run } from './programs.ts';

let home = '';
let directory = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-bag-'));
  directory = join(home, 'bag');
  await put('data/report.pdf', 'report');
  await put('data/controls/A.5.18/A.5.18-T1.sql', 'SELECT 1');
  await put('VERIFY.md', 'how');
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function put(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(directory, name)), { recursive: true });
  await writeFile(join(directory, name), content);
}

describe('a bag', () => {
  test('lists every file once, payload and tags apart, and counts the payload', async () => {
    const written = await writeBag(directory, { info: [['Source-Organization', 'ACME\nGmbH']] });
    expect(written.payload).toEqual({ files: 2, bytes: 14 });
    const names = async (file: string): Promise<string[]> =>
      (await readFile(join(directory, file), 'utf8'))
        .split('\n')
        .slice(0, -1)
        .map((line) => line.slice(66));
    expect(await names('manifest-sha256.txt')).toEqual([
      'data/controls/A.5.18/A.5.18-T1.sql',
      'data/report.pdf',
    ]);
    expect(await names('tagmanifest-sha256.txt')).toEqual([
      'VERIFY.md',
      'bag-info.txt',
      'bagit.txt',
      'manifest-sha256.txt',
    ]);
    expect(await readFile(join(directory, 'bag-info.txt'), 'utf8')).toBe(
      'Payload-Oxum: 14.2\nSource-Organization: ACME GmbH\n',
    );
  });

  test('is the same when it is written again, with the attestation beside it', async () => {
    const first = await writeBag(directory, { info: [] });
    await put('packet.sigstore.json', '{}');
    expect(await writeBag(directory, { info: [] })).toEqual(first);
  });

  test.skipIf(!has('sha256sum'))('is checked by sha256sum', async () => {
    await writeBag(directory, { info: [] });
    const check = `cd '${directory}' && sha256sum -c --strict manifest-sha256.txt tagmanifest-sha256.txt`;
    expect(run('sh', ['-c', check])).toMatchObject({ status: 0 });
    await put('data/report.pdf', 'other');
    expect(run('sh', ['-c', check]).status).not.toBe(0);
  });

  test.each(['data/a b', 'data/ü', `data/${'x'.repeat(120)}`, 'data/a..b'])(
    'refuses the name %s',
    async (name) => {
      await put(name, '');
      await expect(writeBag(directory, { info: [] })).rejects.toThrow('cannot go into a bag');
    },
  );
});

describe('a zip', () => {
  test('has the same bytes for the same files, whenever and wherever it is written', async () => {
    const zone = process.env['TZ'];
    const first = await zipDirectory(directory, join(home, 'a.zip'));
    process.env['TZ'] = 'America/Los_Angeles';
    try {
      await put('VERIFY.md', 'how');
      expect(await zipDirectory(directory, join(home, 'b.zip'))).toEqual(first);
      expect(await readFile(join(home, 'b.zip'))).toEqual(await readFile(join(home, 'a.zip')));
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  test('orders paths by bytes', async () => {
    for (const name of ['data/a-b', 'data/a/b', 'data/B', 'data/a.b']) await put(name, '');
    expect((await listFiles(directory)).filter((name) => name.length === 8 || name === 'data/B')).toEqual([
      'data/B',
      'data/a-b',
      'data/a.b',
      'data/a/b',
    ]);
  });

  test.skipIf(!has('unzip'))('is sound for unzip', async () => {
    await zipDirectory(directory, join(home, 'a.zip'));
    expect(run('unzip', ['-tq', join(home, 'a.zip')])).toMatchObject({ status: 0 });
  });

  test('rejects when a file cannot be read', async () => {
    await expect(zipDirectory(join(home, 'nowhere'), join(home, 'a.zip'))).rejects.toThrow('ENOENT');
  });
});
