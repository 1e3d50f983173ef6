import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveLimits } from '../../controls/limits.ts';
import { toParameters } from '../../controls/parameters.ts';
import { requireSql } from '../../controls/sql.ts';
import type { Event } from '../../domain/event.ts';
import type { Instant } from '../../domain/time.ts';
import { at, createSource, on, openTestLog, type Source, type TestLog } from './arrange.ts';

interface Finding {
  readonly source: string;
  readonly population: number;
  readonly exceptions: number;
  readonly blindFrom: Instant;
  readonly blindTo: Instant;
  readonly detail: string;
}

let log: TestLog;
beforeAll(async () => {
  log = await openTestLog();
});
afterAll(() => log.close());

const period = { from: at('2026-03-10T00:00:00Z'), to: at('2026-03-11T00:00:00Z') };

async function check(
  id: string,
  options: { asOf?: Instant; size?: number } = {},
): Promise<readonly Finding[]> {
  const parameters = toParameters({
    period,
    asOf: options.asOf ?? at('2026-04-02T00:00:00Z'),
    size: options.size ?? log.size(),
    limits: resolveLimits(),
    tags: { environment: 'environment', production: [], sensitive: [], privileged: [] },
    badPatterns: [],
    chainFault: '',
  });
  return log.store.select<Finding>(requireSql('preconditions', id), parameters);
}

/** Blind intervals of a source, as `from to` within 10 March. */
const blind = (rows: readonly Finding[], source: string): readonly string[] =>
  rows
    .filter((row) => row.source === source && row.exceptions > 0)
    .map(({ blindFrom, blindTo }) => `${blindFrom.slice(8, 16)} ${blindTo.slice(8, 16)}`);

/** Readings every five minutes over [from, to]. */
const readings = (g: Source, from: Instant, to: Instant, first: Instant | null = from): readonly Event[] => {
  const events: Event[] = [];
  for (let start = first, end = Date.parse(from) + 300_000; end <= Date.parse(to); end += 300_000) {
    const until = at(new Date(end).toISOString());
    events.push(g.polled(start, until));
    start = until;
  }
  return events;
};

describe('P3', () => {
  it('is content with a source that was read all the time, its first reading however long', async () => {
    const g = createSource('p3a');
    await log.append([
      g.polled(at('2026-01-01T00:00:00Z'), on('9 23:58')),
      ...readings(g, on('9 23:58'), on('11 00:05')),
    ]);
    expect(blind(await check('P3'), g.source)).toEqual([]);
  });

  it('finds the silence between two readings, and only if it is longer than the limit', async () => {
    const g = createSource('p3b');
    await log.append([
      ...readings(g, on('9 23:00'), on('10 08:00'), null),
      g.polled(on('10 08:00'), on('10 08:10')),
      g.polled(on('10 08:10'), on('10 08:20:00.000001')),
      ...readings(g, on('10 08:20'), on('10 12:00')),
      ...readings(g, on('10 13:00'), on('11 00:05')),
    ]);
    expect(blind(await check('P3'), g.source)).toEqual(['10T08:10 10T08:20', '10T12:00 10T13:00']);
  });

  it('is not healed by one long window after a silence, nor hurt by a reading that looks back', async () => {
    const g = createSource('p3c');
    await log.append([
      ...readings(g, on('9 23:00'), on('10 08:00'), null),
      g.polled(on('10 08:00'), on('10 15:00')),
      ...readings(g, on('10 15:00'), on('10 18:00')),
      g.polled(at('2026-01-01T00:00:00Z'), on('10 18:00')),
      ...readings(g, on('10 18:00'), on('11 00:00')),
    ]);
    expect(blind(await check('P3'), g.source)).toEqual(['10T08:00 10T15:00']);
  });

  it('counts the time before the first reading, and after the last one until the period or the log ends', async () => {
    const g = createSource('p3d');
    await log.append(readings(g, on('10 06:00'), on('10 20:00')));
    expect(blind(await check('P3'), g.source)).toEqual(['10T00:00 10T06:00', '10T20:00 11T00:00']);
    expect(blind(await check('P3', { asOf: on('10 21:00') }), g.source)).toEqual([
      '10T00:00 10T06:00',
      '10T20:00 10T21:00',
    ]);
    expect(blind(await check('P3', { asOf: on('10 20:08') }), g.source)).toEqual(['10T00:00 10T06:00']);
  });
});

