import type { Evaluation, PreconditionResult } from '../../domain/evaluation.ts';
import { toMillis, type Instant, type Period } from '../../domain/time.ts';
import type { Desk } from '../page.ts';
import { between } from '../search.ts';

const MAX_SOURCES = 200;

export interface SourceRow {
  readonly source: string;
  readonly kind: string;
  readonly entries: number;
  readonly lastReceived: Instant | null;
  readonly polls: number;
  readonly seen: number;
  readonly new: number;
  readonly changed: number;
  readonly refused: number;
  readonly rewrote: number;
  readonly lastRun: Instant | null;
  readonly lagMs: number | null;
}

export type BlindInterval = PreconditionResult['blind'][number];

/** Sources of the log with what each delivered in the period; at most 200. */
export async function readSources(desk: Desk, period: Period): Promise<readonly SourceRow[]> {
  return desk.ask<SourceRow>('sources', { ...between(period), limit: MAX_SOURCES });
}

/** Intervals in which a source was blind, each once, in order of time. */
export function blindIntervals(evaluation: Evaluation): readonly BlindInterval[] {
  const found = new Map<string, BlindInterval>();
  for (const precondition of evaluation.preconditions) {
    for (const interval of precondition.blind)
      found.set(`${interval.source}/${interval.from}/${interval.to}`, interval);
  }
  return [...found.values()].sort((left, right) =>
    `${left.from}${left.source}` < `${right.from}${right.source}` ? -1 : 1,
  );
}

/** Time covered by intervals, ms; what several of them cover counts once. */
export function coveredMs(intervals: readonly Period[]): number {
  let covered = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const interval of [...intervals].sort((left, right) => (left.from < right.from ? -1 : 1))) {
    const [from, to] = [toMillis(interval.from), toMillis(interval.to)];
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
}

/** A line of the freshness table. */
export function faceOfSource(source: SourceRow, evaluation: Evaluation, now: Instant): object {
  const blind = coveredMs(blindIntervals(evaluation).filter((interval) => interval.source === source.source));
  return {
    source: source.source,
    kind: source.kind === '' ? 'pushed' : source.kind,
    lagMs: source.polls > 0 ? source.lagMs : null,
    sinceMs: source.lastReceived === null ? null : Math.max(0, toMillis(now) - toMillis(source.lastReceived)),
    blind: blind > 0,
    blindMs: blind,
    polled: source.polls > 0,
  };
}
