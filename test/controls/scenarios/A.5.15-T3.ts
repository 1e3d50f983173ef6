import { at, on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

const everyone = { principal: '*', resource: '*', roles: [], until: null };
const resources = [
  { name: 'prod', type: 'postgres', tags: { environment: 'Prod' }, recording: true },
  { name: 'pii', type: 'postgres', tags: { sensitivity: 'pii' }, recording: true },
  { name: 'dev', type: 'postgres', tags: { environment: 'dev' }, recording: true },
];

export const scenarios: readonly Scenario[] = [
  {
    name: 'everyone has everything',
    events: (g) => [g.policy(on('1 00:00'), { resources, grants: [everyone] })],
    expect: ['policy/ wildcard-grant', 'policy/ wildcard-grant'],
  },
  {
    name: 'a group has a production target, and everyone a development one',
    events: (g) => [
      g.policy(on('1 00:00'), {
        resources,
        grants: [
          { principal: 'group:sre', resource: 'prod', roles: ['admin'], until: null },
          { principal: '*', resource: 'dev', roles: [], until: null },
        ],
      }),
    ],
    expect: ['policy/'],
  },
  {
    name: 'only the rules at the end of the period count',
    events: (g) => [
      g.policy(on('1 00:00'), { resources, grants: [everyone] }),
      g.policy(on('20 00:00'), { resources }),
    ],
    expect: [],
  },
  {
    name: 'the rules were changing when the period ended',
    events: (g) => [
      g.policy(on('1 00:00'), {
        resources,
        grants: [{ principal: '*', resource: 'prod', roles: [], until: null }],
      }),
      g.policy(at('2026-04-01T01:00:00.000000Z'), { resources }, on('31 23:00')),
    ],
    expect: ['policy/ excluded policy-uncertain'],
  },
];
