import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Packet } from '../../domain/packet.ts';
import type { TestResult } from '../../domain/evaluation.ts';
import { listFiles } from '../../reports/zip.ts';
import type { CheckName, PacketVerification } from '../../verify/verification.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { buildPacket, makeKeys, smallPlan, TEST_ID, writeTrust } from './build-packet.ts';
import type { PacketPlan } from './build-packet.ts';
import { seededRandom } from './random.ts';

const keys = makeKeys();
let home = '';
let trust = '';
let original = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-tamper-'));
  trust = join(home, 'trust');
  original = join(home, 'original');
  await writeTrust(trust, keys);
  await buildPacket(original, keys);
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Lines that must turn red when a byte of the file changes. */
function linesFor(file: string): CheckName[] {
  if (file === 'tagmanifest-sha256.txt' || file === 'packet.sigstore.json') return ['attestation'];
  if (file === 'data/report.pdf') return ['bag', 'pdf-signature'];
  if (file === 'data/packet.json') return ['bag'];
  if (file === 'data/events.jsonl') return ['bag'];
  if (file === 'data/logs/0/checkpoint') return ['bag', 'checkpoint'];
  if (file.startsWith('data/logs/0/tile/')) return ['bag', 'range'];
  if (file.startsWith('data/proofs/')) return ['bag', 'proofs'];
  if (file.startsWith('data/controls/')) return ['bag', 'tables'];
  if (file.startsWith('data/policies/')) return ['bag', 'policies'];
  return ['bag'];
}

function red(verification: PacketVerification): CheckName[] {
  return verification.checks.filter((check) => !check.valid).map((check) => check.name);
}

/** Verifies a copy of the packet after `change`. */
async function verifyChanged(
  change: (directory: string) => Promise<void>,
  from = original,
): Promise<PacketVerification> {
  const copy = await mkdtemp(join(home, 'copy-'));
  await cp(from, copy, { recursive: true });
  await change(copy);
  const verification = await verifyPacket(copy, { trust });
  await rm(copy, { recursive: true });
  return verification;
}

/** Verifies a packet that its own producer built dishonestly and signed with the right keys. */
async function verifyForged(plan: Partial<PacketPlan>): Promise<PacketVerification> {
  const directory = await mkdtemp(join(home, 'forged-'));
  await buildPacket(directory, keys, { ...smallPlan, ...plan });
  return verifyPacket(directory, { trust });
}

describe('one changed byte', () => {
  test('in any file turns its line red, wherever it stands', { timeout: 120_000 }, async () => {
    const random = seededRandom('bytes');
    for (const file of await listFiles(original)) {
      const bytes = await readFile(join(original, file));
      const places = [0, bytes.length >> 1, bytes.length - 1, Math.floor(random() * bytes.length)];
      for (const place of places) {
        const verification = await verifyChanged(async (directory) => {
          const changed = Buffer.from(bytes);
          changed[place] = (changed[place] ?? 0) ^ (1 << Math.floor(random() * 8));
          await writeFile(join(directory, file), changed);
        });
        expect(verification.valid, `${file} at ${place}`).toBe(false);
        expect(red(verification), `${file} at ${place}`).toEqual(expect.arrayContaining(linesFor(file)));
      }
    }
  });

  test('names the file that changed', async () => {
    const verification = await verifyChanged((directory) =>
      writeFile(join(directory, 'VERIFY.md'), 'trust me'),
    );
    expect(red(verification)).toEqual(['bag']);
    expect(verification.checks.find((check) => check.name === 'bag')?.detail).toContain('VERIFY.md: changed');
  });
});

describe('the set of files', () => {
  test('a removed file is missed', { timeout: 60_000 }, async () => {
    for (const file of await listFiles(original)) {
      const verification = await verifyChanged((directory) => rm(join(directory, file)));
      expect(verification.valid, file).toBe(false);
      const line = file === 'packet.sigstore.json' ? 'attestation' : 'bag';
      expect(red(verification), file).toContain(line);
    }
  });

  test.each([
    'extra.txt',
    'data/extra.txt',
    'data/controls/A.5.18/extra.csv',
    'data/logs/1/checkpoint',
    'data/logs/0/tile/0/000',
  ])('an added file is found: %s', async (file) => {
    const verification = await verifyChanged(async (directory) => {
      await cp(join(directory, 'VERIFY.md'), join(directory, file), { recursive: true });
    });
    expect(red(verification)).toContain('bag');
    expect(verification.checks.find((check) => check.name === 'bag')?.problems).toContain(
      `${file}: not listed in a manifest`,
    );
  });

  test('two swapped files are found', async () => {
    const verification = await verifyChanged(async (directory) => {
      const [a, b] = ['population', 'exceptions'].map((name) =>
        join(directory, `data/controls/A.5.18/${TEST_ID}.${name}.csv`),
      );
      if (a === undefined || b === undefined) return;
      await rename(a, `${a}.tmp`);
      await rename(b, a);
      await rename(`${a}.tmp`, b);
    });
    expect(red(verification)).toEqual(['bag', 'tables']);
  });

  test('a link is no file', async () => {
    const verification = await verifyChanged(async (directory) => {
      await rm(join(directory, 'VERIFY.md'));
      await symlink(join(original, 'VERIFY.md'), join(directory, 'VERIFY.md'));
    });
    expect(red(verification)).toEqual(['structure', 'bag']);
  });

  test('a packet of other keys is another signer’s', async () => {
    const other = join(home, 'other');
    await buildPacket(other, makeKeys());
    const verification = await verifyPacket(other, { trust });
    expect(red(verification)).toEqual(['trust']);
    expect(verification.signers.map((signer) => signer.known)).toEqual([false, false, false]);
  });

  test('the attestation of another packet does not fit', async () => {
    const other = join(home, 'later');
    await buildPacket(other, keys, { size: 720, range: { from: 300, to: 700 } });
    const verification = await verifyChanged((directory) =>
      cp(join(other, 'packet.sigstore.json'), join(directory, 'packet.sigstore.json')),
    );
    expect(red(verification)).toEqual(['attestation']);
  });
});

