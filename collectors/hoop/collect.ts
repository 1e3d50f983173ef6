import type { Event } from '../../domain/event.ts';
import { identityKey } from '../../domain/event.ts';
import { toCanonicalJson } from '../../domain/canonical.ts';
import type { Appender, Keyring } from '../../domain/ports.ts';
import { addMillis, parseInstant, toMillis, type Clock, type Instant } from '../../domain/time.ts';
import type { CollectorHistory } from '../history.ts';
import { createHoopClient } from './client.ts';
import { collectAdmin } from './collect-admin.ts';
import { collectSessions } from './collect-sessions.ts';
import { collectState, type KnownState } from './collect-state.ts';
import { textOf } from './json.ts';
import type { PollReport } from '../report.ts';
import type { RowMemory } from './memory.ts';
import type { Person } from './person.ts';

export type { PollReport } from '../report.ts';

interface HoopSource {
  readonly name: string;
  /** Base address of the gateway, without `/api`. */
  readonly url: string;
  /** Key of a user or API key in the auditor group. */
  readonly token: string;
  /** Nothing that began before this is collected. */
  readonly since: Instant;
}

export interface CollectHoopOptions {
  readonly source: HoopSource;
  readonly appender: Appender;
  readonly history: CollectorHistory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  /** Moves the windows of this poll, not the clock; recorded in the completeness record. */
  readonly asOf?: Instant;
  /** Kept between polls of one process. */
  readonly memory?: RowMemory;
  /** Rows of one page of the session list; at most 100. */
  readonly pageSize?: number;
}

/** What the parts of a poll share. */
export interface Poll extends CollectHoopOptions {
  readonly client: ReturnType<typeof createHoopClient>;
  readonly now: Instant;
  /** Rows created since this instant are listed. */
  readonly listFrom: Instant;
  readonly typeOf: (identity: Person) => 'human' | 'machine' | undefined;
  readonly tally: Tally;
  /** Stores events at once: what the tail shows is evidence even if the poll fails after it. */
  readonly store: (events: readonly Event[]) => Promise<void>;
}

interface Tally {
  seen: number;
  new: number;
  changed: number;
  refused: number;
  accepted: number;
  lagMs: number;
  holdBack: Instant | undefined;
  /** Sessions for which the gateway did not answer at all. */
  unreachable: number;
}

/** Rows arrive up to 90 s late under older times; clocks of several gateways differ. */
const WATERMARK_LAG_MS = 5 * 60 * 1000;
/** Read again on every poll: rows change after they were listed. */
const OVERLAP_MS = 60 * 60 * 1000;
/** How long a row that could not be read keeps the cursor back. */
const HOLD_BACK_MAX_MS = 24 * 60 * 60 * 1000;
const EVENTS_AT_ONCE = 1_000;
const REPORTS = ['sessions', 'approvals', 'commands', 'masking', 'policy', 'identities', 'admin'];

/**
 * One poll of a hoop gateway. Reads rules and identities, the sessions from the overlap up to now and those still
 * open, and the administration log; stores what differs from the log; and closes with one `source.polled`.
 * A poll that fails part of the way has stored what it had read and moved no cursor: the next one reads it again and
 * stores nothing twice. Throws SOURCE_REFUSED (token), SOURCE_UNREACHABLE, SOURCE_MALFORMED, and what store and
 * appender throw.
 */
export async function collectHoop(options: CollectHoopOptions): Promise<PollReport> {
  const { source, history } = options;
  const now = options.asOf ?? options.clock();
  const last = await history.lastPoll(source.name);
  const client = createHoopClient({ ...options, url: source.url, token: source.token });
  const tally: Tally = {
    seen: 0,
    new: 0,
    changed: 0,
    refused: 0,
    accepted: 0,
    lagMs: 0,
    holdBack: undefined,
    unreachable: 0,
  };
  const from = instantIn(last, 'window', 'to') ?? source.since;
  const store = storeInto(options, { tally, from });
  const state = await collectState({ ...options, client, lastPoll: last, store });
  const poll: Poll = {
    ...options,
    client,
    now,
    listFrom: listFromOf(last, source.since),
    typeOf: typesOf(state),
    tally,
    store,
  };
  await collectSessions(poll);
  await collectAdmin(poll, last === undefined ? source.since : addMillis(from, -WATERMARK_LAG_MS));

  const window = { from, to: now };
  const data = {
    source: source.name,
    sourceKind: 'hoop',
    window,
    cursor: cursorOf(tally, now),
    asOf: options.asOf,
    seen: tally.seen,
    new: tally.new,
    changed: tally.changed,
    refused: tally.refused,
    lagMs: tally.lagMs,
    clockOffsetMs: client.clockOffsetMs(),
    reports: REPORTS,
    policyRead: state.read === undefined ? undefined : [...state.read],
    policy: state.policy,
    version: state.version,
    ambiguousLinks: 0,
  };
  const id = `source.polled:${options.keyring.mac(toCanonicalJson(data)).slice(0, 32)}`;
  await options.appender.append([
    { source: source.name, id, kind: 'source.polled', time: now, subject: `source/${source.name}`, data },
  ]);
  const { seen, changed, refused, accepted } = tally;
  return { source: source.name, window, seen, new: tally.new, changed, refused, accepted };
}

function storeInto(
  options: CollectHoopOptions,
  { tally, from }: { tally: Tally; from: Instant },
): Poll['store'] {
  return async (events) => {
    for (let at = 0; at < events.length; at += EVENTS_AT_ONCE) {
      const receipt = await options.appender.append(events.slice(at, at + EVENTS_AT_ONCE));
      tally.accepted += receipt.accepted;
      tally.refused += receipt.refused.length;
    }
    const now = toMillis(options.clock());
    for (const { time } of events)
      if (time >= from) tally.lagMs = Math.max(tally.lagMs, now - toMillis(time));
  };
}

function cursorOf(tally: Tally, now: Instant): Instant {
  const watermark = addMillis(now, -WATERMARK_LAG_MS);
  const held = tally.holdBack;
  if (held === undefined || held >= watermark) return watermark;
  const oldest = addMillis(now, -HOLD_BACK_MAX_MS);
  return held < oldest ? oldest : held;
}

function listFromOf(last: Readonly<Record<string, unknown>> | undefined, since: Instant): Instant {
  const cursor = parseInstant(textOf(last?.['cursor']) ?? '');
  if (cursor === undefined) return since;
  const from = addMillis(cursor, -OVERLAP_MS);
  return from > since ? from : since;
}

function typesOf(state: KnownState): Poll['typeOf'] {
  const types = new Map<string, 'human' | 'machine'>();
  for (const { identity, identityType } of state.known) {
    const key = identityKey(identity);
    if (key !== undefined && (identityType === 'human' || identityType === 'machine'))
      types.set(key, identityType);
  }
  for (const { person, type } of state.listed) types.set(identityKey(person) ?? '', type);
  return (person) => types.get(identityKey(person) ?? '');
}

function instantIn(
  data: Readonly<Record<string, unknown>> | undefined,
  field: string,
  member: string,
): Instant | undefined {
  const value = data?.[field];
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = (value as Record<string, unknown>)[member];
  return typeof text === 'string' ? parseInstant(text) : undefined;
}
