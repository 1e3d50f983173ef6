import { formatDuration } from '../../domain/duration.ts';
import type { SourceCompleteness } from '../../domain/packet.ts';
import type { Phrases } from '../../templates/phrases.ts';
import type { Block, Row } from './blocks.ts';
import { figure, second, type ReportInput } from './view.ts';

/** Chapter 8: whether the populations are whole. */
export function* sourceBlocks({ packet, words }: ReportInput): Generator<Block> {
  const { sources, lateArrivals, cited, erased, withheld } = packet;
  if (sources.length === 0) yield { kind: 'paragraph', text: words.say('sources.empty') };
  else {
    yield { kind: 'paragraph', text: words.say('sources.intro') };
    yield sourceTable(words, sources);
  }
  const sum = (field: 'rewrote' | 'ambiguousLinks'): number =>
    sources.reduce((total, one) => total + one[field], 0);
  if (sum('rewrote') > 0) {
    yield { kind: 'paragraph', text: words.say('sources.rewritten', { count: sum('rewrote') }) };
  }
  if (sum('ambiguousLinks') > 0) {
    yield { kind: 'paragraph', text: words.say('sources.ambiguous', { count: sum('ambiguousLinks') }) };
  }
  yield { kind: 'heading', level: 2, text: words.say('sources.lateHeading') };
  if (lateArrivals.length === 0) yield { kind: 'paragraph', text: words.say('sources.lateNone') };
  else {
    yield { kind: 'paragraph', text: words.say('sources.late', { count: lateArrivals.length }) };
    const head = (key: string): string => words.say(`sources.lateColumns.${key}`);
    yield {
      kind: 'table',
      title: words.say('sources.lateTable'),
      columns: [
        { head: head('index'), width: 60, align: 'right' },
        { head: head('kind'), width: { share: 1 } },
        { head: head('time'), width: 110 },
        { head: head('received'), width: 110 },
      ],
      rows: lateArrivals.map(({ index, kind, time, received }) => [
        figure(index),
        kind,
        second(time),
        second(received),
      ]),
    };
  }
  yield { kind: 'heading', level: 2, text: words.say('sources.erasedHeading') };
  yield { kind: 'paragraph', text: words.say('sources.erased', { erased, withheld }) };
  yield { kind: 'paragraph', text: words.say('sources.cited', { ...cited }) };
}

function sourceTable(words: Phrases, sources: readonly SourceCompleteness[]): Block {
  const head = (key: string): string => words.say(`sources.columns.${key}`);
  const count = (key: string, width: number) => ({ head: head(key), width, align: 'right' }) as const;
  return {
    kind: 'table',
    title: words.say('sources.table'),
    columns: [
      { head: head('source'), width: { share: 1 }, names: true },
      { head: head('kind'), width: 44 },
      { head: head('first'), width: 54 },
      { head: head('last'), width: 54 },
      count('polls', 38),
      count('seen', 46),
      count('entries', 46),
      count('refused', 42),
      count('rewrote', 48),
      { head: head('lag'), width: 60 },
    ],
    rows: sources.map((source): Row => [
      source.source,
      source.kind,
      source.first === null ? '–' : second(source.first),
      source.last === null ? '–' : second(source.last),
      figure(source.polls),
      // A source that is not polled says nothing of what it had: unknown, not zero.
      figure(source.polls === 0 ? null : source.seen),
      ...[source.entries, source.refused, source.rewrote].map(figure),
      lag(words, source),
    ]),
  };
}

function lag(words: Phrases, { lagP50Ms, lagP99Ms }: SourceCompleteness): string {
  if (lagP50Ms === null || lagP99Ms === null) return '–';
  return words.say('sources.lag', { p50: formatDuration(lagP50Ms), p99: formatDuration(lagP99Ms) });
}
