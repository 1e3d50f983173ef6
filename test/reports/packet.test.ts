import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'csv-parse/sync';
import type { Packet } from '../../domain/packet.ts';
import { PREDICATE_TYPE } from '../../ledger/trust.ts';
import type { WritePacketOptions } from '../../reports/options.ts';
import { packetSteps } from '../../reports/steps.ts';
import { listFiles } from '../../reports/zip.ts';
import { writePacket, type WrittenPacket } from '../../reports/write-packet.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { has } from '../sign/programs.ts';
import { createTestCatalogue } from './controls.ts';
import { event, openTestLog, policyEvent, sampleEvents, testPeriod, type TestLog } from './log.ts';

let log: TestLog;
let size = 0;
/** The default packet, unpacked: most tests look at it. */
let written: WrittenPacket;
let directory = '';

beforeAll(async () => {
  log = await openTestLog();
  await log.append([policyEvent()], '2026-06-15T00:00:00Z');
  await log.append(sampleEvents(90), '2026-08-02T00:00:00Z');
  size = (await log.ledger.checkpoint()).size;
  written = await writePacket(optionsOf());
  directory = unpack(written.path);
});

afterAll(() => log.close());

function optionsOf(more: Partial<WritePacketOptions> = {}): WritePacketOptions {
  return {
    period: testPeriod,
    controls: [],
    size,
    complete: false,
    reader: { person: 'full', content: 'full' },
    organisation: 'ACME <GmbH> & Söhne',
    controlsSha256: 'c'.repeat(64),
    soa: null,
    log: { number: 0, vkey: log.vkey, anchored: 'none' },
    predicateType: PREDICATE_TYPE,
    store: log.store,
    ledger: log.ledger,
    ...createTestCatalogue(log.store),
    signers: { attestation: log.keys.attestation, report: log.keys.pdf },
    out: (id) => join(log.directory, 'packets', `packet-${id}.zip`),
    ...more,
  };
}

function unpack(zip: string): string {
  const into = join(log.directory, 'unpacked', `${Math.floor(process.hrtime()[1])}`);
  mkdirSync(into, { recursive: true });
  execFileSync('unzip', ['-q', zip, '-d', into]);
  return into;
}

async function digests(directory: string): Promise<Record<string, string>> {
  const files = await listFiles(directory);
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(directory, file)))
        .digest('hex'),
    ]),
  );
}

const readPacket = (directory: string): Packet =>
  JSON.parse(readFileSync(join(directory, 'data/packet.json'), 'utf8')) as Packet;
const readCsv = (file: string): Record<string, string>[] => parse(readFileSync(file), { columns: true });

