import { toSqlTime, type Instant, type Period } from '../domain/time.ts';
import { parseInstant } from '../domain/time.ts';
import { parseCursor, toCursor } from './cursor.ts';
import type { Ask } from './queries.ts';
import { between, type ListPage } from './search.ts';

export interface PolicyRow {
  readonly source: string;
  readonly sha256: string;
  readonly log: number;
  readonly index: number;
  readonly observedFrom: Instant | null;
  readonly inForceFrom: Instant;
  /** In the year 2200 while it is in force. */
  readonly inForceTo: Instant;
  readonly nextFrom: Instant;
  /** Canonical JSON of the policy. */
  readonly document: string;
  readonly sessions: number;
}

/** Snapshots in force at some moment of a period, newest first. */
export async function listPolicies(
  ask: Ask,
  period: Period,
  options: { readonly after: string | null; readonly limit: number },
): Promise<ListPage<PolicyRow> & { readonly sources: number }> {
  const cursor = parseCursor(options.after, 3) ?? ['', '', 0];
  const instant = parseInstant(String(cursor[0]));
  const [found, totals] = await Promise.all([
    ask<PolicyRow>('policies', {
      ...between(period),
      cursorTime: instant === undefined ? '1970-01-01 00:00:00.000000' : toSqlTime(instant),
      cursorSource: String(cursor[1]),
      cursorIndex: Number(cursor[2]),
      limit: options.limit + 1,
    }),
    ask<{ total: number; sources: number }>('policies-total', between(period)),
  ]);
  const rows = found.slice(0, options.limit);
  const last = rows.at(-1);
  const next =
    found.length > rows.length && last !== undefined
      ? toCursor([last.inForceFrom, last.source, last.index])
      : null;
  return { rows, total: totals[0]?.total ?? rows.length, sources: totals[0]?.sources ?? 0, next };
}

export interface EventRow {
  readonly log: number;
  readonly index: number;
  readonly received: Instant;
  readonly kind: string;
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly time: Instant;
  readonly session: string;
  readonly resource: string;
  readonly who: string;
  readonly person: string;
  /** The text that the leaf hashes. */
  readonly entry: string;
  readonly leafHex: string;
}

export interface EventFilter {
  readonly kind: string;
  readonly person: string;
  readonly resource: string;
  readonly session: string;
}

/** Entries in the order of the log, oldest first. How many there are in all is not counted: the log only grows. */
export async function listEvents(
  ask: Ask,
  period: Period,
  options: { readonly filter: EventFilter; readonly after: string | null; readonly limit: number },
): Promise<{ readonly rows: readonly EventRow[]; readonly next: string | null }> {
  const cursor = parseCursor(options.after, 1);
  const found = await ask<EventRow>('events', {
    ...between(period),
    ...options.filter,
    cursorIndex: cursor === undefined ? -1 : Number(cursor[0]),
    limit: options.limit + 1,
  });
  const rows = found.slice(0, options.limit);
  const last = rows.at(-1);
  return { rows, next: found.length > rows.length && last !== undefined ? toCursor([last.index]) : null };
}
