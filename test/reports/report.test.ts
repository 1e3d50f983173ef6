import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomes } from '../../domain/evaluation.ts';
import type { Packet } from '../../domain/packet.ts';
import type { Block, Chapter, Group, Row, Table } from '../../reports/layout/blocks.ts';
import { layOutReport } from '../../reports/layout/report.ts';
import { writeReport } from '../../reports/pdf/write-report.ts';
import { has, run } from '../sign/programs.ts';
import { createSlowSink, draw, exceptionsOf, inputOf, operatorsOf } from './draw.ts';
import { sampleControls, sampleEvaluation, samplePacket, sampleTest } from './sample.ts';

const directory = mkdtempSync(join(tmpdir(), 'annexa-report-'));
afterAll(() => rmSync(directory, { recursive: true }));

const packet = samplePacket();
const tests = packet.evaluation.controls.flatMap((control) => control.tests);

async function blocksOf(chapter: Chapter | undefined): Promise<Block[]> {
  const found: Block[] = [];
  for await (const block of chapter?.blocks ?? []) {
    if (block.kind !== 'section') found.push(block);
    else for await (const inner of block.blocks) found.push(inner);
  }
  return found;
}

async function chapterBlocks(number: number, of: Packet = packet): Promise<Block[]> {
  const report = layOutReport(inputOf(of), Buffer.from('{}'));
  return blocksOf(report.chapters.find((chapter) => chapter.number === number));
}

async function rowsOf(table: Table): Promise<(Row | Group)[]> {
  const rows: (Row | Group)[] = [];
  for await (const row of table.rows) rows.push(row);
  return rows;
}

/** Words alone: how wide the gaps are is up to the program that reads them. */
const plain = (text: string): string =>
  text
    .replace(/[ \t]+/g, ' ')
    .replace(/\n\s*/g, '\n')
    .trim();

const isTable = (block: Block): block is Table => block.kind === 'table';
const cellText = (cell: Row[number] | undefined): string =>
  typeof cell === 'string' ? cell : (cell?.text ?? '');

describe('the register', () => {
  it('holds every exception of every test, though the packet lists only the first ones', async () => {
    const controls = sampleControls().map((control) =>
      control.id === 'A.5.18'
        ? {
            ...control,
            tests: [sampleTest('A.5.18-T1', { outcome: 'exceptions', exceptions: 300, listed: 10 })],
          }
        : control,
    );
    const many = samplePacket(sampleEvaluation(controls));
    const table = (await chapterBlocks(6, many)).find(isTable);
    const rows = (await rowsOf(table!)).filter((row): row is Row => !('group' in row));
    const counted = controls
      .flatMap((control) => control.tests)
      .reduce((sum, test) => sum + test.exceptions, 0);
    expect(rows).toHaveLength(counted);
    expect(new Set(rows.map((row) => cellText(row[2]))).size).toBe(counted);
  });

  it('says so when there is nothing to list', async () => {
    const none = samplePacket(
      sampleEvaluation(sampleControls().map((control) => ({ ...control, tests: [] }))),
    );
    expect(await chapterBlocks(6, none)).toEqual([
      { kind: 'paragraph', text: 'No test of this packet found an exception.' },
    ]);
  });
});

describe('the results', () => {
  it('add up to 93 controls and to the number of tests', async () => {
    const [first] = await chapterBlocks(3);
    const text = first?.kind === 'paragraph' ? first.text : '';
    const figures = [...text.replaceAll(',', '').matchAll(/\d+/g)].map(Number);
    const [controls = 0, tested = 0, none = 0, excluded = 0, all = 0, ...byOutcome] = figures;
    expect(controls).toBe(93);
    expect(tested + none + excluded).toBe(93);
    expect(byOutcome.reduce((sum, count) => sum + count, 0)).toBe(all);
    expect(all).toBe(tests.length);
  });

  it('show one tile for each control and one mark for each test, excluded ones apart', async () => {
    const figures = (await chapterBlocks(3)).filter((block) => block.kind === 'figure');
    const shapes = figures[1]?.draw(487) ?? [];
    const labels = shapes.filter((shape) => shape.kind === 'label').map((shape) => shape.text);
    for (const control of packet.evaluation.controls) expect(labels).toContain(control.id);
    const legend = 6;
    const untested = packet.evaluation.controls.filter((control) => control.tests.length === 0).length;
    expect(shapes.filter((shape) => shape.kind === 'mark')).toHaveLength(tests.length + untested + legend);
  });

  it('have the same content in words for who cannot see the figures', async () => {
    const bars = (await chapterBlocks(3)).find((block) => block.kind === 'figure');
    expect(bars?.says).toMatch(
      /^Stacked bars\. A\.5 Organizational: \d+ pass, \d+ exceptions, \d+ no occurrence, \d+ not tested\./,
    );
  });
});