describe('a producer that signs what is not so', () => {
  const result =
    (change: (test: TestResult) => Partial<TestResult>) =>
    (packet: Packet): Packet => ({
      ...packet,
      evaluation: {
        ...packet.evaluation,
        controls: packet.evaluation.controls.map((control) => ({
          ...control,
          tests: control.tests.map((test) => ({ ...test, ...change(test) })),
        })),
      },
    });

  test('the untouched packet holds', async () => {
    expect(red(await verifyForged({}))).toEqual([]);
  });

  const forgeries: [string, CheckName[], (packet: Packet) => Packet][] = [
    ['an outcome better than its counts', ['outcomes'], result(() => ({ outcome: 'pass' }))],
    [
      'nothing to test called pass',
      ['outcomes'],
      result((test) => (test.population === 0 ? { outcome: 'pass' } : {})),
    ],
    [
      'an exception left out of the figures',
      ['tables', 'outcomes'],
      result((test) => ({ exceptions: Math.max(0, test.exceptions - 1) })),
    ],
    [
      'a population made larger',
      ['tables'],
      result((test) => (test.population > 0 ? { population: 40 } : {})),
    ],
    [
      'blind time that is not judged',
      ['outcomes'],
      result((test) => (test.population === 0 ? { blind: [{ ...smallPeriod, reason: 'silent' }] } : {})),
    ],
    ['another log size', ['checkpoint'], (packet) => ({ ...packet, log: { ...packet.log, size: 699 } })],
    [
      'another root',
      ['checkpoint'],
      (packet) => ({ ...packet, log: { ...packet.log, root: Buffer.alloc(32).toString('base64') } }),
    ],
    [
      'a wider range',
      ['range'],
      (packet) => ({ ...packet, log: { ...packet.log, range: { from: 0, to: 650 } } }),
    ],
    [
      'a citation that is not there',
      ['entries'],
      (packet) => ({ ...packet, cited: { ...packet.cited, total: 4 } }),
    ],
    [
      'a cut list called complete',
      ['entries'],
      (packet) => ({ ...packet, cited: { ...packet.cited, complete: true } }),
    ],
    [
      'a policy snapshot that is not there',
      ['policies'],
      (packet) => ({
        ...packet,
        policies: packet.policies.map((policy) => ({ ...policy, sha256: 'a'.repeat(64) })),
      }),
    ],
    [
      'another query',
      ['tables'],
      (packet) => ({ ...packet, ipe: packet.ipe.map((block) => ({ ...block, sqlSha256: 'b'.repeat(64) })) }),
    ],
  ];
  test.each(forgeries)('is caught with %s', async (_, lines, alter) => {
    expect(red(await verifyForged({ alter }))).toEqual(lines);
  });

  const stages: [string, CheckName[], string, (text: string) => string][] = [
    [
      'an entry of its own',
      ['entries', 'proofs'],
      'data/events.jsonl',
      (text) => text.replace('gateway', 'gatewax'),
    ],
    [
      'a disclosure of its own',
      ['disclosures'],
      'data/events.jsonl',
      (text) => text.replace('p303@example.com', 'p304@example.com'),
    ],
    ['an entry twice', ['entries'], 'data/events.jsonl', (text) => `${text}${text.split('\n')[2] ?? ''}\n`],
    [
      'an entry cut out',
      ['entries', 'proofs'],
      'data/events.jsonl',
      (text) => text.split('\n').toSpliced(1, 1).join('\n'),
    ],
    [
      'a row cut out',
      ['tables'],
      `data/controls/A.5.18/${TEST_ID}.population.csv`,
      (text) => text.replace(/session\/5[^]*?\n(?=session)/, ''),
    ],
    ['a query of its own', ['tables'], `data/controls/A.5.18/${TEST_ID}.sql`, () => 'SELECT 2\n'],
    [
      'a proof of another index',
      ['proofs'],
      'data/proofs/0-303.tlog-proof',
      (text) => text.replace('index 303', 'index 304'),
    ],
  ];
  test.each(stages)('is caught with %s', async (_, lines, file, change) => {
    const stage = async (directory: string): Promise<void> => {
      await writeFile(join(directory, file), change(await readFile(join(directory, file), 'utf8')));
    };
    expect(red(await verifyForged({ stage }))).toEqual(lines);
  });

  test('is caught with a report about another packet', async () => {
    const other = join(home, 'another-report');
    await buildPacket(other, keys, {
      ...smallPlan,
      alter: (packet) => ({ ...packet, organisation: 'Other' }),
    });
    const stage = (directory: string): Promise<void> =>
      cp(join(other, 'data/report.pdf'), join(directory, 'data/report.pdf'));
    expect(red(await verifyForged({ stage }))).toEqual(['pdf']);
  });

  test('is caught with a tile of its own', async () => {
    const stage = async (directory: string): Promise<void> => {
      const file = join(directory, 'data/logs/0/tile/0/001');
      const bytes = await readFile(file);
      await writeFile(file, Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]));
    };
    expect(red(await verifyForged({ stage }))).toEqual(['range']);
  });
});

const smallPeriod = {
  from: '2026-01-02T00:00:00.000000Z',
  to: '2026-01-03T00:00:00.000000Z',
} as TestResult['blind'][number];
