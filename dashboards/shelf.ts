import type { Evaluation } from '../domain/evaluation.ts';
import type { Evaluate } from '../domain/ports.ts';
import { toMillis, type Clock, type Period } from '../domain/time.ts';

/** Evaluations are costly and the log grows all the time: one this young counts as of the present log. */
const FRESH_MS = 30_000;
/** Pages show an evaluation up to this age, with the moment it is of, while a newer one is worked out. */
const SHOWN_MS = 900_000;
/** A page waits this long for an evaluation that is not there yet; then it says that it is being worked out. */
const PATIENCE_MS = 1_500;
const MAX_PERIODS = 32;
const MAX_WAITING = 16;

export interface Shelf {
  /** All controls over a period, at the log's present size or at one less than half a minute old. */
  evaluation(period: Period): Promise<Evaluation>;
  /**
   * What a page shows: the last evaluation when it is not old, else a new one when it comes soon, else undefined.
   * A newer one is then under way, so that the page can be loaded again.
   */
  shown(period: Period): Promise<Evaluation | undefined>;
  /**
   * What is at hand. Nothing, or something older than `maxAgeMs` (a quarter of an hour unless told), is worked out anew
   * in the background, one period at a time, after everything that a page waits for.
   */
  known(period: Period, maxAgeMs?: number): Evaluation | undefined;
  /** Begins nothing more, and resolves when nothing runs: the store may then be closed. */
  close(): Promise<void>;
}

export interface ShelfOptions {
  readonly evaluate: Evaluate;
  readonly logSize: () => Promise<number>;
  readonly clock: Clock;
  /** Told about an evaluation in the background that failed. */
  readonly onFailure: (error: unknown) => void;
  readonly patienceMs?: number;
}

interface Run {
  readonly size: number;
  readonly startedMs: number;
  readonly promise: Promise<Evaluation>;
}

interface Slot {
  run: Run | undefined;
  last: { readonly size: number; readonly startedMs: number; readonly value: Evaluation } | undefined;
}

/** Keeps the last evaluations of at most 32 periods, and never runs the same one twice at once. */
export function createShelf(options: ShelfOptions): Shelf {
  const slots = new Map<string, Slot>();
  const waiting = new Set<string>();
  const running = new Set<Promise<unknown>>();
  let queue: Promise<void> = Promise.resolve();
  let closed = false;
  const now = (): number => toMillis(options.clock());

  const slotOf = (period: Period): Slot => {
    const key = keyOf(period);
    const slot = slots.get(key) ?? { run: undefined, last: undefined };
    slots.delete(key);
    slots.set(key, slot);
    const oldest = slots.keys().next();
    if (slots.size > MAX_PERIODS && oldest.done !== true) slots.delete(oldest.value);
    return slot;
  };

  const start = (period: Period, slot: Slot, size: number): Promise<Evaluation> => {
    const startedMs = now();
    const promise = options.evaluate({ period, controls: [], size });
    const run: Run = { size, startedMs, promise };
    slot.run = run;
    running.add(promise);
    const settled = (): void => {
      running.delete(promise);
      if (slot.run === run) slot.run = undefined;
    };
    promise.then((value) => {
      settled();
      slot.last = { size, startedMs, value };
    }, settled);
    return promise;
  };

  const evaluation = async (period: Period): Promise<Evaluation> => {
    const size = await options.logSize();
    const slot = slotOf(period);
    const isFresh = (of: { size: number; startedMs: number }): boolean =>
      of.size === size || now() - of.startedMs < FRESH_MS;
    if (slot.last !== undefined && isFresh(slot.last)) return slot.last.value;
    if (slot.run !== undefined && isFresh(slot.run)) return slot.run.promise;
    return start(period, slot, size);
  };

  const begin = (period: Period): void => {
    const key = keyOf(period);
    if (closed || waiting.has(key) || waiting.size >= MAX_WAITING) return;
    waiting.add(key);
    queue = queue
      .then(async () => {
        await Promise.allSettled(running);
        if (!closed) await evaluation(period);
      })
      .catch(options.onFailure)
      .finally(() => waiting.delete(key));
  };

  return {
    evaluation,
    async shown(period) {
      const { last } = slotOf(period);
      const age = last === undefined ? Number.POSITIVE_INFINITY : now() - last.startedMs;
      if (last === undefined || age > SHOWN_MS) return soon(evaluation(period), options);
      if (age >= FRESH_MS && (await options.logSize()) !== last.size) begin(period);
      return last.value;
    },
    known(period, maxAgeMs = SHOWN_MS) {
      const { last } = slotOf(period);
      if (last === undefined || now() - last.startedMs > maxAgeMs) begin(period);
      return last?.value;
    },
    async close() {
      closed = true;
      await queue;
      await Promise.allSettled(running);
    },
  };
}

/** The value when it comes within the patience of a page. One that fails later has nobody left to tell but the server. */
async function soon(promise: Promise<Evaluation>, options: ShelfOptions): Promise<Evaluation | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      promise.catch(options.onFailure);
      resolve(undefined);
    }, options.patienceMs ?? PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function keyOf(period: Period): string {
  return `${period.from}/${period.to}`;
}