describe('a control section', () => {
  it('prints a long list as its first rows and says where all are', async () => {
    const tables = (await chapterBlocks(5)).filter(isTable);
    const long = tables.find((table) => table.title === 'Exceptions of A.5.18-T1');
    expect(long?.caption).toBe(
      'First 8 of 24; all are in the register, chapter 6, and in A.5.18-T1.exceptions.csv',
    );
    expect(await rowsOf(long!)).toHaveLength(8);
    const short = tables.find((table) => table.title === 'Exceptions of A.5.18-T2');
    expect(await rowsOf(short!)).toHaveLength(3);
  });

  it('never shows zero where nothing could be counted', async () => {
    const tables = (await chapterBlocks(5)).filter(isTable);
    const rows = await rowsOf(tables.find((table) => table.title === 'Tests of A.5.18')!);
    const missing = rows.find((row): row is Row => !('group' in row) && row[0] === 'A.5.18-T4');
    expect(missing?.slice(3)).toEqual(['–', '–', '–']);
    expect(cellText(missing?.[2])).toContain('Missing: people register.');
  });

  it('prints a limit that nobody adopted as ours', async () => {
    const texts = (await chapterBlocks(5)).map((block) => (block.kind === 'paragraph' ? block.text : ''));
    expect(texts).toContain(
      'Limits used: GRACE = 5m. Limits used, annexa default, not adopted by the organisation: LEAVER_MAX = 15m.',
    );
  });

  it('says on every control that no Statement of Applicability was imported', async () => {
    const texts = (await chapterBlocks(5, { ...packet, soa: null })).map((block) =>
      block.kind === 'paragraph' ? block.text : '',
    );
    const lines = texts.filter((text) => text.startsWith('Grade '));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(line).toContain('no Statement of Applicability imported');
  });
});

describe('the file', () => {
  let bytes: Buffer;
  let pages = 0;

  beforeAll(async () => {
    ({ bytes, pages } = await draw(inputOf(packet)));
  });

  it('has the same bytes for the same packet', async () => {
    expect((await draw(inputOf(samplePacket()))).bytes.equals(bytes)).toBe(true);
  });

  it('escapes names in its metadata and keeps them as they are elsewhere', () => {
    const text = bytes.toString('latin1');
    expect(text).toContain('<rdf:li>Acme Payments &amp; S');
    expect(text).not.toMatch(/<rdf:li[^>]*>[^<]*&(?!amp;|lt;|gt;)/);
  });

  it('never draws the glyph that stands for a missing one', () => {
    const glyphs = [...operatorsOf(bytes).matchAll(/<([0-9a-f]+)>/g)].flatMap(
      ([, hex = '']) => hex.match(/.{4}/g) ?? [],
    );
    expect(glyphs.length).toBeGreaterThan(10_000);
    expect(glyphs).not.toContain('0000');
  });

  it('is tagged: every marked content lies in an element or is an artifact', () => {
    const operators = operatorsOf(bytes);
    const opened = operators.match(/BDC|BMC/g)?.length ?? 0;
    expect(operators.match(/\bEMC\b/g)).toHaveLength(opened);
    expect(bytes.toString('latin1')).toMatch(/\/StructTreeRoot \d+ 0 R/);
  });

  it('leaves room for exactly one signature', () => {
    expect(bytes.toString('latin1').match(/\/ByteRange \[/g)).toHaveLength(1);
  });

  it('has none of the words that only a person may say', () => {
    const words = ['compliant', 'non-conform', 'certified'];
    const report = JSON.stringify(packet);
    for (const word of words) expect(report.toLowerCase()).not.toContain(word);
  });

  describe.skipIf(!has('pdftotext'))('as text', () => {
    let text = '';
    beforeAll(() => {
      const file = join(directory, 'report.pdf');
      writeFileSync(file, bytes);
      text = run('pdftotext', ['-layout', file, '-']).output;
    });

    it('has every chapter in order and numbers its pages', () => {
      const heads = [
        ...text.matchAll(
          /^\s*(\d+) +(How|Scope|Results|Preconditions|Controls|Exceptions|Policy|Completeness|Annex)/gm,
        ),
      ];
      expect(heads.slice(-10).map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(text).toContain(`Page ${pages} of ${pages}`);
      expect(text).not.toContain('Page 1 of');
    });

    it('spells a character that no font has', () => {
      expect(text).toContain('[U+7530]');
    });

    it('never gives a verdict', () => {
      expect(text.toLowerCase()).not.toContain('compliant');
      for (const outcome of outcomes) expect(text).toContain(outcome.replace('-', ' '));
    });

    it('says what the golden file says', async () => {
      const [, cover = ''] = /^([^\f]*)\f/.exec(text) ?? [];
      await expect(plain(cover)).toMatchFileSnapshot('./golden/cover.txt');
      const sections = text
        .split('\f')
        .filter((page) => /A\.5\.18\s+Access rights/.test(page) && page.includes('SoA'));
      await expect(plain(sections.join('\n'))).toMatchFileSnapshot('./golden/control.txt');
    });
  });
});

describe('writing', () => {
  it('does not hold what a slow output has not taken', async () => {
    const controls = sampleControls()
      .slice(0, 1)
      .map((control) => ({
        ...control,
        tests: [sampleTest('A.5.1-T1', { outcome: 'exceptions', exceptions: 4_000, listed: 8 })],
      }));
    const { out, written } = createSlowSink();
    const input = inputOf(samplePacket(sampleEvaluation(controls)));
    let ahead = 0;
    let asked = 0;
    const counting: typeof exceptionsOf = function* (test) {
      for (const item of exceptionsOf(test)) {
        asked += 1;
        if (asked % 500 === 0) ahead = Math.max(ahead, out.writableLength);
        yield item;
      }
    };
    const { pages } = await writeReport(
      layOutReport({ ...input, exceptionsOf: counting }, Buffer.from('{}')),
      out,
    );
    expect(asked).toBeGreaterThanOrEqual(4_000);
    expect(pages).toBeGreaterThan(150);
    expect(written()).toBeGreaterThan(3_000_000);
    expect(ahead).toBeLessThan(3_000_000);
  });

  it('fails when its output fails', async () => {
    const out = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    await expect(writeReport(layOutReport(inputOf(packet), Buffer.from('{}')), out)).rejects.toThrow(
      'disk full',
    );
  });
});
