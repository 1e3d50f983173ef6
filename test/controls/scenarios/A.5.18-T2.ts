import { at, on, type Source } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

const windowOf = (g: Source, name: string, validTo = on('10 10:00')) => [
  g.asked(name, on('10 09:00'), { kind: 'window' }),
  g.decided(name, on('10 09:05'), { validFrom: on('10 09:05'), validTo }),
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'nothing runs after the end, or only within the grace',
    events: (g) => [
      ...windowOf(g, 'r'),
      g.started('a', on('10 09:30'), { approval: g.id('r') }),
      g.command('a', on('10 10:04')),
      g.ended('a', on('10 11:00')),
      ...windowOf(g, 'unused'),
    ],
    expect: ['approval/r', 'approval/unused'],
  },
  {
    name: 'a command runs later than the grace, in a session or in a relay linked to it',
    events: (g) => [
      ...windowOf(g, 'r'),
      g.started('a', on('10 09:30'), { approval: g.id('r') }),
      g.command('a', on('10 10:06')),
      ...windowOf(g, 'q'),
      g.started('b', on('10 09:30')),
      g.linked(`session/${g.id('b')}`, `approval/${g.id('q')}`),
      g.linked(`relay/${g.id('b-relay')}`, `session/${g.id('b')}`, { confidence: 'certain' }),
      g.event('command.executed', {
        time: on('10 10:06'),
        subject: `relay/${g.id('b-relay')}`,
        source: `${g.source} relay`,
        data: { relaySession: g.id('b-relay'), seq: 1, statement: 'SELECT 1' },
      }),
    ],
    expect: ['approval/r active-after-expiry', 'approval/q active-after-expiry'],
  },
  {
    name: 'a session without a command log whose recording ends too late, or that starts too late',
    events: (g) => [
      ...windowOf(g, 'r'),
      g.started('a', on('10 09:30'), { approval: g.id('r') }),
      g.ended('a', on('10 10:06')),
      ...windowOf(g, 'q'),
      g.started('b', on('10 10:06'), { approval: g.id('q') }),
    ],
    expect: ['approval/r active-after-expiry', 'approval/q active-after-expiry'],
  },
  {
    name: 'a revocation has no grace',
    events: (g) => [
      ...windowOf(g, 'r', on('10 12:00')),
      g.decided('r', on('10 10:00'), { decision: 'revoked' }),
      g.started('a', on('10 09:30'), { approval: g.id('r') }),
      g.command('a', on('10 10:00:01')),
    ],
    expect: ['approval/r active-after-revocation'],
  },
  {
    name: 'the grace runs past the end of the period',
    events: (g) => [
      ...windowOf(g, 'r', on('31 23:58')),
      g.started('a', on('31 23:00'), { approval: g.id('r') }),
      g.command('a', on('31 23:59')),
    ],
    expect: ['approval/r open'],
  },
  {
    name: 'a grace that began before the period ends in it',
    events: (g) => [
      g.asked('r', on('1 00:00'), { kind: 'window' }),
      g.decided('r', at('2026-02-28T22:00:00.000000Z'), { validTo: '2026-02-28T23:58:00.000000Z' }),
    ],
    expect: ['approval/r'],
  },
  {
    name: 'approvals without an end, never granted, or that end in another month are outside',
    events: (g) => [
      g.asked('forever', on('10 09:00')),
      g.decided('forever', on('10 09:05')),
      g.asked('no', on('10 09:00'), { kind: 'window' }),
      g.decided('no', on('10 09:05'), { decision: 'rejected' }),
      ...windowOf(g, 'later', at('2026-04-01T00:00:00.000000Z')),
    ],
    expect: [],
  },
];
