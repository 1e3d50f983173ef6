import { toSqlTime, type Instant, type Period } from '../domain/time.ts';
import { AnnexaError } from '../domain/errors.ts';
import { parseInstant } from '../domain/time.ts';
import { parseCursor, toCursor } from './cursor.ts';
import type { Ask } from './queries.ts';

/** Rows of one page of any list, unless asked for fewer. */
export const PAGE_ROWS = 50;
/** No list gives more at once, whatever is asked for. */
export const MAX_PAGE_ROWS = 500;
const MAX_FILTER_LENGTH = 200;

export interface SessionFilter {
  readonly person: string;
  readonly resource: string;
  /** Type of the target. */
  readonly kind: string;
  /** ok, failed, blocked, killed, rejected, abandoned; or open, requested. */
  readonly outcome: string;
  /** In statements, reasons, tickets, names; or the start of a session's id. */
  readonly text: string;
}

export interface SessionRow {
  readonly source: string;
  readonly session: string;
  readonly subject: string;
  readonly state: 'requested' | 'open' | 'ended';
  readonly log: number;
  readonly index: number;
  readonly time: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly who: string;
  readonly person: string;
  readonly personName: string;
  readonly identityType: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly environment: string;
  readonly role: string;
  readonly verb: string;
  readonly outcome: string;
  readonly durationMs: number | null;
  readonly approval: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly recordingSha256: string;
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  /** Cursor of the page after; null at the end. */
  readonly next: string | null;
}

/** Sessions of a period, newest first. */
export async function searchSessions(
  ask: Ask,
  period: Period,
  options: { readonly filter: SessionFilter; readonly after: string | null; readonly limit: number },
): Promise<ListPage<SessionRow> & { readonly kinds: readonly string[] }> {
  const cursor = parseCursor(options.after, 3) ?? ['', '', ''];
  const filters = { ...between(period), ...options.filter };
  const [found, totals] = await Promise.all([
    ask<SessionRow>('sessions', {
      ...filters,
      cursorTime: cursorTime(cursor[0]),
      cursorSource: String(cursor[1]),
      cursorSession: String(cursor[2]),
      limit: options.limit + 1,
    }),
    ask<{ total: number; kinds: string[] }>('sessions-total', filters),
  ]);
  const rows = found.slice(0, options.limit);
  const last = rows.at(-1);
  const next =
    found.length > rows.length && last !== undefined
      ? toCursor([last.time, last.source, last.session])
      : null;
  return {
    rows,
    total: totals[0]?.total ?? 0,
    next,
    kinds: (totals[0]?.kinds ?? []).filter((kind) => kind !== '').sort(),
  };
}

export interface ApprovalRow {
  readonly source: string;
  readonly approval: string;
  readonly log: number;
  readonly index: number;
  readonly requestedAt: Instant;
  readonly requester: string;
  readonly requesterWho: string;
  readonly resource: string;
  readonly approvalKind: string;
  readonly rule: string;
  readonly needed: number | null;
  readonly windowMs: number | null;
  readonly reason: string;
  readonly ticket: string;
  readonly session: string;
  readonly decidedAt: Instant | null;
  readonly decisions: readonly string[];
  readonly approvers: readonly string[];
  readonly approverWhos: readonly string[];
  readonly forced: boolean | number;
  readonly signed: boolean | number;
  readonly machines: number;
  readonly sessions: number;
}

/** Approvals asked for in a period, newest first, with their decisions. */
export async function searchApprovals(
  ask: Ask,
  period: Period,
  options: { readonly text: string; readonly after: string | null; readonly limit: number },
): Promise<ListPage<ApprovalRow>> {
  const cursor = parseCursor(options.after, 3) ?? ['', '', ''];
  const filters = { ...between(period), text: options.text };
  const [found, totals] = await Promise.all([
    ask<ApprovalRow>('approvals', {
      ...filters,
      cursorTime: cursorTime(cursor[0]),
      cursorSource: String(cursor[1]),
      cursorApproval: String(cursor[2]),
      limit: options.limit + 1,
    }),
    ask<{ total: number }>('approvals-total', filters),
  ]);
  const rows = found.slice(0, options.limit);
  const last = rows.at(-1);
  const next =
    found.length > rows.length && last !== undefined
      ? toCursor([last.requestedAt, last.source, last.approval])
      : null;
  return { rows, total: totals[0]?.total ?? 0, next };
}

/** A text filter of a query string; throws USAGE when it is too long. */
export function filterText(query: URLSearchParams, name: string): string {
  const text = (query.get(name) ?? '').trim();
  if (text.length > MAX_FILTER_LENGTH) {
    throw new AnnexaError('USAGE', `the filter is longer than ${MAX_FILTER_LENGTH} characters`, {
      where: name,
      hint: 'Shorten it.',
    });
  }
  return text;
}

export function sessionFilter(query: URLSearchParams): SessionFilter {
  return {
    person: filterText(query, 'person'),
    resource: filterText(query, 'resource'),
    kind: filterText(query, 'kind'),
    outcome: filterText(query, 'outcome'),
    text: filterText(query, 'text'),
  };
}

/** Rows asked for, between 1 and the most that a list gives. */
export function pageLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null || text === '') return PAGE_ROWS;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_ROWS) return limit;
  throw new AnnexaError('USAGE', `"${text}" is no number of rows`, {
    where: 'limit',
    hint: `Ask for 1 to ${MAX_PAGE_ROWS}.`,
  });
}

export function between(period: Period): { readonly from: string; readonly to: string } {
  return { from: toSqlTime(period.from), to: toSqlTime(period.to) };
}

function cursorTime(part: string | number | undefined): string {
  const instant = parseInstant(String(part));
  return instant === undefined ? '1970-01-01 00:00:00.000000' : toSqlTime(instant);
}
