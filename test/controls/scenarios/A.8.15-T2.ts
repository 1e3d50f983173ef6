import { on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'every field that the kind must have is there',
    events: (g) => [
      g.started('a', on('10 09:00')),
      g.command('a', on('10 09:01')),
      g.ended('a', on('10 10:00')),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:01')),
    ],
    expect: ['session/a', 'session/a', 'session/a', 'approval/r', 'approval/r'],
  },
  {
    name: 'nobody, nowhere, no statement, no result',
    events: (g) => [
      g.started('a', on('10 09:00'), { person: undefined }),
      g.command('b', on('10 09:01'), { resource: undefined }),
      g.command('c', on('10 09:01'), { statement: undefined }),
      g.ended('d', on('10 10:00'), { outcome: undefined }),
      g.decided('r', on('10 09:01'), { approver: undefined }),
      g.event('admin.changed', {
        time: on('10 09:00'),
        subject: 'admin/1',
        data: { actor: g.person('amy'), object: 'rule', action: 'update' },
      }),
    ],
    expect: [
      'session/a field-missing',
      'session/b field-missing',
      'session/c field-missing',
      'session/d field-missing',
      'approval/r field-missing',
      'admin/1 field-missing',
    ],
  },
  {
    name: 'records that are about no access are outside',
    events: (g) => [g.policy(on('10 00:00')), g.human('dan'), g.polled(null, on('10 00:00'))],
    expect: [],
  },
];
