import type { Json } from '../../../domain/canonical.ts';
import { on, type Source } from '../arrange.ts';
import { target, type Scenario } from './scenario.ts';

const pii = (g: Source) => g.policy(on('1 00:00'), target(g, { sensitivity: 'pii' }));
const masked = (g: Source, name: string, types: Json, { resource = g.resource, total = 3 } = {}) =>
  g.event('masking.applied', {
    time: on('10 09:01'),
    subject: `relay/${g.id(name)}`,
    source: `${g.source} relay`,
    data: { relaySession: g.id(name), resource, types, total },
  });
const detected = (g: Source, name: string, isMasked: boolean) =>
  g.event('sensitive.detected', {
    time: on('10 09:01'),
    subject: `session/${g.id(name)}`,
    data: { session: g.id(name), types: ['IBAN_CODE'], total: 3, masked: isMasked },
  });

export const scenarios: readonly Scenario[] = [
  {
    name: 'as many masked as detected, fewer, and a number that the source does not give',
    events: (g) => [
      pii(g),
      masked(g, 'all', [{ type: 'EMAIL_ADDRESS', detected: 3, masked: 3 }]),
      masked(g, 'some', [
        { type: 'EMAIL_ADDRESS', detected: 3, masked: 3 },
        { type: 'IBAN_CODE', detected: 3, masked: 1 },
      ]),
      masked(g, 'total', [{ type: 'EMAIL_ADDRESS' }, { type: 'IBAN_CODE' }]),
      masked(g, 'unsaid', [{ type: 'EMAIL_ADDRESS' }], { total: 0 }),
    ],
    expect: ['relay/all', 'relay/some unmasked', 'relay/total', 'relay/unsaid excluded not re-performable'],
  },
  {
    name: 'a detection says itself whether it was masked; its session says on which target',
    events: (g) => [
      pii(g),
      g.started('a', on('10 09:00')),
      detected(g, 'a', true),
      g.started('b', on('10 09:00')),
      detected(g, 'b', false),
    ],
    expect: ['session/a', 'session/b unmasked'],
  },
  {
    name: 'other targets are outside',
    events: (g) => [
      pii(g),
      masked(g, 'a', [{ type: 'EMAIL_ADDRESS', detected: 3, masked: 1 }], { resource: 'plain' }),
    ],
    expect: [],
  },
];
