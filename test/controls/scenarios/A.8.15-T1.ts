import { on } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'ended and recorded: by a stream, by its commands, by a record of its own, or marked as empty',
    events: (g) => [
      g.started('a', on('10 09:00')),
      g.ended('a', on('10 10:00')),
      g.started('b', on('10 09:00')),
      g.command('b', on('10 09:01')),
      g.ended('b', on('10 10:00'), { recording: undefined }),
      g.started('c', on('10 09:00')),
      g.ended('c', on('10 10:00'), { recording: undefined }),
      g.event('recording.stored', {
        time: on('10 10:00'),
        subject: `session/${g.id('c')}`,
        data: { session: g.id('c') },
      }),
      g.started('d', on('10 09:00')),
      g.ended('d', on('10 10:00'), { recording: { sha256: '0'.repeat(64), bytes: 0, truncated: false } }),
    ],
    expect: ['session/a', 'session/b', 'session/c', 'session/d'],
  },
  {
    name: 'ended with no stream at all',
    events: (g) => [g.started('a', on('10 09:00')), g.ended('a', on('10 10:00'), { recording: undefined })],
    expect: ['session/a stream-missing'],
  },
  {
    name: 'no end: still open for two days, then missing; abandoned is not an end',
    events: (g) => [
      g.started('new', on('30 09:00')),
      g.started('old', on('29 09:00')),
      g.started('left', on('10 09:00')),
      g.ended('left', on('12 09:00'), { outcome: 'abandoned' }),
    ],
    expect: ['session/new open', 'session/old end-missing', 'session/left end-missing'],
  },
  {
    name: 'an end without a beginning',
    events: (g) => [g.ended('a', on('10 10:00'))],
    expect: ['session/a start-missing'],
  },
  {
    name: 'a request that was rejected has an end and no beginning, and is outside',
    events: (g) => [
      g.requested('a', on('10 09:00')),
      g.ended('a', on('10 09:05'), { outcome: 'rejected', recording: undefined }),
    ],
    expect: [],
  },
];
