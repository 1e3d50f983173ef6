import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../domain/event.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { LogStore } from '../../domain/ports.ts';
import { addMillis, toInstant } from '../../domain/time.ts';
import { disclosureDigest } from '../../ledger/disclosure.ts';
import { leafHash } from '../../ledger/merkle.ts';
import { appenderOf, commandEvent, createTestClock, freshDirectory, openTestStore, start } from './parts.ts';

const directory = freshDirectory();
let store: LogStore;

beforeAll(async () => {
  store = await openTestStore(directory.path);
});
afterAll(async () => {
  await store.close();
  directory.remove();
});

let log = 0;
/** A log of its own for each test, in the one store that a process can have open. */
const freshLog = (): number => (log += 1);

/** What has to hold of a log after every step of every test. */
async function checkLog(log: number): Promise<number> {
  const { size } = await store.head(log);
  const rows = await store.entries(log, 0, size);
  const names = new Set<string>();
  let before = '';
  for (const [index, row] of rows.entries()) {
    expect(row.index).toBe(index);
    expect(Buffer.from(row.leaf).equals(leafHash(row.entry))).toBe(true);
    expect(row.received >= before).toBe(true);
    before = row.received;
    const entry = JSON.parse(row.entry) as { _sd: string[]; source: string; id: string; received: string };
    expect(entry.received).toBe(row.received);
    names.add(`${entry.source} ${entry.id}`);
    const digests = Object.entries(row.values).map(([name, value]) =>
      disclosureDigest({ name, value, salt: row.salts[name] ?? '' }),
    );
    expect(digests.sort()).toEqual(entry._sd);
  }
  expect(names.size).toBe(size);
  return size;
}

