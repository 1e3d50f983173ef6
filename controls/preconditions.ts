import { judge } from '../domain/judge.ts';
import type { PreconditionResult } from '../domain/evaluation.ts';
import type { ReadStore } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { PreconditionDeclaration } from './catalogue.ts';
import type { Sentences } from './notes.ts';
import { toParameters } from './parameters.ts';
import type { Situation } from './situation.ts';
import { requireSql } from './sql.ts';

interface Finding {
  readonly source: string;
  readonly population: number;
  readonly exceptions: number;
  readonly blindFrom: Instant;
  readonly blindTo: Instant;
  readonly detail: string;
}

/** Runs a precondition over the period and gives the intervals that it makes blind. */
export async function checkPrecondition(
  declaration: PreconditionDeclaration,
  { store, situation, sentences }: { store: ReadStore; situation: Situation; sentences: Sentences },
): Promise<PreconditionResult> {
  const { id, question, built } = declaration;
  if (!built) {
    const judgement = judge({
      built,
      missing: [],
      tested: 0,
      excluded: 0,
      exceptions: 0,
      blindMs: 0,
      blindMaxMs: 0,
    });
    return {
      id,
      question,
      ...judgement,
      population: 0,
      exceptions: 0,
      blind: [],
      notes: declaration.notes.map(({ say }) => say),
    };
  }
  const rows = await store.select<Finding>(requireSql('preconditions', id), toParameters(situation.context));
  const findings = id === 'P2' ? [...rows, ...chainFindings(situation)] : rows;
  const population = sum(findings, ({ population }) => population);
  const exceptions = sum(findings, ({ exceptions }) => exceptions);
  const missing = id === 'P3' && rows.length === 0 ? ['polls (no source reports its readings)'] : [];
  const judgement = judge({
    missing,
    tested: population,
    excluded: 0,
    exceptions,
    blindMs: 0,
    blindMaxMs: 0,
  });
  const { from, to } = situation.context.period;
  const blind = findings
    .filter(({ exceptions }) => exceptions > 0)
    .map(({ source, blindFrom, blindTo, detail }) => ({
      source,
      from: blindFrom > from ? blindFrom : from,
      to: blindTo < to ? blindTo : to,
      reason: detail,
    }))
    .filter((interval) => interval.from < interval.to);
  const shown = findings
    .filter(({ exceptions, detail }) => exceptions > 0 && detail !== '' && blind.length === 0)
    .map(({ source, detail }) => `${source}: ${detail}`);
  return {
    id,
    question,
    ...judgement,
    population,
    exceptions,
    blind,
    notes: [...(await sentences(declaration.notes)), ...shown],
  };
}

function chainFindings({ chain, context }: Situation): readonly Finding[] {
  const { from, to } = context.period;
  const checked = { source: '*', population: 1, blindFrom: from, blindTo: to };
  return [{ ...checked, exceptions: chain.ok ? 0 : 1, detail: context.chainFault }];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
