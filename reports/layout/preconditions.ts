import { formatDuration } from '../../domain/duration.ts';
import type { PreconditionResult } from '../../domain/evaluation.ts';
import { toMillis, type Interval } from '../../domain/time.ts';
import type { Block, Row } from './blocks.ts';
import { timeline } from './timeline.ts';
import { figure, outcomeCell, second, testsOf, type ReportInput } from './view.ts';

/** An interval during which a source told nothing, by the precondition that found it. */
export interface BlindInterval extends Interval {
  readonly source: string;
  readonly precondition: string;
}

/** Chapter 4: what weakens the results, and when. */
export function* preconditionBlocks(input: ReportInput): Generator<Block> {
  const { packet, words } = input;
  const { preconditions } = packet.evaluation;
  const blind = blindIntervals(preconditions);
  const head = (key: string): string => words.say(`preconditions.columns.${key}`);
  yield { kind: 'paragraph', text: words.say('preconditions.intro') };
  yield {
    kind: 'table',
    title: words.say('preconditions.table'),
    columns: [
      { head: head('id'), width: 28, names: true },
      { head: head('name'), width: 84, prose: true },
      { head: head('test'), width: { share: 1 }, prose: true },
      { head: head('population'), width: 66, align: 'right' },
      { head: head('exceptions'), width: 58, align: 'right' },
      { head: head('outcome'), width: 88 },
    ],
    rows: preconditions.map((result) => preconditionRow(input, result)),
  };
  for (const { id, notes } of preconditions) {
    for (const note of notes) {
      yield { kind: 'paragraph', style: 'small', text: words.say('controls.note', { tests: [id], note }) };
    }
  }
  yield { kind: 'heading', level: 2, text: words.say('preconditions.heading'), keep: 110 };
  if (blind.length === 0) {
    yield { kind: 'paragraph', text: words.say('preconditions.sighted') };
    return;
  }
  yield timeline(input, blind);
  yield { kind: 'paragraph', style: 'small', text: words.say('preconditions.bars') };
  const column = (key: string): string => words.say(`preconditions.blindColumns.${key}`);
  yield {
    kind: 'table',
    title: words.say('preconditions.blindTable'),
    caption: words.say('preconditions.blindCaption', {
      count: blind.length,
      length: formatDuration(blindMs(blind)),
    }),
    columns: [
      { head: column('from'), width: 90 },
      { head: column('to'), width: 90 },
      { head: column('length'), width: 64 },
      { head: column('source'), width: 66 },
      { head: column('why'), width: { share: 1 }, prose: true },
      { head: column('tests'), width: 56, align: 'right' },
    ],
    rows: blind.map((interval) => blindRow(input, interval)),
  };
}

function preconditionRow({ words }: ReportInput, result: PreconditionResult): Row {
  const { id, question, outcome, reason, population, exceptions } = result;
  const known = outcome !== 'not-tested';
  const why = reason === undefined ? '' : ` ${words.say('controls.reason', { reason })}`;
  return [
    id,
    words.find(`preconditions.names.${id}`) ?? words.say('preconditions.unnamed'),
    question + why,
    figure(known ? population : null),
    figure(known ? exceptions : null),
    outcomeCell(words, outcome),
  ];
}

function blindIntervals(preconditions: readonly PreconditionResult[]): readonly BlindInterval[] {
  return preconditions
    .flatMap(({ id, blind }) => blind.map((interval) => ({ ...interval, precondition: id })))
    .toSorted(
      (a, b) =>
        compare(a.from, b.from) || compare(a.source, b.source) || compare(a.precondition, b.precondition),
    );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function blindRow({ packet, words }: ReportInput, interval: BlindInterval): Row {
  const { from, to, source, precondition, reason } = interval;
  const affected = testsOf(packet).filter((test) =>
    test.blind.some((one) => one.from < to && from < one.to),
  ).length;
  return [
    second(from),
    second(to),
    formatDuration(toMillis(to) - toMillis(from)),
    source,
    words.say('preconditions.why', { precondition, reason }),
    figure(affected),
  ];
}

/** Length of the union of intervals of each source, added up over sources. */
function blindMs(intervals: readonly BlindInterval[]): number {
  const reached = new Map<string, number>();
  let total = 0;
  for (const { source, from, to } of intervals) {
    const start = Math.max(toMillis(from), reached.get(source) ?? 0);
    const end = toMillis(to);
    if (end > start) total += end - start;
    reached.set(source, Math.max(end, start));
  }
  return total;
}
