import type { EventData } from '../../../domain/event.ts';
import type { Instant } from '../../../domain/time.ts';
import { on, type Source } from '../arrange.ts';
import type { Scenario } from './scenario.ts';

const signIn = (g: Source, time: Instant, data: EventData = {}) =>
  g.event('sign-in.observed', {
    time,
    subject: `identity/${g.who('dan')}`,
    source: `${g.source} idp`,
    data: { person: g.person('dan'), mfa: true, result: 'ok', ...data },
  });

export const scenarios: readonly Scenario[] = [
  {
    name: 'a strong sign-in not long before',
    events: (g) => [signIn(g, on('10 08:00')), g.started('a', on('10 09:00'), { role: 'admin' })],
    expect: ['session/a'],
  },
  {
    name: 'no second factor at the last sign-in, whatever came before',
    events: (g) => [
      signIn(g, on('10 07:00')),
      signIn(g, on('10 08:00'), { mfa: false }),
      g.started('a', on('10 09:00'), { role: 'admin' }),
    ],
    expect: ['session/a mfa-missing'],
  },
  {
    name: 'no sign-in, one too old, one later, or one that failed',
    events: (g) => [
      g.started('early', on('10 07:00'), { role: 'admin' }),
      signIn(g, on('10 08:00')),
      g.started('old', on('10 20:01'), { role: 'admin' }),
      signIn(g, on('10 21:00'), { result: 'failed' }),
      g.started('failed', on('10 21:30'), { role: 'admin' }),
    ],
    expect: ['session/early login-missing', 'session/old login-missing', 'session/failed login-missing'],
  },
  { name: 'an ordinary session is outside', events: (g) => [g.started('a', on('10 09:00'))], expect: [] },
];
