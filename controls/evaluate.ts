import { AnnexaError } from '../domain/errors.ts';
import type { ControlResult, Evaluation, PreconditionResult, TestResult } from '../domain/evaluation.ts';
import type { PopulationOf, PopulationRequest, TestQueryOf } from '../domain/population.ts';
import type { Evaluate, EvaluateRequest, SqlParameter } from '../domain/ports.ts';
import { toBlind } from './blindness.ts';
import type { Catalogue, TestDeclaration } from './catalogue.ts';
import { resolveControls } from './crosswalk.ts';
import { createSentences } from './notes.ts';
import { toParameters } from './parameters.ts';
import { checkPrecondition } from './preconditions.ts';
import { parametersOf, populationOf, runTest, sqlSha256Of, type TestRun } from './run-test.ts';
import { takeSituation, type Situation, type SituationDeps } from './situation.ts';
import { readSql } from './sql.ts';

export interface EvaluatorDeps extends SituationDeps {
  readonly catalogue: Catalogue;
}

export interface Evaluator {
  readonly evaluate: Evaluate;
  readonly populationOf: PopulationOf;
  readonly testQueryOf: TestQueryOf;
  /** SQL text of a test as shipped; undefined for an unknown test and for one that is not built. */
  readonly testSql: (test: string) => string | undefined;
  readonly catalogueSha256: string;
}

/** Tests that run at the same time: the embedded engine answers this many readers. */
const TESTS_AT_ONCE = 3;

/**
 * The engine of the control tests. Answers depend on the log at a size, the catalogue, the limits and the tags, and on
 * nothing else: asked again with the same size it says the same.
 */
export function createEvaluator(deps: EvaluatorDeps): Evaluator {
  const { catalogue } = deps;
  const tests = new Map(
    catalogue.controls.flatMap((control) => control.tests.map((test) => [test.id, test])),
  );
  const prepare = createPreparation(deps);
  const find = (id: string): TestDeclaration => {
    const test = tests.get(id);
    if (test === undefined)
      throw new AnnexaError('CONTROL_UNKNOWN', `there is no test "${id}"`, { where: 'test' });
    return test;
  };
  const runOf = ({ period, size }: Pick<PopulationRequest, 'period' | 'size'>) =>
    prepare({ period, controls: [], ...(size === undefined ? {} : { size }) });
  return {
    evaluate: async (request) => evaluate(deps, request, await prepare(request, true)),
    async *populationOf(request) {
      const test = find(request.test);
      if (test.built) yield* populationOf(test, await runOf(request));
    },
    async testQueryOf(request) {
      const test = find(request.test);
      const parameters = test.built ? parametersOf(test, await runOf(request)) : {};
      const texts = Object.entries(parameters).map(([name, value]) => [name, toText(value)] as const);
      return {
        sql: readSql('tests', test.id) ?? '',
        sqlSha256: sqlSha256Of(test.id),
        parameters: Object.fromEntries(texts),
      };
    },
    testSql: (id) => (tests.get(id)?.built === true ? readSql('tests', id) : undefined),
    catalogueSha256: catalogue.sha256,
  };
}

interface Prepared extends TestRun {
  readonly preconditions: readonly PreconditionResult[];
}

/** Preconditions of the last period and size asked for are kept: a packet asks for the same ones with every test. */
function createPreparation(deps: EvaluatorDeps) {
  let kept: { readonly key: string; readonly prepared: Promise<Prepared> } | undefined;
  return async (request: EvaluateRequest, isFresh = false): Promise<Prepared> => {
    const size = request.size ?? (await deps.ledger.checkpoint()).size;
    const key = `${request.period.from} ${request.period.to} ${size}`;
    if (!isFresh && kept?.key === key) return kept.prepared;
    const prepared = prepareRun(deps, { ...request, size });
    kept = { key, prepared };
    prepared.catch(() => {
      if (kept?.prepared === prepared) kept = undefined;
    });
    return prepared;
  };
}

async function prepareRun(
  deps: EvaluatorDeps,
  request: EvaluateRequest & { readonly size: number },
): Promise<Prepared> {
  const { store, catalogue } = deps;
  const situation = await takeSituation(deps, request.period, request.size);
  const sentences = createSentences(store, toParameters(situation.context));
  const preconditions: PreconditionResult[] = [];
  for (const declaration of catalogue.preconditions) {
    request.onProgress?.(preconditions.length, catalogue.preconditions.length, declaration.id);
    preconditions.push(await checkPrecondition(declaration, { store, situation, sentences }));
  }
  return { store, situation, sentences, preconditions, blind: toBlind(preconditions) };
}

async function evaluate(
  { catalogue, ledger, limits }: EvaluatorDeps,
  request: EvaluateRequest,
  prepared: Prepared,
): Promise<Evaluation> {
  const declarations = resolveControls(catalogue, request.controls);
  const results = await runAll(
    declarations.flatMap((control) => control.tests),
    prepared,
    request,
  );
  const controls = declarations.map(({ tests, ...control }): ControlResult => ({
    ...control,
    tests: tests.flatMap(({ id }) => results.get(id) ?? []),
  }));
  return {
    period: request.period,
    asOf: prepared.situation.context.asOf,
    logs: [logOf(ledger.origin, prepared.situation)],
    limits: Object.values(limits),
    preconditions: prepared.preconditions,
    controls,
  };
}

async function runAll(
  tests: readonly TestDeclaration[],
  prepared: Prepared,
  request: EvaluateRequest,
): Promise<ReadonlyMap<string, TestResult>> {
  const results = new Map<string, TestResult>();
  const waiting = tests.values();
  const work = async (): Promise<void> => {
    for (const test of waiting) {
      results.set(test.id, await runTest(test, prepared));
      request.onProgress?.(results.size, tests.length, test.id);
    }
  };
  await Promise.all(Array.from({ length: TESTS_AT_ONCE }, work));
  return results;
}

function logOf(origin: string, { context, root }: Situation): Evaluation['logs'][number] {
  return { log: 0, origin, size: context.size, root };
}

function toText(value: SqlParameter): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