describe('an append', () => {
  it('keeps every good event when bad ones stand between them, and says which were refused', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    const early = commandEvent(3, { time: toInstant('1999-12-31T23:59:59Z', 'test') });
    const ahead = commandEvent(4, { time: addMillis(start, 2 * 86_400_000) });
    const wrong = commandEvent(5, { data: { seq: 'five' } });
    const receipt = await appender.append([commandEvent(1), early, commandEvent(2), ahead, wrong]);
    expect(receipt).toMatchObject({ accepted: 2, repeated: 0, first: 0, last: 1 });
    expect(receipt.refused.map(({ line, code }) => [line, code])).toEqual([
      [2, 'EVENT_INVALID'],
      [4, 'EVENT_INVALID'],
      [5, 'EVENT_INVALID'],
    ]);
    expect(await checkLog(log)).toBe(5);
    const kept = await store.select<{ line: number; raw: string }>(
      'SELECT line, raw FROM refusals WHERE log = {log:UInt16} ORDER BY line',
      { log },
    );
    expect(kept.map(({ line }) => line)).toEqual([2, 4, 5]);
    expect(kept[0]?.raw).toContain('1999-12-31');
  });

  it('answers what it has already, at any later time and after a restart, without storing it again', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    await appender.append([commandEvent(10), commandEvent(11)]);
    expect(await appender.append([commandEvent(11), commandEvent(12), commandEvent(12)])).toMatchObject({
      accepted: 1,
      repeated: 2,
      first: 2,
      last: 2,
    });
    const later = appenderOf(store, { log });
    const receipt = await later.append([commandEvent(10), commandEvent(11), commandEvent(12)]);
    expect(receipt).toMatchObject({ accepted: 0, repeated: 3, first: null, last: null, refused: [] });
    expect(await checkLog(log)).toBe(3);
  });

  it('refuses other content under a known source and id, and keeps that once', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    await appender.append([commandEvent(20)]);
    const other = commandEvent(20, { subject: 'session/other' });
    for (let time = 0; time < 3; time++) {
      const receipt = await appender.append([other, commandEvent(21 + time)]);
      expect(receipt).toMatchObject({ accepted: 1, refused: [{ line: 1, code: 'EVENT_CONFLICT' }] });
    }
    expect(await checkLog(log)).toBe(5);
  });

  it('sees a conflict inside one call', async () => {
    const log = freshLog();
    const receipt = await appenderOf(store, { log }).append([
      commandEvent(30),
      commandEvent(30, { subject: 'session/other' }),
      commandEvent(30),
    ]);
    expect(receipt).toMatchObject({
      accepted: 1,
      repeated: 1,
      refused: [{ line: 2, code: 'EVENT_CONFLICT' }],
    });
  });

  it('gives the entries of one call contiguous indexes however many call at once', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    const calls = Array.from({ length: 40 }, (_, call) =>
      Array.from({ length: 1 + (call % 5) }, (_, i) => commandEvent(1000 + call * 10 + i)),
    );
    const receipts = await Promise.all(calls.map((events) => appender.append(events)));
    await appender.drain();
    const size = await checkLog(log);
    expect(size).toBe(calls.reduce((sum, events) => sum + events.length, 0));
    const entries = await store.entries(log, 0, size);
    for (const [number, receipt] of receipts.entries()) {
      const first = receipt.first ?? -1;
      expect((receipt.last ?? 0) - first + 1).toBe(calls[number]?.length);
      const ids = entries
        .slice(first, (receipt.last ?? 0) + 1)
        .map((row) => (JSON.parse(row.entry) as Event).id);
      expect(ids).toEqual(calls[number]?.map((event) => event.id));
    }
  });

  it('never lets the time of receipt go back, and never divides a call over two months', async () => {
    const log = freshLog();
    const end = toInstant('2026-06-30T23:59:59.999Z', 'test');
    await appenderOf(store, { log, clock: createTestClock(end) }).append([commandEvent(40)]);
    const back = appenderOf(store, { log, clock: () => start });
    await back.append([commandEvent(41)]);
    await appenderOf(store, { log, clock: createTestClock(end) }).append(
      Array.from({ length: 10 }, (_, i) => commandEvent(50 + i)),
    );
    await checkLog(log);
  });

  it('commits to who and what in digests, and leaves only pseudonyms in clear', async () => {
    const log = freshLog();
    await appenderOf(store, { log }).append([commandEvent(60)]);
    const [row] = await store.entries(log, 0, 1);
    expect(row?.entry).not.toContain('dan@example.com');
    expect(row?.entry).not.toContain('select 60');
    expect(row?.entry).toMatch(/"who":"[a-z2-7]{26}"/);
    expect(row?.values).toEqual({
      person: '{"person":{"email":"dan@example.com"}}',
      content: '{"statement":"select 60 from orders"}',
    });
  });

  it('keeps fields it does not know, and large values as artefacts', async () => {
    const log = freshLog();
    const statement = 'x'.repeat(20_000);
    const data = {
      ...commandEvent(61).data,
      statement,
      colour: 'blue',
      '1': [{ b: 1, a: 2 }],
      extra: { z: null },
    };
    const receipt = await appenderOf(store, { log }).append([commandEvent(61, { data })]);
    expect(receipt.refused).toEqual([]);
    await checkLog(log);
    const [row] = await store.entries(log, 0, 1);
    const content = JSON.parse(row?.values['content'] ?? '') as Record<string, { $artefact: string }>;
    expect(content['extra']).toEqual({ '1': [{ a: 2, b: 1 }], colour: 'blue', z: null });
    const artefact = await store.artefact(content['statement']?.$artefact ?? '');
    expect(Buffer.from(artefact?.bytes ?? []).toString()).toBe(JSON.stringify(statement));
  });

  it('refuses what the log cannot carry', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    let deep: unknown = 1;
    for (let level = 0; level < 40; level++) deep = [deep];
    const data = commandEvent(70).data;
    const bad: [string, Event][] = [
      ['source holds a control character', commandEvent(70, { source: 'a\u0000b' })],
      ['id is longer', commandEvent(70, { id: 'x'.repeat(513) })],
      ['subject is not well-formed', commandEvent(70, { subject: 'session/\ud800' })],
      ['not well-formed', commandEvent(70, { data: { ...data, statement: 'a\udc00' } })],
      ['NUL', commandEvent(70, { data: { ...data, session: 's\u0000' } })],
      ['nested', commandEvent(70, { data: { ...data, other: deep as never } })],
      ['2^53', commandEvent(70, { data: { ...data, other: { n: 2 ** 60 } } })],
      ['out of range', commandEvent(70, { data: { ...data, other: Infinity } })],
      ['type is not', commandEvent(70, { kind: 'command.exploded' as never })],
      [
        'clear part',
        commandEvent(70, { kind: 'session.started', data: { session: 's', resource: 'r', tags: tags() } }),
      ],
    ];
    const receipt = await appender.append(bad.map(([, event]) => event));
    expect(receipt.accepted).toBe(0);
    for (const [position, [reason]] of bad.entries()) {
      expect(receipt.refused[position]?.reason).toContain(reason);
    }
    expect(await checkLog(log)).toBe(bad.length);
    // A backslash before the letters is no NUL.
    const fine = commandEvent(71, { data: { ...data, session: String.raw`s\u0000` } });
    expect((await appender.append([fine])).accepted).toBe(1);
  });

  it('tells its caller to wait when too much is waiting, and stores nothing of that', async () => {
    const log = freshLog();
    const appender = appenderOf(store, { log });
    const events = Array.from({ length: 150_000 }, (_, i) => commandEvent(i, { source: 'busy' }));
    const first = appender.append(events.slice(0, 1000));
    await expect(appender.append([...events, ...events])).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    const many = Array.from({ length: 199_500 }, () => commandEvent(0));
    await expect(appender.append(many)).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect((await first).accepted).toBe(1000);
    expect((await store.head(log)).size).toBe(1000);
  });

  it('holds all of that for any sequence of calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.record({ id: fc.nat(12), other: fc.boolean() }), { maxLength: 8 }), {
          maxLength: 8,
        }),
        fc.boolean(),
        async (calls, atOnce) => {
          const log = freshLog();
          // Repeats are looked for over all logs of a store, so each run has a source of its own.
          const toEvent = ({ id, other }: { id: number; other: boolean }): Event =>
            commandEvent(id, { source: `gateway-${log}`, subject: other ? 'session/other' : 'session/s' });
          let appender = appenderOf(store, { log });
          const append = (events: Event[]) => appender.append(events);
          const receipts = atOnce ? await Promise.all(calls.map((call) => append(call.map(toEvent)))) : [];
          for (const call of atOnce ? [] : calls) {
            receipts.push(await append(call.map(toEvent)));
            appender = appenderOf(store, { log });
          }
          const ids = new Set(calls.flat().map(({ id }) => id));
          expect(receipts.reduce((sum, receipt) => sum + receipt.accepted, 0)).toBe(ids.size);
          for (const [number, receipt] of receipts.entries()) {
            const sent = calls[number]?.length ?? 0;
            expect(receipt.accepted + receipt.repeated + receipt.refused.length).toBe(sent);
          }
          await checkLog(log);
        },
      ),
      { numRuns: 25, seed: 7 },
    );
  });
});

