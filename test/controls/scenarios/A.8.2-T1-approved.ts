import { on } from '../arrange.ts';
import { target, type Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'privileged by its role, by its own tag, or by the tag of its target',
    events: (g) => [
      g.policy(on('1 00:00'), target(g, { use: 'admin' })),
      g.asked('r', on('10 09:00'), { resource: 'other' }),
      g.decided('r', on('10 09:05'), { resource: 'other' }),
      g.started('a', on('10 09:06'), { resource: 'other', role: 'admin', approval: g.id('r') }),
      g.started('b', on('10 09:06'), { resource: 'other', tags: { Root: 'yes' } }),
      g.started('c', on('10 09:06')),
      g.started('d', on('10 09:06'), { resource: 'other', tags: { root: 'false' }, role: 'read' }),
    ],
    expect: ['session/a', 'session/b approval-absent', 'session/c approval-absent'],
  },
  {
    name: 'each thing that can be wrong with an approval',
    events: (g) => [
      g.asked('late', on('10 09:00')),
      g.decided('late', on('10 09:05')),
      g.started('a', on('10 09:04'), { role: 'admin', approval: g.id('late') }),
      g.asked('old', on('10 09:00'), { kind: 'window' }),
      g.decided('old', on('10 09:05'), { validTo: on('10 10:00') }),
      g.started('b', on('10 10:00'), { role: 'admin', approval: g.id('old') }),
      g.started('c', on('10 09:30'), { role: 'admin', approval: g.id('old'), person: g.person('dora') }),
      g.asked('forced', on('10 09:00')),
      g.decided('forced', on('10 09:05'), { forced: true }),
      g.started('d', on('10 09:30'), { role: 'admin', approval: g.id('forced') }),
      g.decided('bare', on('10 09:05'), { requester: undefined }),
      g.started('e', on('10 09:30'), { role: 'admin', approval: g.id('bare') }),
    ],
    expect: [
      'session/a approval-late',
      'session/b approval-expired',
      'session/c approval-wrong-scope',
      'session/d bypass',
      'session/e excluded not re-performable',
    ],
  },
  {
    name: 'an ordinary session is outside',
    events: (g) => [g.started('a', on('10 09:00'), { role: 'read' })],
    expect: [],
  },
];
