import { on, type Source } from '../arrange.ts';
import { rule, type Scenario } from './scenario.ts';

const demanded = (g: Source) =>
  g.policy(on('1 00:00'), {
    approvals: [rule(g, { skip: ['group:oncall'] })],
    members: [{ group: 'oncall', identity: g.who('oda') }],
  });
const window = { kind: 'window' as const };

export const scenarios: readonly Scenario[] = [
  {
    name: 'approved before it started, by an approval that it names',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), { kind: 'one-time', session: g.id('a') }),
      g.decided('r', on('10 09:05')),
      g.started('a', on('10 09:06'), { approval: g.id('r') }),
    ],
    expect: ['session/a'],
  },
  {
    name: 'approved by a window to which a link leads',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), window),
      g.decided('r', on('10 09:05'), { validFrom: on('10 09:05'), validTo: on('10 10:05') }),
      g.started('a', on('10 09:30')),
      g.linked(`session/${g.id('a')}`, `approval/${g.id('r')}`),
      g.started('b', on('10 09:30')),
      g.linked(`session/${g.id('b')}`, `approval/${g.id('r')}`, { confidence: 'ambiguous' }),
    ],
    expect: ['session/a', 'session/b approval-absent'],
  },
  {
    name: 'no approval, one that is not known, one that was rejected, one that is not complete',
    events: (g) => [
      demanded(g),
      g.started('none', on('10 09:00')),
      g.started('unknown', on('10 09:00'), { approval: 'nowhere' }),
      g.asked('no', on('10 08:00')),
      g.decided('no', on('10 08:05'), { decision: 'rejected' }),
      g.started('rejected', on('10 09:00'), { approval: g.id('no') }),
      g.asked('half', on('10 08:00'), { needed: 2 }),
      g.decided('half', on('10 08:05')),
      g.started('partial', on('10 09:00'), { approval: g.id('half') }),
    ],
    expect: [
      'session/none approval-absent',
      'session/unknown approval-absent',
      'session/rejected approval-absent',
      'session/partial approval-absent',
    ],
  },
  {
    name: 'decided after the start, or not valid yet',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05')),
      g.started('late', on('10 09:04'), { approval: g.id('r') }),
      g.asked('w', on('10 09:00'), window),
      g.decided('w', on('10 09:05'), { validFrom: on('10 12:00'), validTo: on('10 13:00') }),
      g.started('early', on('10 11:00'), { approval: g.id('w') }),
    ],
    expect: ['session/late approval-late', 'session/early approval-late'],
  },
  {
    name: 'a reviewed command, whose row is older than its approval, is late only when that is certain',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), { session: g.id('a'), kind: 'one-time' }),
      g.decided('r', on('10 09:05')),
      g.requested('a', on('10 09:00'), { approval: g.id('r') }),
      g.started('a', on('10 09:00'), { approval: g.id('r'), startedBefore: on('10 09:07') }),
      g.asked('q', on('10 09:00'), { session: g.id('b'), kind: 'one-time' }),
      g.decided('q', on('10 09:08')),
      g.requested('b', on('10 09:00'), { approval: g.id('q') }),
      g.started('b', on('10 09:00'), { approval: g.id('q'), startedBefore: on('10 09:07') }),
      g.asked('p', on('10 09:00'), { session: g.id('c'), kind: 'one-time' }),
      g.decided('p', on('10 09:05')),
      g.requested('c', on('10 09:00'), { approval: g.id('p') }),
      g.started('c', on('10 09:00'), { approval: g.id('p') }),
    ],
    expect: ['session/a', 'session/b approval-late', 'session/c'],
  },
  {
    name: 'after the window ended, and after it was revoked',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), window),
      g.decided('r', on('10 09:05'), { validTo: on('10 10:00') }),
      g.started('last', on('10 09:59'), { approval: g.id('r') }),
      g.started('a', on('10 10:00'), { approval: g.id('r') }),
      g.asked('q', on('10 09:00'), window),
      g.decided('q', on('10 09:05'), { validTo: on('10 12:00') }),
      g.decided('q', on('10 10:00'), { decision: 'revoked' }),
      g.started('b', on('10 11:00'), { approval: g.id('q') }),
    ],
    expect: ['session/last', 'session/a approval-expired', 'session/b approval-expired'],
  },
  {
    name: 'only the revocation was ever seen: before it there was a grant, after it there was none',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), window),
      g.decided('r', on('10 10:00'), { decision: 'revoked' }),
      g.started('a', on('10 09:30'), { approval: g.id('r') }),
      g.started('b', on('10 10:30'), { approval: g.id('r') }),
    ],
    expect: ['session/a excluded not re-performable', 'session/b approval-expired'],
  },
  {
    name: 'an approval for another person, target or session',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), { person: g.person('dora') }),
      g.decided('r', on('10 09:05'), { requester: g.person('dora') }),
      g.started('a', on('10 09:06'), { approval: g.id('r') }),
      g.asked('q', on('10 09:00'), { resource: 'other' }),
      g.decided('q', on('10 09:05'), { resource: 'other' }),
      g.started('b', on('10 09:06'), { approval: g.id('q') }),
      g.asked('p', on('10 09:00'), { session: g.id('x'), kind: 'one-time' }),
      g.decided('p', on('10 09:05')),
      g.started('c', on('10 09:06'), { approval: g.id('p') }),
    ],
    expect: [
      'session/a approval-wrong-scope',
      'session/b approval-wrong-scope',
      'session/c approval-wrong-scope',
    ],
  },
  {
    name: 'a forced approval is listed, also when a later version hides the force',
    events: (g) => [
      demanded(g),
      g.asked('r', on('10 09:00'), { needed: 2 }),
      g.decided('r', on('10 09:05'), { forced: true }),
      g.decided('r', on('10 09:05'), { forced: false }),
      g.started('a', on('10 09:06'), { approval: g.id('r') }),
    ],
    expect: ['session/a bypass'],
  },
  {
    name: 'nothing says whom or what an approval was for',
    events: (g) => [
      demanded(g),
      g.decided('r', on('10 09:05'), { requester: undefined, resource: undefined }),
      g.started('a', on('10 09:06'), { approval: g.id('r') }),
    ],
    expect: ['session/a excluded not re-performable'],
  },
  {
    name: 'the rule came or went around the start: nobody is blamed',
    events: (g) => [
      demanded(g),
      g.policy(on('10 10:00'), {}, on('10 08:00')),
      g.started('a', on('10 09:00')),
      g.started('free', on('10 10:00')),
      g.asked('r', on('10 08:50')),
      g.decided('r', on('10 08:55')),
      g.started('approved', on('10 09:00'), { approval: g.id('r') }),
    ],
    expect: ['session/a excluded policy-uncertain', 'session/approved'],
  },
  {
    name: 'before the first snapshot nobody knows what was demanded',
    events: (g) => [g.policy(on('20 00:00')), g.started('a', on('10 09:00'))],
    expect: ['session/a excluded policy-unknown'],
  },
  {
    name: 'other targets, other people, skip groups and requests that were not released are outside',
    events: (g) => [
      g.policy(on('1 00:00'), {
        approvals: [rule(g, { requiredFor: ['group:dev'], skip: ['group:oncall'] })],
        members: [
          { group: 'oncall', identity: g.who('oda') },
          { group: 'dev', identity: g.who('oda') },
        ],
      }),
      g.started('a', on('10 09:00'), { resource: 'free' }),
      g.started('b', on('10 09:00'), { person: g.person('oda') }),
      g.started('c', on('10 09:00'), { person: g.person('olaf') }),
      g.requested('d', on('10 09:00')),
    ],
    expect: [],
  },
];
