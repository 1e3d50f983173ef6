import { on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'a person, and a machine with an owner',
    events: (g) => [
      g.human('dan'),
      g.machine('bot', { owner: 'dan' }),
      g.started('a', on('10 09:00'), { identityType: 'human' }),
      g.started('b', on('10 09:00'), { person: g.person('bot') }),
    ],
    expect: ['session/a', 'session/b'],
  },
  {
    name: 'nobody, a stranger, and somebody of unknown nature',
    events: (g) => [
      g.event('identity.changed', {
        time: on('1 00:00'),
        subject: 'identity/x',
        data: { identity: g.person('vague'), change: 'seen' },
      }),
      g.started('a', on('10 09:00'), { person: undefined }),
      g.started('b', on('10 09:00'), { person: g.person('stranger') }),
      g.started('c', on('10 09:00'), { person: g.person('vague') }),
    ],
    expect: [
      'session/a identity-unresolved',
      'session/b identity-unresolved',
      'session/c identity-unresolved',
    ],
  },
  {
    name: 'a machine without an owner, with an unknown one, or with one who had left',
    events: (g) => [
      g.human('dan'),
      g.left('dan', on('9 00:00')),
      g.machine('orphan'),
      g.machine('strange', { owner: 'nobody' }),
      g.machine('left', { owner: 'dan' }),
      g.started('a', on('10 09:00'), { person: g.person('orphan') }),
      g.started('b', on('10 09:00'), { person: g.person('strange') }),
      g.started('c', on('10 09:00'), { person: g.person('left') }),
      g.started('d', on('8 09:00'), { person: g.person('left') }),
    ],
    expect: ['session/a owner-unknown', 'session/b owner-unknown', 'session/c owner-unknown', 'session/d'],
  },
  { name: 'a request is no session', events: (g) => [g.requested('a', on('10 09:00'))], expect: [] },
];
