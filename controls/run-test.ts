import { judge, type Judgement } from '../domain/judge.ts';
import type { Acceptance, TestItem, TestResult } from '../domain/evaluation.ts';
import type { PopulationRow } from '../domain/population.ts';
import type { ReadStore, SqlParameters } from '../domain/ports.ts';
import { toMicros, type Instant } from '../domain/time.ts';
import { blindFor, toBlindParameters, toIntervals, unionMs, type BlindInterval } from './blindness.ts';
import type { TestDeclaration } from './catalogue.ts';
import type { Sentences } from './notes.ts';
import { toParameters } from './parameters.ts';
import type { Situation } from './situation.ts';
import { readSql, requireSql, sha256Hex, wrap } from './sql.ts';

/** Exceptions that a result carries; the population file holds all of them. */
export const ITEMS_MAX = 1000;
/** Members that one query of a population asks for. */
export const POPULATION_PAGE = 50_000;

export interface TestRun {
  readonly store: ReadStore;
  readonly situation: Situation;
  readonly blind: readonly BlindInterval[];
  readonly sentences: Sentences;
}

interface Count {
  readonly excluded: string;
  readonly members: number;
  readonly exceptions: number;
  readonly accepted: number;
  readonly open: number;
}

interface Accepted {
  readonly acceptedBy: string;
  readonly acceptedUntil: Instant | null;
  readonly acceptedIndex: number;
}

/** Runs one test. Its outcome comes from `judge` and from nowhere else. */
export async function runTest(test: TestDeclaration, run: TestRun): Promise<TestResult> {
  const { store, situation } = run;
  const blind = blindFor(test, run.blind, situation.deliveries);
  const missing = test.built ? missingOf(test, situation) : [];
  const isRunnable = test.built && missing.length === 0;
  const parameters = parametersOf(test, run);
  const counts = isRunnable ? await store.select<Count>(queryOf(test, 'counts'), parameters) : [];
  const total = (value: (count: Count) => number) => counts.reduce((sum, count) => sum + value(count), 0);
  const exceptions = total((count) => count.exceptions);
  const items = exceptions === 0 ? [] : await itemsOf(store, test, parameters);
  const excludedBy = counts
    .filter(({ excluded, members }) => excluded !== '' && members > 0)
    .map(({ excluded, members }) => [excluded, members] as const);
  const excluded = excludedBy.reduce((sum, [, members]) => sum + members, 0);
  const population = total((count) => count.members);
  return {
    id: test.id,
    question: test.question,
    ...headline({ test, situation, blind, missing, population, excluded, exceptions }),
    population,
    excluded,
    excludedBy: Object.fromEntries(excludedBy),
    exceptions,
    accepted: total((count) => count.accepted),
    open: total((count) => count.open),
    items,
    itemsComplete: items.length === exceptions,
    needs: test.needs,
    missing: test.built ? missing.map(({ name }) => name) : ['query'],
    blind: test.built ? toIntervals(blind) : [],
    limits: test.limits,
    notes: isRunnable
      ? await run.sentences(test.notes)
      : test.notes.flatMap(({ say, when }) => (when === undefined ? [say] : [])),
    sqlSha256: sqlSha256Of(test.id),
  };
}

/** Every member of the population in pages by key: (log, index, subject, resource, detail) names one for good. */
export async function* populationOf(test: TestDeclaration, run: TestRun): AsyncGenerator<PopulationRow> {
  if (!test.built || missingOf(test, run.situation).length > 0) return;
  const sql = queryOf(test, 'page');
  const parameters = { ...parametersOf(test, run), most: POPULATION_PAGE };
  let after: SqlParameters = {
    afterLog: -1,
    afterIndex: 0,
    afterSubject: '',
    afterResource: '',
    afterDetail: '',
  };
  for (;;) {
    const rows = await run.store.select<
      Omit<PopulationRow, 'accepted' | 'open'> & Accepted & { open: number | boolean }
    >(sql, { ...parameters, ...after });
    for (const { acceptedBy, acceptedUntil, acceptedIndex, open, ...row } of rows) {
      yield {
        ...row,
        open: Boolean(open),
        accepted: toAcceptance({ acceptedBy, acceptedUntil, acceptedIndex }),
      };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < POPULATION_PAGE) return;
    after = {
      afterLog: last.log,
      afterIndex: last.index,
      afterSubject: last.subject,
      afterResource: last.resource,
      afterDetail: last.detail,
    };
  }
}

