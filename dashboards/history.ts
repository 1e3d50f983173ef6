import type { Evaluation } from '../domain/evaluation.ts';
import type { Period } from '../domain/time.ts';
import type { Desk } from './page.ts';
import { monthsUntil, type ChosenPeriod } from './period.ts';

/** A month, and its evaluation when it is at hand. */
export interface EvaluatedMonth {
  readonly period: ChosenPeriod;
  readonly evaluation: Evaluation | undefined;
}

/** History is drawn from evaluations up to a day old. */
const HISTORY_MS = 86_400_000;

/**
 * The months up to the end of a period, oldest first, at most `amount`: those in which there was something to see.
 * What is not at hand is worked out in the background.
 */
export async function historyUntil(
  desk: Desk,
  period: Period,
  amount: number,
): Promise<readonly EvaluatedMonth[]> {
  const { first } = await desk.used();
  const now = desk.clock();
  return monthsUntil(period, amount)
    .filter((month) => first !== undefined && month.to > first && month.from <= now)
    .map((month) => ({ period: month, evaluation: desk.shelf.known(month, HISTORY_MS) }));
}
