import { formatDuration } from '../../domain/duration.ts';
import type { ControlResult, TestResult } from '../../domain/evaluation.ts';
import { toMillis, type Interval } from '../../domain/time.ts';
import type { Block, Many, Row } from './blocks.ts';
import { exceptionColumns, exceptionRow } from './exception-table.ts';
import { ipeListing } from './ipe.ts';
import { figure, isUnknown, outcomeCell, targetOf, testedControls, type ReportInput } from './view.ts';

/** Chapter 5: one section for each control that has tests and applies. */
export function* controlBlocks(input: ReportInput): Generator<Block> {
  const { packet, words } = input;
  const controls = testedControls(packet);
  if (controls.length === 0) {
    yield { kind: 'paragraph', text: words.say('controls.noneTested') };
    return;
  }
  yield { kind: 'paragraph', text: words.say('controls.intro', { ...packet.log }) };
  for (const control of controls) {
    const { id, title } = control;
    const text = words.say('controls.section', { id, title });
    yield { kind: 'section', title: text, target: targetOf(id), blocks: sectionBlocks(input, control) };
  }
}

async function* sectionBlocks(input: ReportInput, control: ControlResult): AsyncGenerator<Block> {
  const { words } = input;
  yield { kind: 'paragraph', style: 'small', text: gradeLine(input, control) };
  yield testTable(input, control);
  for (const [note, about] of notesOf(control)) {
    yield { kind: 'paragraph', style: 'small', text: words.say('controls.note', { tests: about, note }) };
  }
  const limits = limitsLine(input, control);
  if (limits !== undefined) yield { kind: 'paragraph', style: 'small', text: limits };
  for (const test of control.tests) {
    if (test.exceptions > 0) yield* exceptionBlocks(input, test);
  }
  if (control.cannotEvidence !== '') {
    yield { kind: 'panel', label: words.say('controls.cannot'), text: control.cannotEvidence };
  }
  yield ipeListing(input, control);
}

/** Each sentence once, with the tests that it stands beside. */
function notesOf({ tests }: ControlResult): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, notes } of tests) {
    for (const note of notes) found.set(note, [...(found.get(note) ?? []), id]);
  }
  return found;
}

function gradeLine({ packet, words }: ReportInput, { grade, iso2013 }: ControlResult): string {
  return words.say('controls.line', {
    grade: words.say(`grades.${grade}`),
    iso2013: iso2013.length === 0 ? words.say('controls.new') : iso2013.join(', '),
    soa:
      packet.soa === null
        ? words.say('controls.soaNone')
        : words.say('controls.soa', { version: packet.soa.version }),
  });
}

function testTable(input: ReportInput, { id, tests }: ControlResult): Block {
  const { words } = input;
  const head = (key: string): string => words.say(`controls.columns.${key}`);
  return {
    kind: 'table',
    title: words.say('controls.table', { id }),
    columns: [
      { head: head('test'), width: 58, names: true },
      { head: head('outcome'), width: 80 },
      { head: head('question'), width: { share: 1 }, prose: true },
      { head: head('population'), width: 56, align: 'right' },
      { head: head('exceptions'), width: 52, align: 'right' },
      { head: head('accepted'), width: 46, align: 'right' },
    ],
    rows: tests.map((test): Row => {
      const known = !isUnknown(test);
      return [
        test.id,
        outcomeCell(words, test.outcome),
        questionText(input, test),
        figure(known ? test.population : null),
        figure(known ? test.exceptions : null),
        figure(known ? test.accepted : null),
      ];
    }),
  };
}

/** The question, and everything that has to be known beside its figures. */
function questionText({ words }: ReportInput, test: TestResult): string {
  const parts = [test.question];
  if (test.missing.length > 0) parts.push(words.say('controls.missing', { missing: test.missing }));
  else if (test.reason !== undefined) parts.push(words.say('controls.reason', { reason: test.reason }));
  if (test.excluded > 0) {
    const reasons = Object.entries(test.excludedBy).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const why = reasons
      .map(([reason, count]) => words.say('controls.excludedReason', { reason, count }))
      .join(', ');
    parts.push(words.say('controls.excluded', { count: test.excluded, why: why === '' ? '–' : why }));
  }
  if (test.open > 0) parts.push(words.say('controls.open', { count: test.open }));
  if (test.blind.length > 0) {
    parts.push(
      words.say('controls.blind', { count: test.blind.length, length: formatDuration(unionMs(test.blind)) }),
    );
  }
  const { outsideBlind } = test;
  if (outsideBlind !== undefined) {
    const outcome = words.say(`outcomes.${outsideBlind.outcome}`);
    parts.push(words.say('controls.outsideBlind', { outcome, coverage: outsideBlind.coverage }));
  }
  return parts.join(' ');
}

/** Length of the union of intervals, ms. */
function unionMs(intervals: readonly Interval[]): number {
  let reached = 0;
  let total = 0;
  for (const { from, to } of intervals.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const start = Math.max(toMillis(from), reached);
    reached = Math.max(reached, toMillis(to));
    total += Math.max(0, reached - start);
  }
  return total;
}

function limitsLine({ packet, words }: ReportInput, { tests }: ControlResult): string | undefined {
  const names = new Set(tests.flatMap((test) => test.limits));
  const used = packet.evaluation.limits.filter(({ name }) => names.has(name));
  const say = (key: string, adopted: boolean): readonly string[] => {
    const limits = used.filter((limit) => limit.adopted === adopted);
    if (limits.length === 0) return [];
    return [words.say(key, { limits: limits.map((limit) => words.say('controls.limit', { ...limit })) })];
  };
  const sentences = [...say('controls.limits', true), ...say('controls.defaults', false)];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** A list up to this length is printed whole; of a longer one the first rows. */
const WHOLE = 12;
const FIRST = 8;

function* exceptionBlocks(input: ReportInput, test: TestResult): Generator<Block> {
  const { words } = input;
  const { id, exceptions: count, population } = test;
  const shown = count <= WHOLE ? count : FIRST;
  const title = words.say('controls.exceptions', { test: id });
  yield { kind: 'heading', level: 3, text: title, keep: 118 };
  yield {
    kind: 'table',
    title,
    caption: words.say(shown < count ? 'controls.first' : 'controls.all', {
      test: id,
      shown,
      count,
      population,
    }),
    columns: exceptionColumns(words),
    rows: firstRows(input, test, shown),
  };
}

async function* firstRows(input: ReportInput, test: TestResult, shown: number): AsyncGenerator<Row> {
  let count = 0;
  const items: Many<TestResult['items'][number]> =
    test.items.length >= shown ? test.items : input.exceptionsOf(test);
  for await (const item of items) {
    if (count === shown) return;
    count += 1;
    yield exceptionRow(input.words, item);
  }
}
