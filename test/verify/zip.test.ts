import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { listFiles, zipDirectory } from '../../reports/zip.ts';
import { openZip } from '../../verify/members.ts';
import type { Members } from '../../verify/members.ts';
import type { CheckName } from '../../verify/verification.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { has } from '../sign/programs.ts';
import { buildPacket, makeKeys, writeTrust } from './build-packet.ts';
import { seededRandom } from './random.ts';
import { makeZip } from './zip-file.ts';
import type { HandMember } from './zip-file.ts';

const keys = makeKeys();
let home = '';
let trust = '';
let directory = '';
let zip = '';
let counter = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-zip-'));
  [trust, directory, zip] = [join(home, 'trust'), join(home, 'packet'), join(home, 'packet.zip')];
  await writeTrust(trust, keys);
  await buildPacket(directory, keys);
  await zipDirectory(directory, zip);
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function put(bytes: Uint8Array): Promise<string> {
  counter++;
  const file = join(home, `${counter}.zip`);
  await writeFile(file, bytes);
  return file;
}

async function redLines(file: string): Promise<CheckName[]> {
  const { checks, valid, exitCode } = await verifyPacket(file, { trust });
  const red = checks.filter((check) => !check.valid).map((check) => check.name);
  expect(valid).toBe(red.length === 0);
  expect(exitCode).toBe(valid ? 0 : 1);
  return red;
}

/** The packet's own files as members of a hand-made zip. */
async function members(): Promise<HandMember[]> {
  const paths = await listFiles(directory);
  return Promise.all(
    paths.map(async (name) => ({ name, content: await readFile(join(directory, name), 'latin1') })),
  ).then((list) => list.filter(({ content }) => isPlain(content)));
}

function isPlain(content: string): boolean {
  return Buffer.from(content, 'utf8').length === content.length;
}

async function problemsOf(bytes: Uint8Array): Promise<readonly string[]> {
  const opened = await openZip(await put(bytes));
  await opened.close();
  return opened.problems;
}

describe('the same files in another zip', () => {
  test('as written', async () => {
    expect(await redLines(zip)).toEqual([]);
  });

  test('stored, in reverse order, with other dates and extra fields', async () => {
    const file = join(home, 'reverse.zip');
    const packer = new ZipFile();
    for (const path of (await listFiles(directory)).toReversed()) {
      packer.addFile(join(directory, path), path, { compress: false, mtime: new Date(2026, 5, 1) });
    }
    packer.end();
    const chunks: Buffer[] = [];
    for await (const chunk of packer.outputStream) chunks.push(Buffer.from(chunk));
    await writeFile(file, Buffer.concat(chunks));
    expect(await redLines(file)).toEqual([]);
  });

  test('64-bit headers', async () => {
    const packer = new ZipFile();
    for (const path of await listFiles(directory))
      packer.addFile(join(directory, path), path, { forceZip64Format: true });
    packer.end({ forceZip64Format: true, comment: '' });
    const chunks: Buffer[] = [];
    for await (const chunk of packer.outputStream) chunks.push(Buffer.from(chunk));
    expect(await redLines(await put(Buffer.concat(chunks)))).toEqual([]);
  });

  test.skipIf(!has('python3'))('by another program, with folder members', async () => {
    const file = join(home, 'python.zip');
    const script = [
      'import os, sys, zipfile',
      'z = zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED, compresslevel=9)',
      'for top, folders, files in os.walk(sys.argv[1]):',
      '    for n in sorted(folders + files):',
      '        p = os.path.join(top, n); z.write(p, os.path.relpath(p, sys.argv[1]))',
      'z.close()',
    ].join('\n');
    execFileSync('python3', ['-c', script, directory, file]);
    expect(await redLines(file)).toEqual([]);
  });

  test.skipIf(!has('zip'))('by a program that streams, inside a folder of its own', async () => {
    const file = join(home, 'streamed.zip');
    execFileSync('sh', ['-c', 'zip -qr - packet > "$0"', file], { cwd: home });
    expect(await redLines(file)).toEqual([]);
  });
});

