import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../controls/load.ts';
import { resolveLimits } from '../../controls/limits.ts';
import { toParameters } from '../../controls/parameters.ts';
import { requireSql } from '../../controls/sql.ts';
import type { SqlParameters } from '../../domain/ports.ts';
import { at, createSource, openTestLog, type Source, type TestLog } from './arrange.ts';
import { scenariosOf } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** All scenarios live in one log, each as a source of its own; a test is run once over all of them. */
interface Placed {
  readonly test: string;
  readonly scenario: Scenario;
  readonly source: Source;
}

interface Row {
  readonly source: string;
  readonly subject: string;
  readonly exception: string;
  readonly excluded: string;
  readonly open: number;
}

const placed: readonly Placed[] = Object.entries(scenariosOf).flatMap(([test, scenarios]) =>
  scenarios.map((scenario, number) => ({
    test,
    scenario,
    source: createSource(`${test.toLowerCase().replaceAll('.', '')}s${number}`),
  })),
);
const catalogue = loadCatalogue();
const results = new Map<string, Promise<readonly Row[]>>();
let log: TestLog;

beforeAll(async () => {
  log = await openTestLog();
  // Entries with a time of receipt of their own come first: receipt never goes back.
  for (const { scenario, source } of placed.toSorted(
    (a, b) => Number(a.scenario.append === undefined) - Number(b.scenario.append === undefined),
  )) {
    const events = scenario.events(source);
    if (events.length > 0) await log.append(events, scenario.append);
  }
});
afterAll(() => log.close());

/** Runs a test once for each set of parameters, whichever scenarios ask. */
function rowsOf(test: string, overrides: SqlParameters = {}): Promise<readonly Row[]> {
  const key = `${test} ${JSON.stringify(overrides)}`;
  const known =
    results.get(key) ?? log.store.select<Row>(requireSql('tests', test), { ...defaults(), ...overrides });
  results.set(key, known);
  return known;
}

function defaults(): SqlParameters {
  return toParameters({
    period: { from: at('2026-03-01T00:00:00Z'), to: at('2026-04-01T00:00:00Z') },
    asOf: at('2026-04-02T00:00:00Z'),
    size: log.size(),
    limits: resolveLimits(),
    tags: {
      environment: 'environment',
      production: ['prod'],
      sensitive: ['pii'],
      privileged: ['admin', 'root'],
    },
    // Every test runs with the pattern known to be broken, because all worlds share a log.
    badPatterns: ['a('],
    chainFault: '',
  });
}

const own = (rows: readonly Row[], { source, scenario }: Placed): readonly Row[] =>
  rows.filter(
    (row) =>
      row.source === source.source ||
      row.source.startsWith(`${source.source} `) ||
      (row.source === '' && scenario.parameters !== undefined),
  );

function toLines(rows: readonly Row[], source: Source): readonly string[] {
  return rows
    .map(({ subject, exception, excluded, open }) => {
      const short = subject.replace(`${source.source}-`, '').replace(source.source, '');
      const parts = [
        short,
        exception,
        excluded === '' ? '' : `excluded ${excluded.split(':')[0]}`,
        open === 1 ? 'open' : '',
      ];
      return parts.filter((part) => part !== '').join(' ');
    })
    .toSorted();
}

describe.each(Object.keys(scenariosOf))('%s', (test) => {
  const worlds = placed.filter((entry) => entry.test === test);

  it.each(worlds.map((entry) => [entry.scenario.name, entry] as const))('%s', async (_name, entry) => {
    const rows = own(await rowsOf(test, entry.scenario.parameters), entry);
    expect(toLines(rows, entry.source)).toEqual(entry.scenario.expect.toSorted());
  });

  it('lists its members by time, then index, then subject', async () => {
    const rows = await rowsOf(test);
    const keys = rows
      .map((row) => Object.values(row).slice(0, 4) as readonly unknown[])
      .map(([subject, time, , index]) => [time, index, subject] as const);
    const sorted = keys.toSorted((a, b) =>
      String(a[0]) < String(b[0])
        ? -1
        : a[0] === b[0]
          ? Number(a[1]) - Number(b[1]) || (String(a[2]) < String(b[2]) ? -1 : 1)
          : 1,
    );
    expect(keys.map(String)).toEqual(sorted.map(String));
  });
});

type Mutation = (row: Row) => Row;

/** What rows would look like if the test had lost one of its conditions. */
function mutationsOf(test: string): readonly (readonly [name: string, mutate: Mutation])[] {
  const expected = (scenariosOf[test] ?? []).flatMap(({ expect: lines }) => lines);
  const codes =
    catalogue.controls.flatMap((control) => control.tests).find(({ id }) => id === test)?.exceptions ?? {};
  const lost =
    (code: string): Mutation =>
    (row) => ({ ...row, exception: row.exception === code ? '' : row.exception });
  const exclusions: Mutation = (row) => ({ ...row, excluded: '' });
  const duties: Mutation = (row) => ({ ...row, open: 0 });
  return [
    ...Object.keys(codes).map((code) => [`without ${code}`, lost(code)] as const),
    ...(expected.some((line) => line.includes(' excluded '))
      ? [['without exclusions', exclusions] as const]
      : []),
    ...(expected.some((line) => line.endsWith(' open')) ? [['without open duties', duties] as const] : []),
  ];
}

async function failures(
  test: string,
  rowsFor: (scenario: Scenario) => Promise<readonly Row[]>,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const entry of placed.filter((one) => one.test === test)) {
    const lines = toLines(own(await rowsFor(entry.scenario), entry), entry.source);
    if (lines.join('\n') !== entry.scenario.expect.toSorted().join('\n')) failed.push(entry.scenario.name);
  }
  return failed;
}

describe('a test that lost a condition', () => {
  it.each(Object.keys(scenariosOf))('%s without its exceptions fails a scenario', async (test) => {
    const mutated = `SELECT * REPLACE ('' AS exception) FROM (${requireSql('tests', test)})`;
    const rows = await log.store.select<Row>(mutated, defaults());
    expect(await failures(test, () => Promise.resolve(rows))).not.toEqual([]);
  });

  it.each(
    Object.keys(scenariosOf).flatMap((test) =>
      mutationsOf(test).map(([name, mutate]) => [test, name, mutate] as const),
    ),
  )('%s %s fails a scenario', async (test, _name, mutate) => {
    const failed = await failures(test, async ({ parameters }) =>
      (await rowsOf(test, parameters)).map(mutate),
    );
    expect(failed).not.toEqual([]);
  });

  it('covers every working test, and no other', () => {
    const working = catalogue.controls.flatMap((control) =>
      control.tests.filter(({ built }) => built).map(({ id }) => id),
    );
    expect(Object.keys(scenariosOf).toSorted()).toEqual(working.toSorted());
  });

  it('leaves no code of a scenario undeclared', () => {
    const tests = catalogue.controls.flatMap((control) => control.tests);
    const strangers = Object.entries(scenariosOf).flatMap(([test, scenarios]) => {
      const declared = Object.keys(tests.find(({ id }) => id === test)?.exceptions ?? {});
      const codes = scenarios.flatMap(({ expect: lines }) =>
        lines.flatMap((line) => (/ (excluded .*|open)$/.test(line) ? [] : line.split(' ').slice(1))),
      );
      return codes.filter((code) => !declared.includes(code)).map((code) => `${test} ${code}`);
    });
    expect(strangers).toEqual([]);
  });
});
