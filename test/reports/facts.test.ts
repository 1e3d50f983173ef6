import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContext } from '../../reports/facts/context.ts';
import { readAccessSummary, readFacts, type Cut } from '../../reports/facts/facts.ts';
import { event, openTestLog, policyEvent, sampleEvents, testPeriod, type TestLog } from './log.ts';

let log: TestLog;
/** The log before anything that came after the period's packet. */
let cut: Cut;

beforeAll(async () => {
  log = await openTestLog();
  await log.append([policyEvent()], '2026-06-15T00:00:00Z');
  await log.append(
    [
      event('session.started', '2026-06-20T00:00:00Z', {
        subject: 'session/old',
        data: { session: 'old', resource: 'pg-0' },
      }),
      event('packet.built', '2026-06-30T00:00:00Z', {
        subject: 'packet/earlier',
        data: {
          packet: 'earlier',
          size: 2,
          from: '2026-06-01T00:00:00.000000Z',
          to: '2026-07-01T00:00:00.000000Z',
        },
      }),
    ],
    '2026-07-01T02:00:00Z',
  );
  await log.append(
    [
      event('session.ended', '2026-06-20T01:00:00Z', {
        subject: 'session/old',
        data: { session: 'old', outcome: 'ok' },
      }),
      ...sampleEvents(4),
      event('link.derived', '2026-07-05T00:00:00Z', {
        subject: 'relay/x1',
        data: { from: 'relay/x1', to: 'session/s0001', method: 'window', confidence: 'high' },
      }),
    ],
    '2026-08-02T00:00:00Z',
  );
  cut = { log: 0, size: (await log.ledger.checkpoint()).size };
  await log.append(
    [
      event('packet.built', '2026-08-03T00:00:00Z', {
        subject: 'packet/later',
        data: { packet: 'later', size: cut.size, from: testPeriod.from, to: testPeriod.to },
      }),
      event('policy.snapshotted', '2026-07-10T00:00:00Z', {
        subject: 'policy/gateway',
        data: {
          sha256: 'f'.repeat(64),
          observedBetween: ['2026-07-09T00:00:00.000000Z', '2026-07-10T00:00:00.000000Z'],
        },
      }),
    ],
    '2026-08-04T00:00:00Z',
  );
});

afterAll(() => log.close());

describe('the facts of a packet', () => {
  it('do not see what was appended after the size', async () => {
    const facts = await readFacts(log.store, cut, testPeriod);
    expect(facts.previous).toEqual({ id: 'earlier', size: 2 });
    expect(facts.policies.map(({ index, inForceTo }) => ({ index, inForceTo }))).toEqual([
      { index: 0, inForceTo: null },
    ]);
    const later = await readFacts(log.store, { ...cut, size: cut.size + 2 }, testPeriod);
    expect(later.previous?.id).toBe('later');
    expect(later.policies).toHaveLength(2);
  });

  it('start the range a day before the period, by reception', async () => {
    const { range } = await readFacts(log.store, cut, testPeriod);
    expect(range).toEqual({ from: 1, to: cut.size });
  });

  it('name what arrived for an earlier period after its packet', async () => {
    const { lateArrivals } = await readFacts(log.store, cut, testPeriod);
    expect(lateArrivals.map(({ kind, index }) => [kind, index])).toEqual([['session.ended', 3]]);
  });

  it('count what each source delivered, without our own records', async () => {
    const { sources } = await readFacts(log.store, cut, testPeriod);
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({
      source: 'gateway',
      kind: 'hoop',
      polls: 1,
      seen: 12,
      entries: 13,
      refused: 0,
    });
  });

  it('count access of the period alone', async () => {
    const { access } = await readFacts(log.store, cut, testPeriod);
    expect(access).toMatchObject({ sessions: 4, decisions: 2, commands: 0 });
    const rows = await readAccessSummary(log.store, cut, testPeriod);
    expect(rows.reduce((sum, row) => sum + row.sessions, 0)).toBe(4);
    expect(rows.reduce((sum, row) => sum + row.durationMs, 0)).toBe(4 * 300_000);
  });

  it('count entries that lost their values', async () => {
    expect((await readFacts(log.store, cut, testPeriod)).erased).toBe(0);
  });
});

describe('the context of a subject', () => {
  it('leads from a relay session over its session to the approval', async () => {
    const indexes = await readContext(log.store, cut, ['relay/x1']);
    const kinds = new Set<string>();
    for (const index of indexes) {
      const [row] = await log.ledger.rows(index, index + 1);
      const entry = JSON.parse(row?.entry ?? '{}') as { type: string; subject: string };
      kinds.add(`${entry.type} ${entry.subject}`);
    }
    expect([...kinds].sort()).toEqual([
      'approval.decided approval/rs0001',
      'link.derived relay/x1',
      'session.ended session/s0001',
      'session.started session/s0001',
    ]);
  });

  it('is empty for nothing', async () => {
    expect(await readContext(log.store, cut, [])).toEqual([]);
  });
});
