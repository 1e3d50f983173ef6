import type { PreconditionResult } from '../domain/evaluation.ts';
import { toMicros, toSqlTime, type Instant, type Interval, type Period } from '../domain/time.ts';
import type { SqlParameters } from '../domain/ports.ts';
import type { TestDeclaration } from './catalogue.ts';

/** An interval during which a source (`*`: every source) could not be relied on, and the precondition that says so. */
export interface BlindInterval extends Interval {
  readonly source: string;
  readonly precondition: string;
}

/** What each source has sent, or says that it can send. */
export type Deliveries = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Blindness that bears on a test: of the log itself always (P1, P2); of a silent source (P3) when it delivers what the
 * test needs; for want of rules (P5) when the test needs rules and the source delivers what they are applied to.
 * A test of the log alone is never blind.
 */
export function blindFor(
  test: TestDeclaration,
  blind: readonly BlindInterval[],
  deliveries: Deliveries,
): readonly BlindInterval[] {
  if (test.needs.includes('log')) return [];
  const families = [...test.needs, ...test.uses];
  const facts = families.filter((family) => family !== 'policy');
  const delivers = (source: string, needs: readonly string[]) =>
    needs.some((need) => deliveries.get(source)?.has(need) === true);
  return blind.filter(({ source, precondition }) => {
    if (source === '*') return true;
    if (precondition === 'P5') return test.needs.includes('policy') && delivers(source, facts);
    return delivers(source, families);
  });
}

/** Blind intervals as the parameters of queries/rows.sql. */
export function toBlindParameters(blind: readonly BlindInterval[]): SqlParameters {
  return {
    blindSources: blind.map(({ source }) => source),
    blindFrom: blind.map(({ from }) => toSqlTime(from)),
    blindTo: blind.map(({ to }) => toSqlTime(to)),
  };
}

/** For people: each interval with its source in the reason, earliest first. */
export function toIntervals(blind: readonly BlindInterval[]): readonly Interval[] {
  return blind
    .map(({ source, from, to, reason }) => ({
      from,
      to,
      reason: source === '*' ? reason : `${source}: ${reason}`,
    }))
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.to, b.to) || compare(a.reason, b.reason));
}

/** Length of the union of the intervals, ms: time is not counted twice because two sources were blind at once. */
export function unionMs(intervals: readonly Period[]): number {
  let total = 0n;
  let reached: Instant | undefined;
  for (const { from, to } of intervals.toSorted((a, b) => compare(a.from, b.from))) {
    const start = reached !== undefined && reached > from ? reached : from;
    if (to > start) total += toMicros(to) - toMicros(start);
    if (reached === undefined || to > reached) reached = to;
  }
  return Number(total) / 1000;
}

export function toBlind(preconditions: readonly PreconditionResult[]): readonly BlindInterval[] {
  return preconditions.flatMap(({ id, blind }) =>
    blind.map((interval) => ({ ...interval, precondition: id })),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
