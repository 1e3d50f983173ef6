import { readFileSync } from 'node:fs';
import type { Event } from '../../domain/event.ts';
import type { Appender, Keyring, ReadStore } from '../../domain/ports.ts';
import { addMillis, parseInstant, toMillis, toSqlTime, type Clock } from '../../domain/time.ts';
import { createVersions, type Claim } from '../claim.ts';
import type { CollectorHistory } from '../history.ts';

/** A statement that a relay saw, or that a gateway saw pass to it. */
interface SeenStatement {
  readonly source: string;
  readonly seq: number;
  /** RFC 3339. */
  readonly time: string;
  /** Database user, as the client claimed it. */
  readonly login: string;
  readonly resource: string;
  readonly statement: string;
}

export type RelayStatement = SeenStatement & { readonly relaySession: string };
export type SessionStatement = SeenStatement & { readonly session: string };

/** Both sides of the join, from a moment on: of the relay only what has no certain link yet. */
export interface LinkStore {
  relayStatements(since: string): Promise<readonly RelayStatement[]>;
  sessionStatements(since: string): Promise<readonly SessionStatement[]>;
}

export interface DeriveLinksOptions {
  readonly store: LinkStore;
  readonly appender: Appender;
  readonly history: CollectorHistory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Relay statements older than this are left as they are, ms. Default: two days. */
  readonly lookBackMs?: number;
}

export interface LinkReport {
  readonly linked: number;
  readonly ambiguous: number;
  /** Relay sessions with statements that no session matches, so far. */
  readonly unmatched: number;
}

/** A gateway writes a tunnel's stream at its end: statements of one day may arrive on the next. */
const LOOK_BACK_MS = 2 * 24 * 60 * 60 * 1000;
/** Instants of a gateway's stream are counted back from the end of its session; relay and gateway have clocks of their own. */
const TOLERANCE_MS = 2_000;

const sql = {
  relay: readFileSync(new URL('./relay-statements.sql', import.meta.url), 'utf8'),
  session: readFileSync(new URL('./session-statements.sql', import.meta.url), 'utf8'),
};

export function createLinkStore(store: ReadStore): LinkStore {
  return {
    relayStatements: (since) => store.select<RelayStatement>(sql.relay, { since }),
    sessionStatements: (since) => store.select<SessionStatement>(sql.session, { since }),
  };
}

/**
 * Derives which gateway session carried a relay session, which neither of them records: every statement of the relay
 * session passed through it, under the same database user, at the same time. Two sessions that fit are an ambiguous
 * link, which counts as such and is followed by nobody; a later run may resolve it. Repeating a run adds nothing.
 */
export async function deriveLinks(options: DeriveLinksOptions): Promise<LinkReport> {
  const { store, appender, history, keyring } = options;
  const since = toSqlTime(addMillis(options.clock(), -(options.lookBackMs ?? LOOK_BACK_MS)));
  const relay = await store.relayStatements(since);
  if (relay.length === 0) return { linked: 0, ambiguous: 0, unmatched: 0 };
  const matches = matchStatements(relay, await store.sessionStatements(since));
  const bySource = new Map<string, Claim[]>();
  for (const match of matches) {
    const claim = toClaim(match);
    if (claim !== undefined) bySource.set(match.source, [...(bySource.get(match.source) ?? []), claim]);
  }
  const events: Event[] = [];
  for (const [source, claims] of bySource) {
    const versions = createVersions({ source, history, keyring });
    await versions.load(claims.map((claim) => claim.subject));
    events.push(...versions.settle(claims).events);
  }
  if (events.length > 0) await appender.append(events);
  const ambiguous = matches.filter(({ sessions }) => sessions.length > 1).length;
  const unmatched = matches.filter(({ sessions }) => sessions.length === 0).length;
  return { linked: matches.length - ambiguous - unmatched, ambiguous, unmatched };
}

export interface Match {
  readonly source: string;
  readonly relaySession: string;
  readonly first: RelayStatement;
  /** Sessions that carried every statement of the relay session, sorted. */
  readonly sessions: readonly string[];
}

/** For each relay session, the sessions that saw all of its statements. Pure; the order of the input does not matter. */
export function matchStatements(
  relay: readonly RelayStatement[],
  sessions: readonly SessionStatement[],
): readonly Match[] {
  const byText = new Map<string, SessionStatement[]>();
  for (const entry of sessions) {
    const key = `${entry.login}\n${entry.statement}`;
    const entries = byText.get(key);
    if (entries === undefined) byText.set(key, [entry]);
    else entries.push(entry);
  }
  const bySession = new Map<string, RelayStatement[]>();
  for (const entry of relay) {
    const key = `${entry.source}\n${entry.relaySession}`;
    bySession.set(key, [...(bySession.get(key) ?? []), entry]);
  }
  return [...bySession.values()].flatMap((statements) => {
    const [first] = statements;
    if (first === undefined) return [];
    const candidates = statements.map((entry) => carriersOf(entry, byText));
    const [some = new Set<string>(), ...others] = candidates;
    const fitting = [...some].filter((session) => others.every((other) => other.has(session)));
    return [{ source: first.source, relaySession: first.relaySession, first, sessions: fitting.toSorted() }];
  });
}

function carriersOf(
  entry: RelayStatement,
  byText: ReadonlyMap<string, readonly SessionStatement[]>,
): ReadonlySet<string> {
  const at = millisOf(entry.time);
  const near = (byText.get(`${entry.login}\n${entry.statement}`) ?? []).filter(
    (other) =>
      Math.abs(millisOf(other.time) - at) <= TOLERANCE_MS &&
      (entry.resource === '' || other.resource === '' || entry.resource === other.resource),
  );
  return new Set(near.map(({ session }) => session));
}

function toClaim({ relaySession, first, sessions }: Match): Claim | undefined {
  const [session, ...others] = sessions;
  const time = parseInstant(first.time);
  if (session === undefined || time === undefined) return undefined;
  return {
    kind: 'link.derived',
    key: `${relaySession}/session`,
    subject: `relay/${relaySession}`,
    time,
    timeIsDerived: true,
    data: {
      from: `relay/${relaySession}`,
      to: `session/${session}`,
      method: 'login-statement-time',
      confidence: others.length === 0 ? 'high' : 'ambiguous',
      alternatives: others.length,
    },
  };
}

function millisOf(time: string): number {
  const instant = parseInstant(time);
  return instant === undefined ? Number.NaN : toMillis(instant);
}
