import type { Instant } from '../../../domain/time.ts';
import { at, on, type Source } from '../arrange.ts';
import { rule, type Scenario } from './scenario.ts';

const rules = (g: Source) =>
  g.policy(on('1 00:00'), {
    approvals: [rule(g, { force: ['group:leads'], skip: ['group:oncall'] })],
    members: [
      { group: 'leads', identity: g.who('sam') },
      { group: 'oncall', identity: g.who('oda') },
    ],
  });
const forced = (g: Source, name: string, time: Instant, approver = 'sam') => [
  g.asked(name, time, { reason: 'the words of the one who asked are not those of the one who forced it' }),
  g.decided(name, time, { approver: g.person(approver), forced: true, reason: 'database is down' }),
];
const reviewed = (g: Source, about: string, time: Instant, by = 'rita') =>
  g.event('bypass.reviewed', {
    time,
    subject: about,
    source: 'annexa',
    data: { about, by: g.person(by), verdict: 'justified' },
  });

export const scenarios: readonly Scenario[] = [
  {
    name: 'permitted, with a reason, reviewed in time by another person',
    events: (g) => [
      rules(g),
      ...forced(g, 'r', on('10 09:00')),
      reviewed(g, `approval/${g.id('r')}`, on('10 15:00')),
    ],
    expect: ['approval/r'],
  },
  {
    name: 'forced by somebody outside the group, and by one who is in no snapshot',
    events: (g) => [rules(g), ...forced(g, 'r', on('10 09:00'), 'tom')],
    expect: ['approval/r actor-not-permitted'],
  },
  {
    name: 'no reason',
    events: (g) => [
      rules(g),
      g.asked('r', on('10 09:00'), { reason: 'CHG-1' }),
      g.decided('r', on('10 09:00'), { forced: true }),
    ],
    expect: ['approval/r reason-missing'],
  },
  {
    name: 'never reviewed, reviewed late, or reviewed by the actor',
    events: (g) => [
      rules(g),
      ...forced(g, 'never', on('10 09:00')),
      ...forced(g, 'late', on('10 09:00')),
      reviewed(g, `approval/${g.id('late')}`, on('12 09:00')),
      ...forced(g, 'self', on('10 09:00')),
      reviewed(g, `approval/${g.id('self')}`, on('10 10:00'), 'sam'),
    ],
    expect: ['approval/never review-late', 'approval/late review-late', 'approval/self review-late'],
  },
  {
    name: 'the review is not due yet, or came due in this period',
    events: (g) => [
      g.policy(at('2026-02-01T00:00:00Z'), {
        approvals: [rule(g, { force: ['group:leads'] })],
        members: [{ group: 'leads', identity: g.who('sam') }],
      }),
      ...forced(g, 'soon', on('31 09:00')),
      ...forced(g, 'due', at('2026-02-28T12:00:00Z')),
      ...forced(g, 'done', at('2026-02-28T12:00:00Z')),
      reviewed(g, `approval/${g.id('done')}`, at('2026-02-28T13:00:00Z')),
    ],
    expect: ['approval/soon open', 'approval/due review-late'],
  },
  {
    name: 'what a forced approval and its own event tell is one member',
    events: (g) => [
      rules(g),
      ...forced(g, 'r', on('10 09:00')),
      g.event('bypass.used', {
        time: on('10 09:00'),
        subject: `approval/${g.id('r')}`,
        data: { approval: g.id('r'), person: g.person('sam'), resource: g.resource, how: 'forced-approval' },
      }),
      reviewed(g, `approval/${g.id('r')}`, on('10 15:00')),
    ],
    expect: ['approval/r'],
  },
  {
    name: 'break-glass without an approval: by somebody permitted, and by somebody who is not',
    events: (g) => [
      rules(g),
      ...['sam', 'tom'].map((name) =>
        g.event('bypass.used', {
          time: on('10 09:00'),
          subject: `session/${g.id(name)}`,
          data: {
            session: g.id(name),
            person: g.person(name),
            resource: g.resource,
            how: 'break-glass',
            reason: 'outage',
          },
        }),
      ),
      reviewed(g, `session/${g.id('sam')}`, on('10 15:00')),
    ],
    expect: ['session/sam', 'session/tom actor-not-permitted'],
  },
  {
    name: 'a skip group let a session in',
    events: (g) => [
      rules(g),
      g.started('a', on('10 09:00'), { person: g.person('oda'), purpose: 'pager' }),
      reviewed(g, `session/${g.id('a')}`, on('10 10:00')),
      g.started('b', on('10 09:00'), { person: g.person('oda') }),
    ],
    expect: ['session/a', 'session/b reason-missing'],
  },
  {
    name: 'the group changed around the bypass',
    events: (g) => [
      rules(g),
      g.policy(on('10 10:00'), { approvals: [rule(g)] }, on('10 08:00')),
      ...forced(g, 'r', on('10 09:00')),
    ],
    expect: ['approval/r excluded policy-uncertain'],
  },
  {
    name: 'no snapshot is old enough, or the secret was static',
    events: (g) => [
      rules(g),
      g.started('a', on('10 09:00'), { person: g.person('oda'), purpose: 'pager', credentialMode: 'static' }),
      reviewed(g, `session/${g.id('a')}`, on('10 10:00')),
    ],
    expect: ['session/a excluded not re-performable'],
  },
  {
    name: 'without rules nobody knows who may',
    events: (g) => forced(g, 'r', on('10 09:00')),
    expect: ['approval/r excluded policy-unknown'],
  },
  {
    name: 'ordinary approvals and sessions are outside',
    events: (g) => [
      rules(g),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05')),
      g.started('a', on('10 09:06'), { approval: g.id('r') }),
    ],
    expect: [],
  },
];
