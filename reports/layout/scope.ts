import type { Block, Cell, Row } from './blocks.ts';
import { systemDiagram } from './system-diagram.ts';
import { second, stateOf, type ReportInput } from './view.ts';

/** What the log was fed from, in words. */
export function systemOf({ packet, words }: ReportInput): string {
  const sources = packet.sources.map(({ source, kind }) => (kind === '' ? source : `${source} (${kind})`));
  return sources.length === 0 ? words.say('system.unknown') : words.say('system.one', { sources });
}

/** Chapter 2: what was looked at, what was not, and on whom the results rely. */
export function* scopeBlocks(input: ReportInput): Generator<Block> {
  const { packet, words } = input;
  yield {
    kind: 'table',
    title: words.say('scope.table'),
    columns: [
      { head: words.say('scope.columns.item'), width: 150, names: true, prose: true },
      { head: words.say('scope.columns.value'), width: { share: 1 } },
    ],
    rows: scopeRows(input),
  };
  yield { kind: 'heading', level: 2, text: words.say('scope.systemHeading'), keep: 160 };
  yield systemDiagram(input);
  yield { kind: 'paragraph', text: words.say('scope.paths') };
  yield { kind: 'heading', level: 2, text: words.say('scope.statements') };
  for (const text of packet.statements) yield { kind: 'paragraph', text };
  yield { kind: 'heading', level: 2, text: words.say('scope.uncovered') };
  const { controls } = packet.evaluation;
  const none = controls.filter((control) => stateOf(packet, control) === 'no-evidence').length;
  yield { kind: 'paragraph', text: words.say('scope.uncoveredText', { none, controls: controls.length }) };
  yield { kind: 'heading', level: 2, text: words.say('scope.duties'), keep: 76 };
  yield {
    kind: 'table',
    title: words.say('scope.duties'),
    columns: [
      { head: words.say('scope.dutiesColumns.who'), width: 120, names: true, prose: true },
      { head: words.say('scope.dutiesColumns.what'), width: { share: 1 }, prose: true },
    ],
    rows: words
      .keys('scope.dutyRows')
      .map((key) => [words.say(`scope.dutyRows.${key}.who`), words.say(`scope.dutyRows.${key}.what`)]),
  };
}

function scopeRows(input: ReportInput): readonly Row[] {
  const { packet, words } = input;
  const { log, period, previous, reader, soa, controlsRequested } = packet;
  const item = (key: string): string => words.say(`scope.${key}`);
  const code = (text: string): Cell => ({ text, style: 'command' });
  return [
    [item('organisation'), packet.organisation],
    [item('system'), systemOf(input)],
    [item('period'), words.say('scope.periodValue', { ...period })],
    [item('asOf'), second(packet.asOf)],
    [item('log'), code(log.origin)],
    [item('range'), words.say('scope.rangeValue', { ...log.range, size: log.size })],
    [item('root'), code(log.root)],
    [item('anchored'), log.anchored],
    [item('controls'), controlsRequested.length === 0 ? item('allControls') : controlsRequested.join(', ')],
    [item('catalogue'), code(packet.controlsSha256)],
    [item('soa'), soa === null ? item('soaNone') : words.say('scope.soaValue', { version: soa.version })],
    [item('reader'), words.say(`reader.${reader.person}-${reader.content}`)],
    [
      item('before'),
      previous === null ? words.say('cover.none') : words.say('cover.beforeValue', { ...previous }),
    ],
  ];
}
