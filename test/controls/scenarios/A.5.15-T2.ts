import { on, type Source } from '../arrange.ts';
import type { Instant } from '../../../domain/time.ts';
import type { Scenario } from './scenario.ts';

const refused = (g: Source, time: Instant) =>
  g.event('session.refused', {
    time,
    subject: `session/${g.id('no')}`,
    data: { session: g.id('no'), person: g.person('dan'), resource: g.resource },
  });
const grant = (g: Source) => ({
  grants: [{ principal: `user:${g.who('dan')}`, resource: g.resource, roles: [], until: null }],
});

export const scenarios: readonly Scenario[] = [
  {
    name: 'refused, and nothing came after',
    events: (g) => [g.policy(on('1 00:00')), g.started('before', on('10 08:00')), refused(g, on('10 09:00'))],
    expect: ['session/no'],
  },
  {
    name: 'refused, then a newer snapshot grants it, then a session',
    events: (g) => [
      g.policy(on('1 00:00')),
      refused(g, on('10 09:00')),
      g.policy(on('10 10:00'), grant(g), on('10 09:59')),
      g.started('a', on('10 11:00')),
    ],
    expect: ['session/no'],
  },
  {
    name: 'refused, then a session under the same rules',
    events: (g) => [
      g.policy(on('1 00:00'), grant(g)),
      refused(g, on('10 09:00')),
      g.started('a', on('10 11:00')),
    ],
    expect: ['session/no session-after-refusal'],
  },
  {
    name: 'refused, then a session while the rules were changing',
    events: (g) => [
      g.policy(on('1 00:00')),
      refused(g, on('10 09:00')),
      g.policy(on('10 12:00'), grant(g), on('10 10:00')),
      g.started('a', on('10 11:00')),
    ],
    expect: ['session/no excluded policy-uncertain'],
  },
  {
    name: 'somebody else, or another target, or nobody refused',
    events: (g) => [
      g.policy(on('1 00:00')),
      refused(g, on('10 09:00')),
      g.started('a', on('10 11:00'), { person: g.person('dora') }),
      g.started('b', on('10 11:00'), { resource: 'other' }),
    ],
    expect: ['session/no'],
  },
  {
    name: 'no refusal at all',
    events: (g) => [g.policy(on('1 00:00')), g.started('a', on('10 11:00'))],
    expect: [],
  },
];