describe('P4', () => {
  it('counts samples over the limit and blinds nothing', async () => {
    const g = createSource('p4a');
    await log.append(
      [10, -1001, 1000].map((clockOffsetMs, hour) =>
        g.polled(null, on(`10 0${hour + 1}:00`), { clockOffsetMs }),
      ),
    );
    const rows = (await check('P4')).filter(({ source }) => source === g.source);
    expect(rows).toEqual([
      {
        source: g.source,
        population: 3,
        exceptions: 1,
        blindFrom: period.from,
        blindTo: period.from,
        detail: 'largest offset -1001 ms',
      },
    ]);
  });
});

describe('P5', () => {
  it('is blind before the first snapshot, and for a source that never sends one', async () => {
    const known = createSource('p5a');
    const late = createSource('p5b');
    const never = createSource('p5c');
    const silent = createSource('p5d');
    await log.append([
      known.policy(on('1 00:00')),
      known.policy(on('10 10:00'), { members: [{ group: 'a', identity: 'b' }] }, on('10 09:00')),
      late.policy(on('10 06:00')),
      never.started('a', on('10 09:00')),
      silent.human('dan'),
    ]);
    const rows = await check('P5');
    expect(blind(rows, known.source)).toEqual([]);
    expect(blind(rows, late.source)).toEqual(['10T00:00 10T06:00']);
    expect(blind(rows, never.source)).toEqual(['10T00:00 11T00:00']);
    expect(rows.some(({ source }) => source === silent.source)).toBe(false);
    expect(blind(await check('P5', { asOf: on('10 03:00') }), late.source)).toEqual(['10T00:00 10T03:00']);
  });
});

/** Last: they damage the log. */
describe('P1 and P2', () => {
  const totals = async (id: string, size?: number) => {
    const rows = await check(id, size === undefined ? {} : { size });
    return {
      exceptions: rows.reduce((sum, row) => sum + row.exceptions, 0),
      population: rows.reduce((sum, row) => sum + row.population, 0),
      details: rows.flatMap(({ detail }) => (detail === '' ? [] : [detail])),
    };
  };

  it('pass on a log as it was written', async () => {
    expect(await totals('P1')).toEqual({ exceptions: 0, population: log.size(), details: [] });
    expect(await totals('P2')).toEqual({ exceptions: 0, population: log.size(), details: [] });
  });

  it('name the first entry whose text was changed', async () => {
    const g = createSource('p2a');
    const size = log.size();
    await log.append([g.started('a', on('10 09:00')), g.started('b', on('10 09:00'))], {
      tamper: (rows) =>
        rows.map((row, at) => (at === 0 ? row : { ...row, entry: row.entry.replace('10T09', '10T10') })),
    });
    expect(await totals('P2')).toEqual({
      exceptions: 1,
      population: size + 2,
      details: [`the first entry whose text does not fit its leaf is ${size + 1}`],
    });
    expect(await totals('P2', size + 1)).toMatchObject({ exceptions: 0 });
  });

  it('name entries that are missing in the middle and at the end', async () => {
    const g = createSource('p1a');
    const size = log.size();
    await log.append([g.started('a', on('10 09:00'))], { skip: 3, received: at('2026-04-03T00:00:00Z') });
    expect(await totals('P1')).toMatchObject({
      exceptions: 1,
      details: [`entries ${size} to ${size + 2} are missing`],
    });
    expect(await totals('P1', log.size() + 2)).toMatchObject({ exceptions: 2 });
    expect(await totals('P1', size)).toMatchObject({ exceptions: 0 });
  });
});
