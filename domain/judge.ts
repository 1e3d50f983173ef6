import { formatDuration } from './duration.ts';
import type { Outcome } from './evaluation.ts';

export interface Counts {
  /** False for a test that is declared and has no query yet; absent = there is one. */
  readonly built?: boolean;
  /** Names of needed lists, sources or policies that are not there. */
  readonly missing: readonly string[];
  /** Members that were tested: the population less the excluded ones. */
  readonly tested: number;
  readonly excluded: number;
  readonly exceptions: number;
  /** Blind time of the period that this test depends on, ms. */
  readonly blindMs: number;
  /** Blind time up to which the organisation still accepts a headline, ms. */
  readonly blindMaxMs: number;
}

export interface Judgement {
  readonly outcome: Outcome;
  readonly reason?: string;
}

/**
 * The headline of a test over a period. The only place where an outcome is decided, for the engine and for the
 * offline verifier alike. The order matters: what could not be looked at is never praised, and what was found is
 * never hidden behind what could not be looked at.
 */
export function judge(counts: Counts): Judgement {
  if (counts.built === false) return { outcome: 'not-tested', reason: 'not built yet' };
  if (counts.missing.length > 0)
    return { outcome: 'not-tested', reason: `missing: ${counts.missing.join(', ')}` };
  if (counts.exceptions > 0) return { outcome: 'exceptions' };
  if (counts.blindMs > counts.blindMaxMs) {
    return { outcome: 'not-tested', reason: `blind for ${formatDuration(counts.blindMs)} of the period` };
  }
  if (counts.tested === 0 && counts.excluded > 0) {
    return { outcome: 'not-tested', reason: 'every member of the population was excluded' };
  }
  if (counts.tested === 0) return { outcome: 'no-occurrence' };
  return { outcome: 'pass' };
}
