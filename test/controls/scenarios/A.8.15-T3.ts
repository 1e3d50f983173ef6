import { at, on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

const received = on('15 12:00');

export const scenarios: readonly Scenario[] = [
  {
    name: 'an entry about the period, whenever it was received, and none about another time',
    events: (g) => [g.started('a', on('10 09:00')), g.started('other', at('2026-01-01T00:00:00Z'))],
    expect: ['session/a'],
    append: { received: at('2026-06-01T00:00:00Z') },
  },
  {
    name: 'the text of an entry was changed',
    events: (g) => [g.started('a', on('10 09:00'))],
    expect: ['session/a leaf-mismatch'],
    append: {
      received,
      tamper: (rows) => rows.map((row) => ({ ...row, entry: row.entry.replace('"v":1', '"v": 1') })),
    },
  },
  {
    name: 'a value beside the entry was changed',
    events: (g) => [
      g.started('a', on('10 09:00')),
      g.command('b', on('10 09:00'), { statement: 'a "quoted" ünicode statement' }),
    ],
    expect: ['session/a disclosure-mismatch', 'session/b'],
    append: {
      received,
      tamper: (rows) =>
        rows.map((row, at) =>
          at > 0
            ? row
            : { ...row, values: { ...row.values, person: '{"person":{"email":"mallory@example.com"}}' } },
        ),
    },
  },
  {
    name: 'erased values are no fault',
    events: (g) => [g.started('a', on('10 09:00'))],
    expect: ['session/a'],
    append: { received, tamper: (rows) => rows.map((row) => ({ ...row, values: {}, salts: {} })) },
  },
  {
    name: 'entries before this one are missing',
    events: (g) => [g.started('a', on('10 09:00'))],
    expect: ['session/a entry-missing'],
    append: { received, skip: 2 },
  },
  {
    name: 'the signed chain has a fault',
    events: () => [],
    expect: ['log/0 chain-broken'],
    parameters: { chainFault: 'the root of the checkpoint does not fit' },
  },
];
