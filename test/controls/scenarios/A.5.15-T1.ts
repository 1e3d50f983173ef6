import { at, on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

const everyone = { principal: '*', resource: '*', roles: [], until: null };

export const scenarios: readonly Scenario[] = [
  {
    name: 'granted to the person, to a group of theirs, to everyone, to a machine by name',
    events: (g) => [
      g.policy(on('1 00:00'), {
        grants: [
          { principal: `user:${g.who('dan')}`, resource: g.resource, roles: ['read'], until: null },
          { principal: 'group:dba', resource: '*', roles: [], until: null },
          { principal: `machine:${g.person('bot').email}`, resource: g.resource, roles: [], until: null },
        ],
        members: [{ group: 'dba', identity: g.who('dora') }],
      }),
      g.started('a', on('10 09:00'), { role: 'read' }),
      g.started('b', on('10 09:00'), { person: g.person('dora'), role: 'admin' }),
      g.started('c', on('10 09:00'), { person: g.person('bot'), identityType: 'machine' }),
    ],
    expect: ['session/a', 'session/b', 'session/c'],
  },
  {
    name: 'no grant, a grant for another target, another role, or one that ran out',
    events: (g) => [
      g.policy(on('1 00:00'), {
        grants: [
          { principal: `user:${g.who('dan')}`, resource: 'another', roles: [], until: null },
          { principal: `user:${g.who('dora')}`, resource: g.resource, roles: ['read'], until: null },
          { principal: `user:${g.who('tina')}`, resource: g.resource, roles: [], until: on('10 08:00') },
        ],
      }),
      g.started('a', on('10 09:00')),
      g.started('b', on('10 09:00'), { person: g.person('dora'), role: 'admin' }),
      g.started('c', on('10 09:00'), { person: g.person('tina') }),
      g.started('d', on('10 07:00'), { person: g.person('tina') }),
    ],
    expect: ['session/a grant-missing', 'session/b grant-missing', 'session/c grant-missing', 'session/d'],
  },
  {
    name: 'a session that names other rules than those in force',
    events: (g) => [
      g.policy(on('1 00:00'), { grants: [everyone] }),
      g.started('a', on('10 09:00'), { policy: 'f'.repeat(64) }),
    ],
    expect: ['session/a policy-mismatch'],
  },
  {
    name: 'the rules changed somewhere around the start, and only one of the two grants it',
    events: (g) => [
      g.policy(on('1 00:00'), { grants: [everyone] }),
      g.policy(on('10 10:00'), { grants: [] }, on('10 08:00')),
      g.started('before', on('10 07:59')),
      g.started('during', on('10 09:00')),
      g.started('after', on('10 10:00')),
    ],
    expect: ['session/before', 'session/during excluded policy-uncertain', 'session/after grant-missing'],
  },
  {
    name: 'before the first snapshot nothing is known',
    events: (g) => [g.policy(on('20 00:00'), { grants: [everyone] }), g.started('a', on('10 09:00'))],
    expect: ['session/a excluded policy-unknown'],
  },
  {
    name: 'requests that were never released, and sessions of another month, are outside',
    events: (g) => [
      g.policy(on('1 00:00')),
      g.requested('a', on('10 09:00')),
      g.started('b', at('2026-04-01T00:00:00.000000Z')),
    ],
    expect: [],
  },
];
