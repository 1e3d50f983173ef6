import { AnnexaError } from '../domain/errors.ts';
import type { Draft } from '../domain/entry.ts';
import type { Event, Refusal } from '../domain/event.ts';
import type { Appender, Keyring, LogStore, Receipt, SourcedRefusal } from '../domain/ports.ts';
import { addMillis, type Clock, type Instant } from '../domain/time.ts';
import { createCommitter, type Committer } from './commit.ts';
import { INGEST_LIMIT } from './limits.ts';
import { detachPolicy } from './policy.ts';
import { createPrepare } from './prepare.ts';
import { recordRefusal, refuseEvent } from './refuse.ts';
import { createRepeats, type Repeats } from './repeats.ts';
import { checkEvent, isRefusal } from './validate.ts';

type AppendCheckpoint = 'prepared' | 'sequenced' | 'inserted';

export interface AppenderDeps {
  readonly store: LogStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** 16 random bytes, base64url; see createSaltPool. */
  readonly salt: () => string;
  /** Number of the log, and its origin for receipts. */
  readonly log: number;
  readonly origin: string;
  /** Called after every insert, so that the log is sealed. Must not throw. */
  readonly onCommitted?: (log: number, size: number) => void;
  /** Called between the steps; a test kills the process here. */
  readonly checkpoint?: (name: AppendCheckpoint) => void;
}

/** The one door into a log. */
export interface LogAppender extends Appender {
  /**
   * Checks and prepares the events, and resolves once they are stored, fsynced and in place. The accepted ones are
   * contiguous and in order; refusals follow them as `event.refused` entries. An event that is there already counts as
   * repeated, whenever it was sent; the same (source, id) with other content is refused as EVENT_CONFLICT.
   * `lines` gives the line of each event for refusals; without it they are numbered from 1.
   *
   * Throws OVERLOADED (nothing stored, try later), BODY_TOO_LARGE (too many events for one call), STORE_UNAVAILABLE
   * (unknown whether stored: send the same events again), LOG_INCONSISTENT.
   */
  append(
    events: readonly Event[],
    refusals?: readonly SourcedRefusal[],
    lines?: readonly number[],
  ): Promise<Receipt>;
  /** Resolves when nothing is waiting any more. */
  drain(): Promise<void>;
}

interface Job {
  readonly items: readonly { readonly draft: Draft; readonly event: Event; readonly line: number }[];
  /** Refusals so far, and the entries that record them. */
  readonly refused: SourcedRefusal[];
  readonly records: Draft[];
  readonly bytes: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (reason: unknown) => void;
}

/** One queue and one insert at a time; callers that arrive meanwhile share the next insert. */
export function createAppender(deps: AppenderDeps): LogAppender {
  const { log, store, clock, onCommitted = () => {}, checkpoint = () => {} } = deps;
  const committer = createCommitter({ store, log, clock, onCommitted, checkpoint });
  const queue: Job[] = [];
  const waiting = { rows: 0, bytes: 0 };
  let repeats: Promise<Repeats> | undefined;
  let working: Promise<void> | undefined;

  const work = async (): Promise<void> => {
    await pause(INGEST_LIMIT.groupWaitMs, queue);
    while (queue.length > 0) {
      const jobs = takeBatch(queue);
      try {
        repeats ??= createRepeats(store);
        await commitJobs(deps, { jobs, committer, repeats: await repeats });
      } catch (error) {
        if (repeats !== undefined) await repeats.catch(() => (repeats = undefined));
        for (const job of jobs) job.reject(error);
      }
    }
    working = undefined;
  };

  const drain = async (): Promise<void> => {
    if (working === undefined) return;
    await working;
    await drain();
  };

  return {
    async append(events, refusals = [], lines) {
      const rows = events.length + refusals.length;
      checkRoom(rows, waiting);
      waiting.rows += rows;
      let bytes = 0;
      try {
        const prepared = await prepareJob(deps, events, { refusals, lines });
        bytes = prepared.bytes;
        if (waiting.bytes > 0 && waiting.bytes + bytes > INGEST_LIMIT.queueBytes) throw overloaded();
        waiting.bytes += bytes;
        checkpoint('prepared');
        return await new Promise<Receipt>((resolve, reject) => {
          queue.push({ ...prepared, resolve, reject });
          working ??= work();
        });
      } finally {
        waiting.rows -= rows;
        waiting.bytes -= bytes;
      }
    },
    drain,
  };
}

async function prepareJob(
  deps: AppenderDeps,
  events: readonly Event[],
  given: { refusals: readonly SourcedRefusal[]; lines: readonly number[] | undefined },
): Promise<Omit<Job, 'resolve' | 'reject'>> {
  const prepare = createPrepare(deps);
  const now = deps.clock();
  const latest = addMillis(now, INGEST_LIMIT.aheadMs);
  const items: Job['items'][number][] = [];
  const refused: SourcedRefusal[] = [...given.refusals];
  let bytes = 0;
  for (const [position, event] of events.entries()) {
    if (position > 0 && position % INGEST_LIMIT.prepareSlice === 0) await nextTurn();
    const line = given.lines?.[position] ?? position + 1;
    const detached = detachPolicy(event, deps.keyring);
    const checked = isRefusal(detached) ? detached : checkEvent(detached, latest);
    const draft = isRefusal(checked) ? checked : prepare(checked);
    if (isRefusal(draft)) refused.push(refuseEvent(event, draft, line));
    else {
      items.push({ draft, event, line });
      bytes += sizeOf(draft);
    }
  }
  const records = refused.map((refusal) => toRecord(deps, refusal, now));
  for (const record of records) bytes += sizeOf(record);
  return { items, refused, records, bytes };
}

