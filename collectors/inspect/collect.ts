import { toCanonicalJson } from '../../domain/canonical.ts';
import type { Event } from '../../domain/event.ts';
import type { Appender, Keyring, SourcedRefusal } from '../../domain/ports.ts';
import { parseInstant, toMillis, type Clock, type Instant } from '../../domain/time.ts';
import type { CollectorHistory, StoredData } from '../history.ts';
import type { PollReport } from '../report.ts';
import { lastReadOf, snapshotPolicy } from '../snapshot.ts';
import { followLines, MAX_LINE_BYTES, type FileCursor, type FollowedLine } from './follow.ts';
import { isStatement, toEvent, type PlacedRecord, type RecordContext } from './normalise.ts';
import { parseRecord, type RelayRecord } from './records.ts';
import {
  enforces,
  readRelayConfig,
  toRelayPolicy,
  type RelayConfig,
  type ResourceNames,
} from './relay-config.ts';

interface InspectSource {
  readonly name: string;
  /** The relay's audit file (JSON lines). */
  readonly file: string;
  /** The relay's own configuration; its rules become a snapshot of this source. */
  readonly config?: string;
  /** The gateway's name of the resource behind a listener or connection, where it differs. */
  readonly resources?: ResourceNames;
}

export interface CollectInspectOptions {
  readonly source: InspectSource;
  readonly appender: Appender;
  readonly history: CollectorHistory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Reads the file only up to this byte, as if it ended there. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** One append: its lines, their refusals and the cursor are stored together or not at all. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** How long a statement without a following record of its session may wait for its row count. */
const HOLD_MS = 30_000;
const MAX_RAW_CHARACTERS = 65_536;

/**
 * Reads what the relay has written since the last poll. Yields statements, blocked statements, masking and the
 * relay's rules, never sessions: the relay sees anonymous connections. A bad line is refused with its byte offset and
 * costs no other. Counts are of lines. Every batch is stored together with its cursor, so that no line is stored twice or skipped.
 * Throws FILE_UNREADABLE, CONFIG_INVALID, and what store and appender throw.
 */
export async function collectInspect(options: CollectInspectOptions): Promise<PollReport> {
  const { source } = options;
  let last = await options.history.lastPoll(source.name);
  const now = options.clock();
  const policy = await readPolicy(options, last, now);
  let pending = policy.events;
  const window = { from: windowEndOf(last), to: now };
  const report = { source: source.name, window, seen: 0, new: 0, changed: 0, accepted: 0, refused: 0 };
  for (;;) {
    const cursor = cursorOf(last);
    const lines = await readBatch(options, cursor);
    const isFull = sizeOf(lines) >= BATCH_BYTES;
    const batch = await toBatch(options, { lines, isFull, config: policy.config, now });
    const polled = polledEvent(options, { batch, last, now, cursor, policy });
    const receipt = await options.appender.append([...pending, ...batch.events, polled], batch.refusals);
    pending = [];
    report.seen += batch.taken;
    report.new += batch.events.length;
    report.accepted += receipt.accepted;
    report.refused += batch.refusals.length + receipt.refused.length;
    last = polled.data;
    if (!isFull || batch.taken === 0 || options.signal?.aborted === true) return report;
  }
}

async function readBatch(
  options: CollectInspectOptions,
  cursor: FileCursor | undefined,
): Promise<readonly FollowedLine[]> {
  const { limit } = options;
  const lines: FollowedLine[] = [];
  const read = followLines(options.source.file, cursor, {
    maxBytes: BATCH_BYTES,
    ...(limit === undefined ? {} : { limit }),
  });
  for await (const line of read) lines.push(line);
  return lines;
}

function sizeOf(lines: readonly FollowedLine[]): number {
  return lines.reduce((sum, line) => sum + line.next - line.offset, 0);
}

interface Batch {
  readonly events: readonly Event[];
  readonly refusals: readonly SourcedRefusal[];
  readonly taken: number;
  readonly cursor: FileCursor | undefined;
  readonly lagMs: number;
}

interface BatchInput {
  /** More lines follow. */
  readonly isFull: boolean;
  readonly lines: readonly FollowedLine[];
  readonly config: RelayConfig | undefined;
  readonly now: Instant;
}

async function toBatch(
  options: CollectInspectOptions,
  { lines, isFull, config, now }: BatchInput,
): Promise<Batch> {
  const { source, keyring } = options;
  const placed = lines.map((line) => place(line, keyring));
  const answers = answersOf(placed);
  const context = await contextOf(options, { placed, config });
  const events: Event[] = [];
  const refusals: SourcedRefusal[] = [];
  let taken = 0;
  for (const [index, line] of lines.entries()) {
    const entry = placed[index];
    if (entry === undefined) continue;
    if ('code' in entry) {
      refusals.push({
        ...entry,
        source: source.name,
        offset: line.offset,
        raw: (line.text ?? line.head).slice(0, MAX_RAW_CHARACTERS),
      });
    } else {
      const answer = answers.get(index);
      const isYoung = toMillis(now) - toMillis(entry.record.at) < HOLD_MS;
      const mayBeAnswered = isYoung || (isFull && index > lines.length / 2);
      if (isStatement(entry.record) && answer === undefined && mayBeAnswered) break;
      const event = toEvent(entry, answer, context);
      if (event !== undefined) events.push(event);
    }
    taken += 1;
  }
  const end = lines[taken - 1];
  const lagMs = events.reduce((max, { time }) => Math.max(max, toMillis(now) - toMillis(time)), 0);
  return {
    events,
    refusals,
    taken,
    cursor: end === undefined ? undefined : { file: end.file, offset: end.next },
    lagMs,
  };
}

type Placed = PlacedRecord | { readonly code: SourcedRefusal['code']; readonly reason: string };

function place(line: FollowedLine, keyring: Keyring): Placed {
  if (line.text === undefined)
    return { code: 'EVENT_TOO_LARGE', reason: `the line is longer than ${MAX_LINE_BYTES} bytes` };
  const parsed = parseRecord(line.text);
  if (!parsed.ok) return { code: parsed.code, reason: parsed.reason };
  const id = keyring.mac(`line\n${line.offset}\n${line.text}`).slice(0, 32);
  return { record: parsed.record, offset: line.offset, next: line.next, id };
}

/** For each statement the next record of its session: the server's command tag, if it is one. */
function answersOf(placed: readonly Placed[]): ReadonlyMap<number, RelayRecord> {
  const answers = new Map<number, RelayRecord>();
  const waiting = new Map<string, number>();
  for (const [index, entry] of placed.entries()) {
    if ('code' in entry) continue;
    const { session_id: session } = entry.record;
    const statement = waiting.get(session);
    if (statement !== undefined) answers.set(statement, entry.record);
    if (isStatement(entry.record)) waiting.set(session, index);
    else waiting.delete(session);
  }
  return answers;
}

async function contextOf(
  { source, history }: CollectInspectOptions,
  { placed, config }: { placed: readonly Placed[]; config: RelayConfig | undefined },
): Promise<RecordContext> {
  const names = source.resources ?? {};
  const sessions = new Set(placed.flatMap((entry) => ('code' in entry ? [] : entry.record.session_id)));
  const sequences = new Map(await history.lastSequences(source.name, [...sessions]));
  return {
    source: source.name,
    resourceOf: (connection) => names[connection] ?? connection,
    enforces: (resource) => (config === undefined ? undefined : enforces(config, resource, names)),
    nextSeq(relaySession) {
      const next = (sequences.get(relaySession) ?? 0) + 1;
      sequences.set(relaySession, next);
      return next;
    },
  };
}

interface Policy {
  readonly config: RelayConfig | undefined;
  readonly events: readonly Event[];
  readonly sha256: string | undefined;
}

async function readPolicy(
  options: CollectInspectOptions,
  last: StoredData | undefined,
  now: Instant,
): Promise<Policy> {
  const { source, history, keyring } = options;
  if (source.config === undefined) return { config: undefined, events: [], sha256: undefined };
  const config = readRelayConfig(source.config);
  const before = (await history.latest(source.name, 'policy.snapshotted')).get(`policy/${source.name}`);
  const snapshot = await snapshotPolicy({
    source: source.name,
    history,
    keyring,
    document: toRelayPolicy(config, source.resources ?? {}),
    before,
    observedBetween: [lastReadOf(last, before), now],
    unreadable: [],
  });
  return { config, ...snapshot };
}

interface PolledInput {
  readonly batch: Batch;
  readonly last: StoredData | undefined;
  readonly now: Instant;
  readonly cursor: FileCursor | undefined;
  readonly policy: Policy;
}

function polledEvent(
  { source, keyring }: CollectInspectOptions,
  { batch, last, now, cursor, policy }: PolledInput,
): Event {
  const at = batch.cursor ?? cursor;
  const hasPolicy = policy.config !== undefined;
  const data = {
    source: source.name,
    sourceKind: 'hoop-inspect',
    window: { from: windowEndOf(last), to: now },
    cursor: at === undefined ? null : `${at.file}:${at.offset}`,
    seen: batch.taken,
    new: batch.events.length,
    changed: 0,
    refused: batch.refusals.length,
    lagMs: batch.lagMs,
    reports: hasPolicy ? ['commands', 'masking', 'policy'] : ['commands', 'masking'],
    policyRead: hasPolicy ? [now, now] : undefined,
    policy: policy.sha256,
  };
  const id = `source.polled:${keyring.mac(toCanonicalJson(data)).slice(0, 32)}`;
  return {
    source: source.name,
    id,
    kind: 'source.polled',
    time: now,
    subject: `source/${source.name}`,
    data,
  };
}

function windowEndOf(last: StoredData | undefined): Instant | null {
  const window = last?.['window'];
  const to: unknown = typeof window === 'object' && window !== null && 'to' in window ? window.to : undefined;
  return typeof to === 'string' ? (parseInstant(to) ?? null) : null;
}

function cursorOf(last: StoredData | undefined): FileCursor | undefined {
  const text = last?.['cursor'];
  const [, file, offset] = typeof text === 'string' ? (/^(\d+:\d+):(\d+)$/.exec(text) ?? []) : [];
  return file === undefined ? undefined : { file, offset: Number(offset) };
}
