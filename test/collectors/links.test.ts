import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowLinks, type UnreviewedSession } from '../../collectors/hoop/link-window.ts';
import type { GrantedWindow } from '../../collectors/history.ts';
import {
  deriveLinks,
  matchStatements,
  type LinkStore,
  type RelayStatement,
  type SessionStatement,
} from '../../collectors/links/derive.ts';
import { toInstant } from '../../domain/time.ts';
import { createMemoryLog, memoryKeyring } from './memory.ts';

const instant = (time: string) => toInstant(`2026-01-01T${time}Z`, 'test');
const seen = {
  source: 'relay',
  seq: 1,
  time: '2026-01-01T10:00:00.000000Z',
  login: 'dan_dev',
  resource: 'pg',
  statement: 'SELECT 1',
};
const relayed = (changes: Partial<RelayStatement> = {}): RelayStatement => ({
  ...seen,
  relaySession: 'r1',
  ...changes,
});
const passed = (changes: Partial<SessionStatement> = {}): SessionStatement => ({
  ...seen,
  source: 'gateway',
  session: 's1',
  ...changes,
});
const sessionsOf = (relay: RelayStatement[], sessions: SessionStatement[]): readonly string[] | undefined =>
  matchStatements(relay, sessions)[0]?.sessions;

describe('a relay session and the session that carried it', () => {
  it('belong together by database user, statement and time', () => {
    expect(sessionsOf([relayed()], [passed()])).toEqual(['s1']);
    expect(sessionsOf([relayed()], [passed({ login: 'dora' })])).toEqual([]);
    expect(sessionsOf([relayed()], [passed({ statement: 'SELECT 2' })])).toEqual([]);
    expect(sessionsOf([relayed()], [passed({ resource: 'other' })])).toEqual([]);
    expect(sessionsOf([relayed()], [passed({ time: '2026-01-01T10:00:02.000001Z' })])).toEqual([]);
    expect(sessionsOf([relayed()], [passed({ time: '2026-01-01T09:59:58.000000Z' })])).toEqual(['s1']);
  });

  it('need every statement of the relay session', () => {
    const both = [relayed(), relayed({ seq: 2, statement: 'SELECT 2' })];
    expect(sessionsOf(both, [passed()])).toEqual([]);
    const second = passed({ seq: 2, statement: 'SELECT 2' });
    expect(sessionsOf(both, [passed(), second, passed({ session: 's2' })])).toEqual(['s1']);
  });

  it('match the same way in any order', () => {
    const relay = [
      relayed(),
      relayed({ relaySession: 'r2', statement: 'SELECT 2' }),
      relayed({ relaySession: 'r3', login: 'x' }),
    ];
    const sessions = [passed(), passed({ session: 's2', statement: 'SELECT 2' }), passed({ session: 's3' })];
    const normal = (matches: ReturnType<typeof matchStatements>) =>
      matches.map(({ relaySession, sessions: found }) => [relaySession, found]).toSorted();
    fc.assert(
      fc.property(
        fc.shuffledSubarray(relay, { minLength: 3 }),
        fc.shuffledSubarray(sessions, { minLength: 3 }),
        (a, b) => {
          expect(normal(matchStatements(a, b))).toEqual(normal(matchStatements(relay, sessions)));
        },
      ),
    );
  });

  it('are linked once; two that fit are counted as ambiguous and never guessed', async () => {
    const log = createMemoryLog();
    let sessions = [passed(), passed({ session: 's2' })];
    const store: LinkStore = {
      relayStatements: async () => [relayed()],
      sessionStatements: async () => sessions,
    };
    const derive = () =>
      deriveLinks({
        store,
        appender: log.appender,
        history: log.history,
        keyring: memoryKeyring,
        clock: () => instant('11:00:00'),
      });
    expect(await derive()).toEqual({ linked: 0, ambiguous: 1, unmatched: 0 });
    expect(await derive()).toEqual({ linked: 0, ambiguous: 1, unmatched: 0 });
    expect(log.events).toHaveLength(1);
    expect(log.events[0]?.data).toMatchObject({ confidence: 'ambiguous', alternatives: 1 });
    sessions = [passed({ session: 's2' })];
    expect(await derive()).toEqual({ linked: 1, ambiguous: 0, unmatched: 0 });
    expect(log.events[1]).toMatchObject({
      source: 'relay',
      subject: 'relay/r1',
      data: { from: 'relay/r1', to: 'session/s2', confidence: 'high' },
    });
  });
});

describe('a session and the window that admitted it', () => {
  const person = { id: 'dan@example.com' };
  const session = (changes: Partial<UnreviewedSession> = {}): UnreviewedSession => ({
    session: 's1',
    person,
    resource: 'pg',
    startedAt: instant('10:00:00'),
    ...changes,
  });
  const window = (changes: Partial<GrantedWindow> = {}): GrantedWindow => ({
    approval: 'a1',
    requesterWho: memoryKeyring.who(person, instant('09:00:00')) ?? '',
    resource: 'pg',
    index: 1,
    grantedAt: instant('09:00:00'),
    validFrom: instant('09:00:00'),
    validTo: instant('11:00:00'),
    ...changes,
  });
  const linked = (s: UnreviewedSession, ...windows: GrantedWindow[]) =>
    windowLinks([s], windows, memoryKeyring)[0]?.data;

  it('belong together by requester, resource and time, the end of the window excluded', () => {
    expect(linked(session(), window())).toMatchObject({
      from: 'session/s1',
      to: 'approval/a1',
      method: 'window',
      alternatives: 0,
    });
    expect(linked(session({ startedAt: instant('09:00:00') }), window())).toBeDefined();
    expect(linked(session({ startedAt: instant('11:00:00') }), window())).toBeUndefined();
    expect(linked(session({ startedAt: instant('08:59:59.999999') }), window())).toBeUndefined();
    expect(linked(session({ resource: 'other' }), window())).toBeUndefined();
    expect(linked(session({ person: { id: 'dora@example.com' } }), window())).toBeUndefined();
  });

  it('of several windows the latest granted counts, then the one first logged', () => {
    const older = window({ approval: 'a0', grantedAt: instant('08:00:00') });
    const twin = window({ approval: 'a9', index: 0 });
    expect(linked(session(), older, window(), twin)).toMatchObject({ to: 'approval/a9', alternatives: 2 });
    expect(linked(session(), window(), window({ index: 5 }))).toMatchObject({
      to: 'approval/a1',
      alternatives: 0,
    });
  });
});
