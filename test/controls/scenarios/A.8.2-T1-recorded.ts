import { on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'recorded whole, recorded by a record of its own, cut, or not at all',
    events: (g) => [
      g.started('a', on('10 09:00'), { role: 'admin' }),
      g.ended('a', on('10 10:00')),
      g.started('b', on('10 09:00'), { role: 'admin' }),
      g.ended('b', on('10 10:00'), { recording: undefined }),
      g.event('recording.stored', {
        time: on('10 10:00'),
        subject: `session/${g.id('b')}`,
        data: { session: g.id('b'), sha256: 'b'.repeat(64) },
      }),
      g.started('c', on('10 09:00'), { role: 'admin' }),
      g.ended('c', on('10 10:00'), { recording: { sha256: 'c'.repeat(64), bytes: 5, truncated: true } }),
      g.started('d', on('10 09:00'), { role: 'admin' }),
      g.ended('d', on('10 10:00'), { recording: undefined }),
    ],
    expect: ['session/a', 'session/b', 'session/c recording-truncated', 'session/d recording-missing'],
  },
  {
    name: 'the recording of a session without an end is not due',
    events: (g) => [g.started('a', on('10 09:00'), { role: 'admin' })],
    expect: ['session/a open'],
  },
  {
    name: 'an ordinary session is outside',
    events: (g) => [g.started('a', on('10 09:00')), g.ended('a', on('10 10:00'))],
    expect: [],
  },
];
