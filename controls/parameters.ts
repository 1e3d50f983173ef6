import type { Limits, TagMeaning } from '../domain/limits.ts';
import type { SqlParameters } from '../domain/ports.ts';
import { toSqlTime, type Instant, type Period } from '../domain/time.ts';

export interface TestContext {
  readonly period: Period;
  /** `received` of the last entry at the log size. */
  readonly asOf: Instant;
  readonly size: number;
  readonly limits: Limits;
  readonly tags: TagMeaning;
  /** Patterns of block rules that ClickHouse's RE2 refuses. */
  readonly badPatterns: readonly string[];
  /** What is wrong with the signed chain; empty when it verifies. */
  readonly chainFault: string;
}

/** The parameters that every SQL file of this folder may use: period, log size, limits by name (ms or count), tags. */
export function toParameters(context: TestContext): SqlParameters {
  const { period, tags } = context;
  const limits = Object.values(context.limits).map(({ name, value }) => [name, value] as const);
  return {
    ...Object.fromEntries(limits),
    from: toSqlTime(period.from),
    to: toSqlTime(period.to),
    asOf: toSqlTime(context.asOf),
    size: context.size,
    environment: tags.environment,
    production: [...tags.production],
    sensitive: [...tags.sensitive],
    privileged: [...tags.privileged],
    badPatterns: [...context.badPatterns],
    chainFault: context.chainFault,
  };
}
