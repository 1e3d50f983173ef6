import type { Acceptance } from './evaluation.ts';
import type { Instant, Period } from './time.ts';

/** A member of a test's population, as its population file prints it. */
export interface PopulationRow {
  readonly subject: string;
  readonly time: Instant;
  readonly log: number;
  readonly index: number;
  readonly who: string;
  /** Display name of the person, empty when erased or unknown. */
  readonly person: string;
  readonly resource: string;
  /** Code of the exception; empty = none. */
  readonly exception: string;
  /** Why the member was not tested; empty = tested. */
  readonly excluded: string;
  /** A duty that is not due yet: listed, not counted. */
  readonly open: boolean;
  readonly detail: string;
  readonly accepted: Acceptance | null;
}

export interface PopulationRequest {
  /** Id of a test, like `A.5.18-T1`. */
  readonly test: string;
  readonly period: Period;
  /** Log size to evaluate at; absent = the current one. */
  readonly size?: number;
}

/** The query behind a test: its text as shipped, and every parameter as text. */
export interface TestQuery {
  readonly sql: string;
  /** SHA-256 of `sql` in UTF-8, lower-case hex. */
  readonly sqlSha256: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Every member of a population, ordered by log, index and subject. Never cut. Throws CONTROL_UNKNOWN. */
export type PopulationOf = (request: PopulationRequest) => AsyncIterable<PopulationRow>;

/** Throws CONTROL_UNKNOWN. */
export type TestQueryOf = (request: PopulationRequest) => Promise<TestQuery>;