/** All parameters of a test's query, blind intervals of the sources it depends on included. */
export function parametersOf(test: TestDeclaration, { situation, blind }: TestRun): SqlParameters {
  return {
    ...toParameters(situation.context),
    ...toBlindParameters(blindFor(test, blind, situation.deliveries)),
    test: test.id,
  };
}

/** SHA-256 of the test's SQL text as shipped; of the empty text for a test that has none. */
export function sqlSha256Of(id: string): string {
  return sha256Hex(readSql('tests', id) ?? '');
}

async function itemsOf(
  store: ReadStore,
  test: TestDeclaration,
  parameters: SqlParameters,
): Promise<readonly TestItem[]> {
  const rows = await store.select<Omit<TestItem, 'code' | 'accepted'> & Accepted & { exception: string }>(
    queryOf(test, 'items'),
    {
      ...parameters,
      most: ITEMS_MAX,
    },
  );
  return rows.map(({ acceptedBy, acceptedUntil, acceptedIndex, exception, ...row }) => ({
    ...row,
    code: exception,
    accepted: toAcceptance({ acceptedBy, acceptedUntil, acceptedIndex }),
  }));
}

function toAcceptance({ acceptedBy, acceptedUntil, acceptedIndex }: Accepted): Acceptance | null {
  return acceptedUntil === null ? null : { by: acceptedBy, until: acceptedUntil, index: acceptedIndex };
}

function queryOf(test: TestDeclaration, name: 'counts' | 'items' | 'page'): string {
  return wrap(requireSql('queries', name), wrap(requireSql('queries', 'rows'), requireSql('tests', test.id)));
}

interface Missing {
  readonly name: string;
  readonly words: string;
}

const WORDS: Readonly<Record<string, string>> = {
  refusals: 'refusals (no source reports refused attempts)',
  'sign-ins': 'sign-ins (no source reports sign-ins)',
};

/** A need that no source can serve. Lists from outside are not built yet: none of them can be there. */
function missingOf(test: TestDeclaration, { deliveries }: Situation): readonly Missing[] {
  const served = new Set([...deliveries.values()].flatMap((families) => [...families]));
  return test.needs
    .filter((need) => need !== 'log' && need !== 'records' && !served.has(need))
    .map((name) => ({ name, words: WORDS[name] ?? name }));
}

interface Figures {
  readonly test: TestDeclaration;
  readonly situation: Situation;
  readonly blind: readonly BlindInterval[];
  readonly missing: readonly Missing[];
  readonly population: number;
  readonly excluded: number;
  readonly exceptions: number;
}

function headline(figures: Figures): Judgement & Pick<TestResult, 'outsideBlind'> {
  const { test, situation, blind, missing, population, excluded, exceptions } = figures;
  const { period, asOf, limits } = situation.context;
  const blindMs = unionMs(blind);
  const counts = {
    built: test.built,
    missing: missing.map(({ words }) => words),
    tested: population - excluded,
    excluded,
    exceptions,
    blindMaxMs: limits.BLIND_MAX.value,
  };
  const judgement = judge({ ...counts, blindMs });
  const seen = judge({ ...counts, blindMs: 0 });
  if (judgement.outcome === seen.outcome && judgement.reason === seen.reason) return judgement;
  const cut = asOf < period.to ? asOf : period.to;
  const lengthMs = Number(toMicros(cut) - toMicros(period.from)) / 1000;
  const coverage = lengthMs <= 0 ? 0 : Math.max(0, Math.round((1 - blindMs / lengthMs) * 10_000) / 10_000);
  return { ...judgement, outsideBlind: { outcome: seen.outcome, coverage } };
}
