import { at, on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'a known human grants what another asked for',
    events: (g) => [g.human('sam'), g.asked('r', on('10 09:00')), g.decided('r', on('10 09:05'))],
    expect: ['approval/r'],
  },
  {
    name: 'a person grants their own request',
    events: (g) => [
      g.human('dan'),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05'), { approver: g.person('dan') }),
    ],
    expect: ['approval/r self-approval'],
  },
  {
    name: 'a machine grants a request',
    events: (g) => [
      g.machine('key'),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05'), { approver: g.person('key') }),
    ],
    expect: ['approval/r approver-not-a-person'],
  },
  {
    name: 'somebody whom the source does not list grants a request, and an approver is not recorded',
    events: (g) => [
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05'), { approver: g.person('ghost') }),
      g.asked('q', on('10 09:00')),
      g.decided('q', on('10 09:05'), { approver: undefined }),
    ],
    expect: ['approval/r approver-not-a-person', 'approval/q approver-not-a-person'],
  },
  {
    name: 'the requester is known from the decision alone, or not at all',
    events: (g) => [
      g.human('sam'),
      g.human('dan'),
      g.decided('r', on('10 09:05'), { approver: g.person('dan') }),
      g.decided('q', on('10 09:05'), { requester: undefined }),
    ],
    expect: ['approval/r self-approval', 'approval/q excluded not re-performable'],
  },
  {
    name: 'rejections, revocations and grants of another month are outside',
    events: (g) => [
      g.human('sam'),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05'), { decision: 'rejected' }),
      g.decided('q', on('10 09:05'), { decision: 'revoked' }),
      g.decided('p', at('2026-02-28T23:59:59.999999Z')),
    ],
    expect: [],
  },
  {
    name: 'a decision that the source overwrote later still counts, once for each group',
    events: (g) => [
      g.human('sam'),
      g.human('dan'),
      g.asked('r', on('10 09:00')),
      g.decided('r', on('10 09:05'), { approver: g.person('dan') }),
      g.decided('r', on('10 09:05'), { approver: g.person('sam') }),
    ],
    expect: ['approval/r', 'approval/r self-approval'],
  },
];
