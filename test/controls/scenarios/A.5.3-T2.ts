import { on } from '../arrange.ts';
import { rule, type Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'two people grant what needs two',
    events: (g) => [
      g.asked('r', on('10 09:00'), { needed: 2 }),
      g.decided('r', on('10 09:05')),
      g.decided('r', on('10 09:06'), { approver: g.person('sofia'), group: 'dba' }),
    ],
    expect: ['approval/r'],
  },
  {
    name: 'one person grants for two groups',
    events: (g) => [
      g.asked('r', on('10 09:00'), { needed: 2 }),
      g.decided('r', on('10 09:05')),
      g.decided('r', on('10 09:06'), { group: 'dba' }),
    ],
    expect: ['approval/r not-enough-people'],
  },
  {
    name: 'the number comes from the rule in force when the request does not say it',
    events: (g) => [
      g.policy(on('1 00:00'), { approvals: [rule(g, { needed: 2 })] }),
      g.asked('r', on('10 09:00'), { needed: undefined, rule: 'prod-approval' }),
      g.decided('r', on('10 09:05')),
      g.decided('r', on('10 09:06'), { group: 'dba' }),
    ],
    expect: ['approval/r not-enough-people'],
  },
  {
    name: 'nobody recorded how many were needed',
    events: (g) => [g.asked('r', on('10 09:00'), { needed: undefined }), g.decided('r', on('10 09:05'))],
    expect: ['approval/r needed-unknown'],
  },
  {
    name: 'an approval that is not complete, was rejected first, or was forced is outside',
    events: (g) => [
      g.asked('part', on('10 09:00'), { needed: 2 }),
      g.decided('part', on('10 09:05')),
      g.asked('no', on('10 09:00')),
      g.decided('no', on('10 09:05'), { decision: 'rejected' }),
      g.asked('forced', on('10 09:00'), { needed: 2 }),
      g.decided('forced', on('10 09:05'), { forced: true }),
    ],
    expect: [],
  },
  {
    name: 'grants before a rejection do not count towards the number',
    events: (g) => [
      g.asked('r', on('10 09:00'), { needed: 2 }),
      g.decided('r', on('10 09:05')),
      g.decided('r', on('10 09:06'), { group: 'dba', approver: g.person('sofia'), decision: 'rejected' }),
      g.decided('r', on('10 09:07'), { group: 'dba', approver: g.person('sofia') }),
    ],
    expect: [],
  },
];
