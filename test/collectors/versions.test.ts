import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVersions, type Claim } from '../../collectors/claim.ts';
import { reviewClaims, rewriteClaims } from '../../collectors/hoop/normalise-review.ts';
import { toInstant } from '../../domain/time.ts';
import { createMemoryLog, memoryKeyring, type MemoryLog } from './memory.ts';
import { facts, groupOf, reviewOf, sessionRow } from './rows.ts';

const now = toInstant('2026-01-01T12:00:00Z', 'test');
const claim = (value: string, changes: Partial<Claim> = {}): Claim => ({
  kind: 'session.requested',
  key: 's1',
  subject: 'session/s1',
  time: now,
  data: { session: 's1', state: value },
  ...changes,
});

/** One poll: loads, settles, appends. */
async function poll(log: MemoryLog, claims: readonly Claim[]) {
  const versions = createVersions({ source: 'gateway', history: log.history, keyring: memoryKeyring });
  await versions.load(claims.map(({ subject }) => subject));
  const settled = versions.settle(claims);
  await log.appender.append(settled.events);
  return settled;
}

describe('versions of a row', () => {
  it('the same row read again is no event', async () => {
    const log = createMemoryLog();
    expect(await poll(log, [claim('a')])).toMatchObject({ fresh: 1, changed: 0 });
    expect(await poll(log, [claim('a')])).toMatchObject({ events: [], fresh: 0, changed: 0 });
  });

  it('A, B and A again are three events with three ids', async () => {
    const log = createMemoryLog();
    for (const value of ['a', 'b', 'a', 'a']) await poll(log, [claim(value)]);
    expect(log.events.map(({ data }) => data['state'])).toEqual(['a', 'b', 'a']);
    expect(new Set(log.events.map(({ id }) => id)).size).toBe(3);
  });

  it('any walk through states leaves one event for each step, and repeats nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 }), async (walk) => {
        const log = createMemoryLog();
        for (const value of walk) await poll(log, [claim(value)]);
        expect(log.events.map(({ data }) => data['state'])).toEqual(
          walk.filter((value, n) => value !== walk[n - 1]),
        );
      }),
    );
  });

  it('a row seen twice in one poll counts once', async () => {
    const log = createMemoryLog();
    expect((await poll(log, [claim('a'), claim('a'), claim('b')])).events).toHaveLength(2);
  });

  it('another time alone is a version, unless the time was computed', async () => {
    const log = createMemoryLog();
    const later = toInstant('2026-01-01T12:00:01Z', 'test');
    await poll(log, [claim('a')]);
    expect((await poll(log, [claim('a', { time: later })])).events).toHaveLength(1);
    await poll(log, [claim('x', { key: 's2', timeIsDerived: true })]);
    expect(
      (await poll(log, [claim('x', { key: 's2', timeIsDerived: true, time: later })])).events,
    ).toHaveLength(0);
  });
});

describe('what a source rewrote', () => {
  const decided = (changes: Record<string, unknown>) =>
    sessionRow({ review: reviewOf({ type: 'jit', review_groups_data: [groupOf(changes)] }) });
  const later = '2026-01-01T09:45:00Z';

  /** Polls one row after the other, as the collector does, and gives the rewritten fields. */
  async function rewritten(...rows: Record<string, unknown>[]): Promise<unknown[]> {
    const log = createMemoryLog();
    for (const row of rows) {
      const versions = createVersions({ source: 'gateway', history: log.history, keyring: memoryKeyring });
      const claims = reviewClaims(facts(row), now);
      await versions.load(claims.map(({ subject }) => subject));
      const rewrites = rewriteClaims(facts(row), claims, {
        versions,
        keyring: memoryKeyring,
        source: 'gateway',
        now,
      });
      await log.appender.append(versions.settle([...claims, ...rewrites]).events);
    }
    return log.of('source.rewrote').map(({ data }) => data['field']);
  }

  it('the forced flag that a later revocation resets', async () => {
    const forced = decided({ forced_review: true });
    const reset = decided({ status: 'REVOKED', review_date: later });
    expect(await rewritten(forced, reset, reset)).toEqual(['forced']);
  });

  it('the approver whom a later revocation overwrites', async () => {
    const other = { id: 'sofia@example.com', name: 'Sofia', email: 'sofia@example.com' };
    expect(
      await rewritten(decided({}), decided({ status: 'REVOKED', review_date: later, reviewed_by: other })),
    ).toEqual(['approver']);
  });

  it('is nothing where the same person revokes what was granted', async () => {
    expect(await rewritten(decided({}), decided({ status: 'REVOKED', review_date: later }))).toEqual([]);
    expect(await rewritten(decided({}), decided({ status: 'REJECTED', review_date: later }))).toEqual([]);
    expect(await rewritten(decided({}), decided({ review_date: later }))).toEqual([]);
  });

  it('a rejection that becomes a grant, a decision that vanishes, and one at the same time', async () => {
    expect(await rewritten(decided({ status: 'REJECTED' }), decided({ review_date: later }))).toEqual([
      'decision',
    ]);
    const gone = decided({ status: 'PENDING', reviewed_by: null, review_date: null });
    expect(await rewritten(decided({}), gone, gone)).toEqual(['decision']);
    expect(await rewritten(decided({}), decided({ status: 'REVOKED' }))).toEqual(['decision']);
    expect(await rewritten(decided({ review_date: later }), decided({}))).toEqual(['time']);
  });

  it('shows values as keyed digests only', async () => {
    const log = createMemoryLog();
    for (const row of [decided({}), decided({ reviewed_by: { id: 'sofia@example.com' } })]) {
      const versions = createVersions({ source: 'gateway', history: log.history, keyring: memoryKeyring });
      const claims = reviewClaims(facts(row), now);
      await versions.load(claims.map(({ subject }) => subject));
      const rewrites = rewriteClaims(facts(row), claims, {
        versions,
        keyring: memoryKeyring,
        source: 'gateway',
        now,
      });
      await log.appender.append(versions.settle([...claims, ...rewrites]).events);
    }
    const [rewrite] = log.of('source.rewrote');
    expect(JSON.stringify(rewrite)).not.toMatch(/@|Sofia|Sam/);
    expect(rewrite?.data).toMatchObject({
      from: expect.stringMatching(/^[0-9a-f]{64}$/),
      to: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});
