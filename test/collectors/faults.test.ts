import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_RESPONSE_BYTES } from '../../collectors/hoop/client.ts';
import { createRowMemory } from '../../collectors/hoop/memory.ts';
import { expectedFindings } from './expected.ts';
import { createMemoryLog, type MemoryLog } from './memory.ts';
import { startReplay, type Replay } from './replay.ts';

const expected = expectedFindings();
const LIST = /^\/api\/sessions\?/;
const DETAIL = /^\/api\/sessions\/49db3c1d/;
const noLinks = { relayStatements: async () => [], sessionStatements: async () => [] };

let log: MemoryLog;
let replay: Replay;
beforeEach(async () => {
  log = createMemoryLog();
  replay = await startReplay({ ...log, links: noLinks });
});
afterEach(() => replay.close());

const toLastStep = (): void => {
  while (replay.gateway.advance());
};
const startedIds = (): string[] =>
  log
    .latest('session.started')
    .map(({ data }) => String(data['session']))
    .toSorted();
const evidence = (): string[] =>
  log.events.filter(({ kind }) => kind !== 'source.polled').map(({ id }) => id);

describe('a poll of the gateway', () => {
  it('polled once at the very end finds the same sessions, and what only earlier polls could see is missing', async () => {
    toLastStep();
    expect(await replay.pollHoop()).toMatchObject({ seen: expected.rows + 42, refused: 0 });
    expect(startedIds()).toEqual(expected.released.toSorted());
    // The forced flag of the revoked window is gone from the gateway: only an earlier poll had it.
    expect(log.of('bypass.used')).toHaveLength(1);
    expect(log.of('source.rewrote')).toHaveLength(0);
    expect(log.of('link.derived')).toHaveLength(6);
  });

  it('loses no session while pages shift under it', async () => {
    toLastStep();
    replay.gateway.inject({ kind: 'shift', times: 6, path: LIST });
    await replay.pollHoop({ pageSize: 10 });
    await replay.pollHoop({ pageSize: 10 });
    expect(startedIds()).toEqual(expected.released.toSorted());
    expect(new Set(evidence()).size).toBe(evidence().length);
  });

  it('adds nothing when review groups come in another order', async () => {
    toLastStep();
    await replay.pollHoop();
    const before = evidence();
    replay.gateway.inject({ kind: 'reorder', times: 1_000 });
    expect(await replay.pollHoop()).toMatchObject({ new: 0, changed: 0, accepted: 0 });
    expect(evidence()).toEqual(before);
  });

  it('rides out server errors and lost connections', async () => {
    toLastStep();
    replay.gateway.inject({ kind: 'error', times: 3, path: LIST });
    replay.gateway.inject({ kind: 'hang-up', times: 3, path: DETAIL });
    expect(await replay.pollHoop()).toMatchObject({ seen: expected.rows + 42, refused: 0 });
  });

  it.each(['truncated', 'html'] as const)(
    'takes a session from the list when its own answer is %s, and reads it again',
    async (kind) => {
      toLastStep();
      replay.gateway.inject({ kind, times: 1, path: DETAIL });
      expect(await replay.pollHoop()).toMatchObject({ seen: expected.rows + 42, refused: 1 });
      expect(startedIds()).toEqual(expected.released.toSorted());
      const own = () => log.of('command.executed').filter(({ subject }) => subject.includes('49db3c1d'));
      expect(own()).toHaveLength(0);
      expect(log.of('event.refused')[0]?.data).toMatchObject({ source: 'gateway', code: 'SOURCE_MALFORMED' });
      expect(String(log.of('source.polled')[0]?.data['cursor']) <= '2026-11-21T08:31:09.348067Z').toBe(true);
      await replay.pollHoop();
      expect(own()).toHaveLength(1);
      expect(log.of('event.refused')).toHaveLength(1);
    },
  );

  it('does not lose the others when one session can never be read', async () => {
    toLastStep();
    replay.gateway.inject({ kind: 'error', times: 1_000, path: DETAIL });
    expect(await replay.pollHoop()).toMatchObject({ refused: 1 });
    expect(await replay.pollHoop()).toMatchObject({ refused: 1, accepted: 0 });
    expect(startedIds()).toEqual(expected.released.toSorted());
    expect(log.of('event.refused')).toHaveLength(1);
  });

  it('ends early when the gateway answers for no session, with what it had read', async () => {
    toLastStep();
    replay.gateway.inject({ kind: 'error', times: 100_000, path: /^\/api\/sessions\/[0-9a-f]/ });
    await expect(replay.pollHoop()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(startedIds().length).toBeGreaterThan(0);
    expect(log.of('source.polled')).toHaveLength(0);
  });

  it('reads a session whose stream is too large without its stream', async () => {
    toLastStep();
    const large: typeof fetch = async (url, init) => {
      const address = url instanceof Request ? url.url : url.toString();
      const isFull = address.includes('49db3c1d') && address.includes('event_stream');
      return isFull ? new Response(new Uint8Array(MAX_RESPONSE_BYTES + 1)) : fetch(url, init);
    };
    expect(await replay.pollHoop({ fetch: large })).toMatchObject({ refused: 1 });
    expect(log.of('event.refused')[0]?.data['code']).toBe('EVENT_TOO_LARGE');
    expect(
      log.of('command.executed').find(({ subject }) => subject.includes('49db3c1d'))?.data['statement'],
    ).toBe('id');
  });

  it('fails without moving the cursor when the list itself cannot be read', async () => {
    replay.gateway.inject({ kind: 'error', times: 4, path: LIST });
    await expect(replay.pollHoop()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(log.of('source.polled')).toHaveLength(0);
    toLastStep();
    replay.gateway.inject({ kind: 'html', times: 1, path: LIST });
    await expect(replay.pollHoop()).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
    await replay.pollHoop();
    expect(startedIds()).toEqual(expected.released.toSorted());
  });

  it('stops at once when its token is refused', async () => {
    replay.gateway.inject({ kind: 'unauthorised', times: 1 });
    await expect(replay.pollHoop()).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    expect(replay.gateway.requests).toHaveLength(1);
    expect(log.events).toHaveLength(0);
  });

  it('stores nothing twice after a store that failed half way through a poll', async () => {
    toLastStep();
    const { appender } = log;
    let calls = 0;
    const flaky = {
      append: async (...batch: Parameters<typeof appender.append>) => {
        calls += 1;
        if (calls === 2) throw new Error('the store is away');
        return appender.append(...batch);
      },
    };
    await expect(replay.pollHoop({ appender: flaky })).rejects.toThrow('the store is away');
    await replay.pollHoop();
    expect(startedIds()).toEqual(expected.released.toSorted());
    expect(new Set(evidence()).size).toBe(evidence().length);
  });

  it('spares the gateway rows that two readings found final and unchanged', async () => {
    toLastStep();
    const memory = createRowMemory();
    const requests = async (): Promise<number> => {
      const before = replay.gateway.requests.length;
      await replay.pollHoop({ memory });
      return replay.gateway.requests.slice(before).filter((url) => url.startsWith('/api/sessions/')).length;
    };
    expect(await requests()).toBe(expected.rows);
    expect(await requests()).toBe(expected.rows);
    const rest = await requests();
    // What is open, waits for a decision, or may still be used is read every time.
    expect(rest).toBeLessThan(16);
    expect(rest).toBeGreaterThan(5);
  });

  it('with a clock of its own moves the windows only, and says so', async () => {
    toLastStep();
    const asOf = replay.gateway.clock();
    await replay.pollHoop({ asOf });
    expect(log.of('source.polled')[0]).toMatchObject({ time: asOf, data: { asOf, window: { to: asOf } } });
  });
});
