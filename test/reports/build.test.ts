import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, it } from 'vitest';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import { openTable } from '../../reports/files/csv.ts';
import { buildPacket, packetId, type PacketInput } from '../../reports/packet.ts';
import { period, sampleEvaluation, samplePacket, sampleTest, sha } from './sample.ts';

const directory = mkdtempSync(join(tmpdir(), 'annexa-build-'));
afterAll(() => rmSync(directory, { recursive: true }));

function inputOf(more: Partial<PacketInput['question']> = {}): PacketInput {
  const packet = samplePacket();
  const control = packet.evaluation.controls.find((one) => one.id === 'A.5.18');
  const tests = [
    sampleTest('A.5.18-T1', { outcome: 'exceptions', exceptions: 2 }),
    sampleTest('A.5.18-T3', { outcome: 'pass' }),
  ];
  return {
    question: {
      origin: packet.log.origin,
      size: 120,
      period,
      controls: ['A.5.18'],
      controlsSha256: sha('controls'),
      reader: { person: 'full', content: 'full' },
      complete: false,
      ...more,
    },
    organisation: 'ACME',
    log: { vkey: packet.log.vkey, root: packet.log.root, anchored: 'none' },
    soa: null,
    evaluation: sampleEvaluation(control === undefined ? [] : [{ ...control, tests }]),
    facts: {
      asOf: packet.asOf,
      range: { from: 3, to: 120 },
      sources: packet.sources,
      policies: packet.policies,
      lateArrivals: packet.lateArrivals,
      access: { identities: 2, resources: 3, sessions: 1_284, commands: 0, decisions: 40 },
      erased: 1,
      previous: { id: '51d00c9e4b127f3a', size: 60 },
    },
    previousRoot: 'cm9vdA==',
    ipe: packet.ipe.filter(({ test }) => test === 'A.5.18-T1' || test === 'A.5.18-T3'),
    cited: { total: 5, exceptions: 2, context: 3, complete: false },
    withheld: 0,
    statements: ['One sentence.'],
  };
}

const text = (input: PacketInput): string => toCanonicalJson(buildPacket(input) as unknown as Json);

describe('buildPacket', () => {
  it('gives the golden packet.json', async () => {
    const pretty = `${JSON.stringify(JSON.parse(text(inputOf())), null, 2)}\n`;
    await expect(pretty).toMatchFileSnapshot('./golden/packet.txt');
  });

  it('gives one id to one question, and another to every other', () => {
    const ask = (more: Partial<PacketInput['question']>): string => packetId(inputOf(more).question);
    const ids = [
      ask({}),
      ask({ size: 121 }),
      ask({ controls: [] }),
      ask({ complete: true }),
      ask({ controlsSha256: sha('other') }),
      ask({ origin: 'annexa.example.com/acme/other' }),
      ask({ reader: { person: 'pseudonym', content: 'full' } }),
      ask({ period: { from: period.from, to: period.from } }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ask({})).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it('takes names from a reader who may not see them, and no figure', () => {
    const whole = buildPacket(inputOf());
    const redacted = buildPacket(inputOf({ reader: { person: 'pseudonym', content: 'full' } }));
    expect(JSON.stringify(redacted.evaluation)).not.toMatch(/@lab\.example|Łukasz/);
    const items = (packet: typeof whole) =>
      packet.evaluation.controls.flatMap((control) => control.tests.flatMap((test) => test.items));
    expect(items(redacted).map((item) => item.who)).toEqual(items(whole).map((item) => item.who));
    expect(items(redacted).map((item) => item.accepted?.until)).toEqual(
      items(whole).map((item) => item.accepted?.until),
    );
  });
});

describe('a CSV file', () => {
  it('never holds a cell that a spreadsheet takes for a formula, and loses nothing else', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('=1+1', '@x', '+1', '-1', '"', 'a,b', 'a\r\nb', "'=1"),
    );
    let file = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: cell, b: cell }), { maxLength: 20 }), async (rows) => {
        const path = join(directory, `${(file += 1)}.csv`);
        const table = await openTable<{ a: string; b: string }>(path, ['a', 'b']);
        for (const row of rows) await table.write(row);
        const { rows: count } = await table.close();
        const read: { a: string; b: string }[] = parse(readFileSync(path), { columns: true });
        expect(count).toBe(rows.length);
        expect(read).toHaveLength(rows.length);
        for (const [at, row] of read.entries()) {
          for (const name of ['a', 'b'] as const) {
            expect(row[name]).not.toMatch(/^[=+\-@]/);
            const given = rows[at]?.[name];
            expect([given, `'${given}`]).toContain(row[name]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has its head though it has no rows', async () => {
    const path = join(directory, 'empty.csv');
    const table = await openTable<{ a: string }>(path, ['a']);
    expect((await table.close()).rows).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('a\r\n');
  });
});
