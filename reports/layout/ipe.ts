import type { ControlResult } from '../../domain/evaluation.ts';
import type { InformationProduced, Packet } from '../../domain/packet.ts';
import type { Phrases } from '../../templates/phrases.ts';
import type { Listing } from './blocks.ts';
import type { ReportInput } from './view.ts';

/** Information produced by the entity: how the lists of a control came about, and how to make them again. */
export function ipeListing({ packet, words }: ReportInput, { id, tests }: ControlResult): Listing {
  const items: [string, string][] = [];
  const blocks = packet.ipe.filter((block) => tests.some((test) => test.id === block.test));
  for (const test of tests) {
    const block = blocks.find((one) => one.test === test.id);
    if (block === undefined) {
      items.push([test.id, words.say('ipe.none')]);
      continue;
    }
    items.push([test.id, words.say('ipe.sql', { sha256: test.sqlSha256 })]);
    items.push(['', words.say('ipe.population', { ...block.population })]);
    items.push(['', words.say('ipe.exceptions', { ...block.exceptions })]);
  }
  for (const [at, text] of parameterLines(words, blocks).entries()) {
    items.push([at === 0 ? words.say('ipe.parameters') : '', text]);
  }
  items.push([words.say('ipe.counts'), words.say('ipe.countsValue', counts(packet))]);
  const command = blocks[0]?.command;
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

/** Parameters that all tests share, once; then those of one test. */
function parameterLines(words: Phrases, blocks: readonly InformationProduced[]): readonly string[] {
  const isShared = (name: string, value: string): boolean =>
    blocks.every(({ parameters }) => parameters[name] === value);
  const spell = ({ test, parameters }: InformationProduced, shared: boolean): readonly string[] =>
    Object.entries(parameters)
      // A query that is given its own name says nothing by it.
      .filter(([name, value]) => value !== test && isShared(name, value) === shared)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => words.say('ipe.parameter', { name, value }));
  const [first] = blocks;
  const common = first === undefined ? '' : spell(first, true).join(' ');
  const own = blocks.flatMap((block) => {
    const parameters = spell(block, false);
    return parameters.length === 0 ? [] : [words.say('ipe.own', { test: block.test, parameters })];
  });
  return common === '' ? own : [common, ...own];
}
