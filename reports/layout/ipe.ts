import type { ControlResult } from '../../domain/evaluation.ts';
import type { Packet } from '../../domain/packet.ts';
import type { Listing } from './blocks.ts';
import type { ReportInput } from './view.ts';

/** Information produced by the entity: how the lists of a control came about, and how to make them again. */
export function ipeListing({ packet, words }: ReportInput, { id, tests }: ControlResult): Listing {
  const items: [string, string][] = [];
  const parameters = new Map<string, string>();
  for (const test of tests) {
    const block = packet.ipe.find((one) => one.test === test.id);
    if (block === undefined) {
      items.push([test.id, words.say('ipe.none')]);
      continue;
    }
    items.push([test.id, words.say('ipe.sql', { sha256: test.sqlSha256 })]);
    items.push(['', words.say('ipe.population', { ...block.population })]);
    items.push(['', words.say('ipe.exceptions', { ...block.exceptions })]);
    for (const [name, value] of Object.entries(block.parameters)) parameters.set(name, value);
  }
  const given = [...parameters].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = given.map(([name, value]) => words.say('ipe.parameter', { name, value })).join(' ');
  if (text !== '') items.push([words.say('ipe.parameters'), text]);
  items.push([words.say('ipe.counts'), words.say('ipe.countsValue', counts(packet))]);
  const command = packet.ipe.find((one) => tests.some((test) => test.id === one.test))?.command;
  const { from, to } = packet.period;
  items.push([
    words.say('ipe.reproduce'),
    command ?? words.say('commands.reproduce', { from, to, control: id }),
  ]);
  return { kind: 'listing', title: words.say('ipe.title'), items };
}

function counts({ policies, sources, erased, withheld }: Packet): Record<string, number> {
  const sum = (field: 'seen' | 'refused'): number =>
    sources.reduce((total, source) => total + source[field], 0);
  return { snapshots: policies.length, seen: sum('seen'), refused: sum('refused'), erased, withheld };
}