describe('the container', () => {
  const changes: [string, (bytes: Buffer) => Buffer, RegExp][] = [
    ['bytes after the end', (bytes) => Buffer.concat([bytes, Buffer.from('more')]), /4 bytes after the end/],
    [
      'bytes before the first member',
      (bytes) => Buffer.concat([Buffer.from('#!/bin/sh\n'), bytes]),
      /10 bytes before the first member/,
    ],
    [
      'a comment',
      (bytes) => {
        const commented = Buffer.concat([bytes, Buffer.from('hello')]);
        commented.writeUInt16LE(5, bytes.length - 2);
        return commented;
      },
      /zip comment of 5 bytes/,
    ],
    [
      'another zip behind it',
      (bytes) => Buffer.concat([bytes, makeZip([{ name: 'bagit.txt', content: 'x' }])]),
      /bytes before the first member/,
    ],
  ];
  test.each(changes)('must not have %s', async (_, change, problem) => {
    const file = await put(change(await readFile(zip)));
    expect(await redLines(file)).toContain('structure');
    const { checks } = await verifyPacket(file, { trust });
    expect(checks[0]?.problems.join('\n')).toMatch(problem);
  });

  const lies: [string, (list: HandMember[]) => HandMember[], RegExp][] = [
    [
      'a duplicate name',
      (list) => [...list, { name: 'VERIFY.md', content: 'other' }],
      /duplicate name VERIFY.md/,
    ],
    [
      'names that differ in case',
      (list) => [...list, { name: 'verify.md', content: 'other' }],
      /duplicate name verify.md and VERIFY.md/,
    ],
    ['an absolute name', (list) => [...list, { name: '/etc/passwd', content: '' }], /unsafe name/],
    ['a name that climbs', (list) => [...list, { name: 'data/../../x', content: '' }], /unsafe name/],
    ['a name with backslashes', (list) => [...list, { name: 'data\\x', content: '' }], /unsafe name/],
    [
      'a name with a control character',
      (list) => [...list, { name: 'data/a\nb', content: '' }],
      /unsafe name/,
    ],
    [
      'a file that is a folder too',
      (list) => [...list, { name: 'data', content: '' }],
      /data is a file and a folder/,
    ],
    [
      'an empty folder',
      (list) => [
        ...list,
        { name: 'data/empty/', content: '', method: 0 as const, attributes: 0o40755 * 0x10000 },
      ],
      /folder data\/empty\/ holds no member/,
    ],
    [
      'a link',
      (list) => [...list, { name: 'data/link', content: '/etc/passwd', attributes: 0o120777 * 0x10000 }],
      /not a regular file/,
    ],
    ['encryption', (list) => [...list, { name: 'data/secret', content: '', flags: 0x801 }], /flags 801/],
    [
      'a member comment',
      (list) => [...list, { name: 'data/noted', content: '', comment: 'psst' }],
      /has a comment/,
    ],
    [
      'a second name in an extra field',
      (list) => [...list, { name: 'data/extra', content: '', extra: Buffer.from('7570010000', 'hex') }],
      /extra field 7075/,
    ],
    [
      'a local name of its own',
      (list) => list.map((m) => (m.name === 'VERIFY.md' ? { ...m, localName: 'VERIFX.md' } : m)),
      /differs from the central directory in name/,
    ],
  ];
  test.each(lies)('must not have %s', async (_, change, problem) => {
    expect((await problemsOf(makeZip(await members()))).join('\n')).toBe('');
    expect((await problemsOf(makeZip(change(await members())))).join('\n')).toMatch(problem);
  });

  test('a member that unpacks to more than it declares is stopped there', async () => {
    const file = await put(
      makeZip([{ name: 'bagit.txt', content: 'x'.repeat(50_000_000), declaredSize: 10 }]),
    );
    const opened = await openZip(file);
    await expect(drain(opened, 'bagit.txt')).rejects.toThrow('holds more than the 10 bytes it declares');
    await opened.close();
  });

  test('members that declare too much for the file are refused', async () => {
    const problems = await problemsOf(makeZip([{ name: 'bagit.txt', content: 'x', declaredSize: 2 ** 30 }]));
    expect(problems.join()).toContain('times the file');
  });

  test('something that is no zip is unreadable', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(100_000)]) {
      const verification = await verifyPacket(await put(bytes), { trust });
      expect([verification.valid, verification.exitCode]).toEqual([false, 2]);
    }
    expect((await verifyPacket(join(home, 'nowhere.zip'), { trust })).exitCode).toBe(2);
  });

  test('cut anywhere is never valid', async () => {
    const bytes = await readFile(zip);
    const random = seededRandom('cut');
    for (let i = 0; i < 40; i++) {
      const cut = bytes.subarray(0, Math.floor(random() * bytes.length));
      expect((await verifyPacket(await put(cut), { trust })).valid).toBe(false);
    }
  });
});

describe('one changed bit of the zip', () => {
  test('is noticed, or leaves every member as it was', { timeout: 120_000 }, async () => {
    const bytes = await readFile(zip);
    const before = await contents(bytes);
    expect(before).not.toBe('');
    const random = seededRandom('zip bits');
    let harmless = 0;
    for (let i = 0; i < 800; i++) {
      // Every second change hits the central directory, which is short.
      const at =
        i % 2 === 0 ? Math.floor(random() * bytes.length) : bytes.length - 1 - Math.floor(random() * 1800);
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const after = await contents(changed);
      if (after === before) harmless++;
      else expect(after, `byte ${at}`).toBe('');
    }
    // Versions, attributes: what no reader turns into content.
    expect(harmless).toBeLessThan(80);
  });
});

/** Digest over names and contents; '' when a fault is noticed. */
async function contents(bytes: Buffer): Promise<string> {
  let opened: Members | undefined;
  try {
    opened = await openZip(await put(bytes));
    if (opened.problems.length > 0) return '';
    const hash = createHash('sha256');
    for (const name of opened.names) {
      hash.update(`${name}\0`);
      for await (const chunk of opened.read(name)) hash.update(chunk);
    }
    return hash.digest('hex');
  } catch {
    return '';
  } finally {
    await opened?.close();
    await rm(join(home, `${counter}.zip`), { force: true });
  }
}

async function drain(opened: Members, name: string): Promise<void> {
  for await (const chunk of opened.read(name)) expect(chunk.length).toBeGreaterThan(0);
}