/** Sorts out repeats, gives every new draft its place with one insert, and answers every call of the batch. */
async function commitJobs(
  deps: AppenderDeps,
  { jobs, committer, repeats }: { jobs: readonly Job[]; committer: Committer; repeats: Repeats },
): Promise<void> {
  await committer.settle();
  const now = deps.clock();
  const verdicts = await repeats.judge(jobs.flatMap((job) => job.items.map((item) => item.draft)));
  let at = 0;
  const repeated: number[] = [];
  const accepted = jobs.map((job) => {
    const drafts: Draft[] = [];
    let count = 0;
    for (const { draft, event, line } of job.items) {
      const verdict = verdicts[at++];
      if (verdict === 'new') drafts.push(draft);
      if (verdict === 'repeated') count += 1;
      if (verdict !== 'conflict') continue;
      const refusal = refuseEvent(event, CONFLICT, line);
      job.refused.push(refusal);
      job.records.push(toRecord(deps, refusal, now));
    }
    repeated.push(count);
    return drafts;
  });
  const recordVerdicts = await repeats.judge(jobs.flatMap((job) => job.records));
  at = 0;
  const drafts: Draft[] = [];
  const starts: number[] = [];
  for (const [number, job] of jobs.entries()) {
    starts.push(drafts.length);
    for (const draft of accepted[number] ?? []) drafts.push(draft);
    for (const record of job.records) if (recordVerdicts[at++] === 'new') drafts.push(record);
  }
  const first = drafts.length === 0 ? 0 : await committer.commit(drafts);
  for (const [number, job] of jobs.entries()) {
    const counts = { accepted: accepted[number]?.length ?? 0, repeated: repeated[number] ?? 0 };
    job.resolve(toReceipt(deps.origin, job, { ...counts, first: first + (starts[number] ?? 0) }));
  }
}

function toReceipt(
  origin: string,
  job: Job,
  { accepted, repeated, first }: { accepted: number; repeated: number; first: number },
): Receipt {
  return {
    log: origin,
    accepted,
    repeated,
    refused: job.refused.map(toPlainRefusal).sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    first: accepted === 0 ? null : first,
    last: accepted === 0 ? null : first + accepted - 1,
  };
}

const CONFLICT: Refusal = {
  code: 'EVENT_CONFLICT',
  reason: 'an event with this source and id but other content is in the log',
};

function toPlainRefusal({ code, reason, line }: SourcedRefusal): Refusal {
  return line === undefined ? { code, reason } : { line, code, reason };
}

function toRecord(deps: AppenderDeps, refusal: SourcedRefusal, now: Instant): Draft {
  const { event, sameness } = recordRefusal(deps.keyring, refusal, now);
  const draft = createPrepare(deps)(event, sameness);
  if (isRefusal(draft)) throw new TypeError(`a refusal could not be recorded: ${draft.reason}`);
  return draft;
}

/** Calls from the front of the queue, one at least, that fit one insert. A call is never split. */
function takeBatch(queue: Job[]): Job[] {
  let rows = 0;
  let bytes = 0;
  let count = 0;
  for (const job of queue) {
    rows += job.items.length + job.records.length;
    bytes += job.bytes;
    if (count > 0 && (rows > INGEST_LIMIT.batchRows || bytes > INGEST_LIMIT.batchBytes)) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function checkRoom(rows: number, waiting: { readonly rows: number }): void {
  if (rows > INGEST_LIMIT.callRows) {
    throw new AnnexaError('BODY_TOO_LARGE', `${rows} events in one call`, {
      hint: `Send at most ${INGEST_LIMIT.callRows} at a time.`,
    });
  }
  if (waiting.rows > 0 && waiting.rows + rows > INGEST_LIMIT.queueRows) throw overloaded();
}

function overloaded(): AnnexaError {
  return new AnnexaError('OVERLOADED', 'too many events are waiting to be stored', {
    hint: 'Send the same events again in a moment; none of them was stored.',
  });
}

function sizeOf(draft: Draft): number {
  let size = draft.head.length + draft.tail.length + 512;
  for (const name in draft.values) size += draft.values[name]?.length ?? 0;
  for (const artefact of draft.artefacts) size += artefact.bytes.length;
  return size;
}

/** Lets others join the batch; not when there is enough for one already. */
function pause(waitMs: number, queue: readonly Job[]): Promise<void> {
  const rows = queue.reduce((sum, job) => sum + job.items.length, 0);
  if (rows * 10 >= INGEST_LIMIT.batchRows) return nextTurn();
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