describe('when the store fails', () => {
  const failure = new AnnexaError('STORE_UNAVAILABLE', 'gone');

  it('neither loses nor doubles a batch whose fate was unknown: it is settled before the next', async () => {
    for (const stored of [true, false]) {
      const log = freshLog();
      let broken = false;
      const flaky: LogStore = {
        ...store,
        async append(rows, artefacts) {
          if (broken && stored) await store.append(rows, artefacts);
          if (broken) throw failure;
          await store.append(rows, artefacts);
        },
        head: (log) => (broken ? Promise.reject(failure) : store.head(log)),
      };
      const appender = appenderOf(flaky, { log });
      await appender.append([commandEvent(99, { source: `g${log}` })]);
      broken = true;
      const events = Array.from({ length: 5 }, (_, i) => commandEvent(100 + i, { source: `g${log}` }));
      await expect(appender.append(events)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(appender.append(events)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      broken = false;
      const next = commandEvent(200, { source: `g${log}` });
      const receipt = await appender.append([...events, next]);
      expect(receipt.accepted + receipt.repeated).toBe(6);
      expect(await checkLog(log)).toBe(7);
    }
  });

  it('acknowledges a batch that is there although the store said that it failed', async () => {
    const log = freshLog();
    const liar: LogStore = {
      ...store,
      async append(rows, artefacts) {
        await store.append(rows, artefacts);
        throw failure;
      },
    };
    const receipt = await appenderOf(liar, { log }).append([commandEvent(300, { source: `g${log}` })]);
    expect(receipt.accepted).toBe(1);
    expect(await checkLog(log)).toBe(1);
  });

  it('goes on with other rows when the store clearly refused, and holds nothing of them', async () => {
    const log = freshLog();
    let calls = 0;
    const picky: LogStore = {
      ...store,
      append: (rows, artefacts) =>
        calls++ === 0
          ? Promise.reject(new AnnexaError('STORE_REFUSED', 'no'))
          : store.append(rows, artefacts),
    };
    const appender = appenderOf(picky, { log });
    const event = commandEvent(400, { source: `g${log}` });
    await expect(appender.append([event])).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect((await appender.append([event])).first).toBe(0);
    expect(await checkLog(log)).toBe(1);
  });

  it('stops when another process writes to the same log', async () => {
    const log = freshLog();
    const one = appenderOf({ ...store, append: () => Promise.reject(failure) }, { log });
    const source = `g${log}`;
    const rival = appenderOf(store, { log });
    await expect(one.append([commandEvent(500, { source })])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await rival.append([commandEvent(501, { source }), commandEvent(502, { source })]);
    await expect(one.append([commandEvent(503, { source })])).rejects.toMatchObject({
      code: 'LOG_INCONSISTENT',
    });
    await expect(one.append([commandEvent(504, { source })])).rejects.toMatchObject({
      code: 'LOG_INCONSISTENT',
    });
    expect(await checkLog(log)).toBe(2);
  });
});

function tags(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`tag${i}`, 'v'.repeat(700)]));
}