describe.skipIf(!has('unzip'))('a packet', () => {
  it('passes the offline verifier with the keys of the trust directory', async () => {
    const verified = await verifyPacket(written.path, { trust: log.trust });
    expect(verified.checks.filter((check) => !check.valid)).toEqual([]);
    expect(verified.valid).toBe(true);
  });

  it('is the same twice at one size, whatever was appended in between, but for signatures', async () => {
    const unsigned = optionsOf({ signers: { attestation: log.keys.attestation } });
    const first = unpack((await writePacket(unsigned)).path);
    await log.append([
      event('packet.built', '2026-08-02T01:00:00Z', {
        subject: 'packet/x',
        data: { packet: 'x', size, from: testPeriod.from, to: testPeriod.to },
      }),
      ...sampleEvents(3).map((one) => ({ ...one, id: `late-${one.id}` })),
    ]);
    const second = unpack((await writePacket(unsigned)).path);
    const [one, other] = [await digests(first), await digests(second)];
    delete one['packet.sigstore.json'];
    delete other['packet.sigstore.json'];
    expect(other).toEqual(one);
  });

  it('lists every exception, and its figures add up', async () => {
    const { packet } = written;
    const [test] = packet.evaluation.controls[0]?.tests ?? [];
    const population = readCsv(join(directory, 'data/controls/A.5.18/A.5.18-T1.population.csv'));
    const exceptions = readCsv(join(directory, 'data/controls/A.5.18/A.5.18-T1.exceptions.csv'));
    expect([population.length, exceptions.length]).toEqual([test?.population, test?.exceptions]);
    expect(exceptions).toHaveLength(30);
    expect(test?.itemsComplete).toBe(false);
    expect(population.filter((row) => row['exception'] !== '')).toEqual(exceptions);
    // One for each exception, and one for the policy, which lies before the range and its tiles.
    expect(readdirSync(join(directory, 'data/proofs'))).toHaveLength(31);
    expect(readPacket(directory)).toEqual(JSON.parse(JSON.stringify(packet)));
    expect(packet.cited.exceptions).toBe(30);
  });

  it('cites what exceptions rest on: their sessions, and the policy from before the period', async () => {
    const lines = readFileSync(join(directory, 'data/events.jsonl'), 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { cited: string; entry: string; index: number });
    const kinds = (why: string): string[] =>
      [
        ...new Set(
          entries
            .filter((one) => one.cited === why)
            .map((one) => (JSON.parse(one.entry) as { type: string }).type),
        ),
      ].sort();
    expect(kinds('exception')).toEqual(['session.started']);
    expect(kinds('context')).toEqual(['policy.snapshotted', 'session.ended']);
    expect(entries.map((one) => one.index)).toEqual(
      entries.map((one) => one.index).toSorted((a, b) => a - b),
    );
  });

  it('keeps spreadsheets from taking a name for a formula', async () => {
    const rows = readCsv(join(directory, 'data/controls/A.5.18/A.5.18-T1.population.csv'));
    const cells = rows.flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(rows[0]?.['person']).toBe("'=cmd|calc@example.com");
    expect(rows[3]?.['resource']).toBe("'@SUM(A1)");
    expect(rows[0]?.['detail']).toBe("'-no decision");
  });

  it('withholds names and contents from a reader who may not see them, and still verifies', async () => {
    const written = await writePacket(optionsOf({ reader: { person: 'pseudonym', content: 'withheld' } }));
    const directory = unpack(written.path);
    const text = (await listFiles(directory))
      .filter((file) => !file.endsWith('.pdf'))
      .map((file) => readFileSync(join(directory, file), 'latin1'))
      .join('\n');
    expect(text).not.toMatch(/@example\.com|Person \d|fix \\"it/);
    expect(written.packet.withheld).toBeGreaterThan(30);
    expect((await verifyPacket(written.path, { trust: log.trust })).valid).toBe(true);
  });

  it('ships every entry of the range when asked to be complete', async () => {
    const written = await writePacket(optionsOf({ complete: true }));
    const { range } = written.packet.log;
    expect(written.packet.cited).toMatchObject({
      total: range.to - range.from + 1,
      context: written.packet.cited.context,
      complete: true,
    });
    expect((await verifyPacket(written.path, { trust: log.trust })).valid).toBe(true);
  });

  it('leaves nothing behind when its own check fails', async () => {
    const before = readdirSync(join(log.directory, 'packets'));
    const verify = async () => ({ checks: [{ name: 'bag', valid: false, detail: 'broken' }] });
    const out = join(log.directory, 'packets', 'never.zip');
    await expect(writePacket(optionsOf({ out, verify }))).rejects.toThrow(/own checks/);
    expect(readdirSync(join(log.directory, 'packets'))).toEqual(before);
  });

  it('refuses to be built on rows that do not give the result', async () => {
    const catalogue = createTestCatalogue(log.store);
    const populationOf: WritePacketOptions['populationOf'] = async function* (request) {
      let first = true;
      for await (const row of catalogue.populationOf(request)) {
        if (!first) yield row;
        first = false;
      }
    };
    await expect(writePacket(optionsOf({ populationOf }))).rejects.toThrow(/population 90/);
  });

  it('reports its steps in order', async () => {
    const seen: string[] = [];
    await writePacket(
      optionsOf({ onProgress: ({ name }) => void (seen.at(-1) === name || seen.push(name)) }),
    );
    expect(seen).toEqual(packetSteps.filter((name) => name !== 'evaluate'));
  });
});
