import { on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'eight hours at most, by the length that the source gives or by its two times',
    events: (g) => [
      g.started('a', on('10 09:00'), { role: 'admin' }),
      g.ended('a', on('10 17:00')),
      g.started('b', on('10 09:00'), { role: 'admin' }),
      g.ended('b', on('10 17:00:01')),
      g.started('c', on('10 09:00'), { role: 'admin' }),
      g.ended('c', on('11 09:00'), { durationMs: 60_000 }),
    ],
    expect: ['session/a', 'session/b too-long', 'session/c'],
  },
  {
    name: 'no end: still open, or too long already',
    events: (g) => [
      g.started('a', on('31 20:00'), { role: 'admin' }),
      g.started('b', on('31 10:00'), { role: 'admin' }),
      g.started('c', on('10 10:00'), { role: 'admin' }),
      g.ended('c', on('12 10:00'), { outcome: 'abandoned' }),
    ],
    expect: ['session/a open', 'session/b too-long', 'session/c too-long'],
  },
  { name: 'an ordinary session is outside', events: (g) => [g.started('a', on('10 09:00'))], expect: [] },
];
