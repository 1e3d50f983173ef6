import type { Interval, Instant, Period } from './time.ts';
import type { Limit, LimitName } from './limits.ts';

/** The four results. There is no fifth, and none of them says whether an organisation conforms. */
export const outcomes = ['pass', 'exceptions', 'no-occurrence', 'not-tested'] as const;
export type Outcome = (typeof outcomes)[number];

export type Grade = 'direct' | 'partial' | 'supporting' | 'none';

export interface TestItem {
  /** Subject of the event it is about, like `session/<id>`. */
  readonly subject: string;
  readonly time: Instant;
  readonly log: number;
  readonly index: number;
  readonly who: string;
  /** Display name of the person, empty when erased or unknown. */
  readonly person: string;
  readonly resource: string;
  readonly code: string;
  readonly detail: string;
  readonly accepted: Acceptance | null;
}

export interface Acceptance {
  readonly by: string;
  readonly until: Instant;
  readonly index: number;
}

export interface TestResult {
  readonly id: string;
  readonly question: string;
  readonly outcome: Outcome;
  /** Present when the outcome is `not-tested`. */
  readonly reason?: string;
  /** Members of the population: tested + excluded. */
  readonly population: number;
  readonly excluded: number;
  /** Reason → number of excluded members. */
  readonly excludedBy: Readonly<Record<string, number>>;
  readonly exceptions: number;
  readonly accepted: number;
  /** Duties whose deadline lies after the period or the log's cut: listed, not counted. */
  readonly open: number;
  readonly items: readonly TestItem[];
  /** False when `items` holds only the first ones; the population file always holds all. */
  readonly itemsComplete: boolean;
  readonly needs: readonly string[];
  readonly missing: readonly string[];
  readonly blind: readonly Interval[];
  /** Present when blind time alone stands in the way of a headline: what the rest of the period shows, and its share. */
  readonly outsideBlind?: { readonly outcome: Outcome; readonly coverage: number };
  readonly limits: readonly LimitName[];
  /** Sentences that always stand beside the result. */
  readonly notes: readonly string[];
  readonly sqlSha256: string;
}

export interface PreconditionResult {
  readonly id: string;
  readonly question: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly population: number;
  readonly exceptions: number;
  readonly blind: readonly (Interval & { readonly source: string })[];
  readonly notes: readonly string[];
}

export interface ControlResult {
  readonly id: string;
  readonly title: string;
  readonly theme: string;
  readonly grade: Grade;
  readonly iso2013: readonly string[];
  readonly cannotEvidence: string;
  readonly tests: readonly TestResult[];
}

export interface Evaluation {
  readonly period: Period;
  /** `received` of the last entry at the log size used. */
  readonly asOf: Instant;
  readonly logs: readonly {
    readonly log: number;
    readonly origin: string;
    readonly size: number;
    readonly root: string;
  }[];
  readonly limits: readonly Limit[];
  readonly preconditions: readonly PreconditionResult[];
  readonly controls: readonly ControlResult[];
}
