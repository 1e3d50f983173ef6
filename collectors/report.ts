import type { Instant } from '../domain/time.ts';

/** What one poll did, as its completeness record says it. */
export interface PollReport {
  readonly source: string;
  readonly window: { readonly from: Instant | null; readonly to: Instant };
  /** Rows that the source showed, each once. */
  readonly seen: number;
  /** Rows of which nothing was stored, and rows that say something else than before. */
  readonly new: number;
  readonly changed: number;
  readonly refused: number;
  /** Events that were stored for the first time. */
  readonly accepted: number;
}
