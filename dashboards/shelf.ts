import type { Evaluation } from '../domain/evaluation.ts';
import type { Evaluate } from '../domain/ports.ts';
import { toMillis, type Clock, type Period } from '../domain/time.ts';

/** Evaluations are costly and the log grows all the time: one this young is shown again, with the log size it is of. */
const FRESH_MS = 30_000;
/** History is drawn from evaluations up to this age. */
const HISTORY_MS = 3_600_000;
const MAX_EVALUATIONS = 32;
const MAX_WAITING = 16;

export interface Shelf {
  /** All controls over a period, at the log's present size or at one less than half a minute old. */
  evaluation(period: Period): Promise<Evaluation>;
  /**
   * The same when it is at hand; otherwise undefined, and it is worked out in the background, one period at a time,
   * so that a later page can show it.
   */
  known(period: Period): Evaluation | undefined;
}

export interface ShelfOptions {
  readonly evaluate: Evaluate;
  readonly logSize: () => Promise<number>;
  readonly clock: Clock;
  /** Told about an evaluation in the background that failed. */
  readonly onFailure: (error: unknown) => void;
}

interface Slot {
  readonly size: number;
  readonly startedMs: number;
  readonly promise: Promise<Evaluation>;
  value: Evaluation | undefined;
}

/** Keeps the last evaluations, at most 32, and never runs the same one twice at once. */
export function createShelf(options: ShelfOptions): Shelf {
  const slots = new Map<string, Slot>();
  const waiting = new Set<string>();
  let queue: Promise<void> = Promise.resolve();

  const put = (period: Period, size: number): Slot => {
    const key = keyOf(period);
    const promise = options.evaluate({ period, controls: [], size });
    const slot: Slot = { size, startedMs: toMillis(options.clock()), promise, value: undefined };
    slots.delete(key);
    slots.set(key, slot);
    const oldest = slots.keys().next();
    if (slots.size > MAX_EVALUATIONS && oldest.done !== true) slots.delete(oldest.value);
    promise.then(
      (value) => {
        slot.value = value;
      },
      () => {
        if (slots.get(key) === slot) slots.delete(key);
      },
    );
    return slot;
  };

  const evaluation = async (period: Period): Promise<Evaluation> => {
    const size = await options.logSize();
    const slot = slots.get(keyOf(period));
    const young = slot !== undefined && toMillis(options.clock()) - slot.startedMs < FRESH_MS;
    if (slot !== undefined && (slot.size === size || young)) return slot.promise;
    return put(period, size).promise;
  };

  const begin = (period: Period): void => {
    const key = keyOf(period);
    if (waiting.has(key) || waiting.size >= MAX_WAITING) return;
    waiting.add(key);
    queue = queue
      .then(async () => {
        await evaluation(period);
      })
      .catch(options.onFailure)
      .finally(() => waiting.delete(key));
  };

  return {
    evaluation,
    known(period) {
      const slot = slots.get(keyOf(period));
      const old = slot === undefined || toMillis(options.clock()) - slot.startedMs > HISTORY_MS;
      if (old) begin(period);
      return slot?.value;
    },
  };
}

function keyOf(period: Period): string {
  return `${period.from}/${period.to}`;
}
