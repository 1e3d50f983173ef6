import type { EventData } from '../../../domain/event.ts';
import { on, type Source } from '../arrange.ts';
import { target, type Scenario } from './scenario.ts';

const pii = (g: Source) => target(g, { sensitivity: 'pii' });
const masking = (g: Source) => ({
  masking: [{ rule: 'pii', resources: [g.resource], types: ['EMAIL_ADDRESS'] }],
});
const ran = (g: Source, name: string) => [
  g.started(name, on('10 09:00')),
  g.command(name, on('10 09:01'), { rows: 5 }),
];
const masked = (g: Source, name: string, data: EventData = {}) =>
  g.event('masking.applied', {
    time: on('10 09:01'),
    subject: `session/${g.id(name)}`,
    data: {
      session: g.id(name),
      resource: g.resource,
      types: [{ type: 'EMAIL_ADDRESS', masked: 5 }],
      total: 5,
      ...data,
    },
  });

export const scenarios: readonly Scenario[] = [
  {
    name: 'a rule of the gateway itself',
    events: (g) => [g.policy(on('1 00:00'), { ...pii(g), ...masking(g) }), ...ran(g, 'a'), masked(g, 'a')],
    expect: ['session/a'],
  },
  {
    name: 'a rule that another source enforces on the same target',
    events: (g) => [
      g.policy(on('1 00:00'), pii(g)),
      { ...g.policy(on('1 00:00'), masking(g)), source: `${g.source} relay` },
      ...ran(g, 'a'),
    ],
    expect: ['session/a'],
  },
  {
    name: 'no rule anywhere; the session tells its sensitivity, or the target does',
    events: (g) => [
      g.policy(on('1 00:00'), pii(g)),
      ...ran(g, 'a'),
      g.started('b', on('10 09:00'), { resource: `${g.resource}-b`, tags: { pii: 'true' } }),
      g.ended('b', on('10 09:10')),
    ],
    expect: ['session/a rule-missing', 'session/b rule-missing'],
  },
  {
    name: 'the engine failed',
    events: (g) => [
      g.policy(on('1 00:00'), { ...pii(g), ...masking(g) }),
      ...ran(g, 'a'),
      masked(g, 'a', { errors: 2 }),
    ],
    expect: ['session/a failed-open'],
  },
  {
    name: 'a source that reports on every session said nothing about this one',
    events: (g) => [
      g.policy(on('1 00:00'), { ...pii(g), ...masking(g) }),
      g.polled(null, on('2 00:00'), { reports: ['masking-statistics'] }),
      ...ran(g, 'a'),
      ...ran(g, 'b'),
      masked(g, 'b', { types: [], total: 0 }),
    ],
    expect: ['session/a statistics-missing', 'session/b'],
  },
  {
    name: 'the rule came around the start',
    events: (g) => [
      g.policy(on('1 00:00'), pii(g)),
      g.policy(on('10 10:00'), { ...pii(g), ...masking(g) }, on('10 08:00')),
      ...ran(g, 'a'),
    ],
    expect: ['session/a excluded policy-uncertain'],
  },
  {
    name: 'sessions without data, and on other targets, are outside',
    events: (g) => [
      g.policy(on('1 00:00'), pii(g)),
      g.started('a', on('10 09:00')),
      g.command('a', on('10 09:01'), { rows: 0 }),
      g.started('b', on('10 09:00'), { resource: 'plain' }),
      g.command('b', on('10 09:01'), { rows: 7, resource: 'plain' }),
    ],
    expect: [],
  },
];
