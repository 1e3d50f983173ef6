import type { Instant } from '../../domain/time.ts';
import { unprocessable, type Answer } from './answer.ts';
import type { RecordedRow, Step } from './recording.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAX_OFFSET = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

interface Listing {
  readonly now: Instant;
  /** Newest rows that have not arrived yet. */
  readonly hidden: number;
}

/**
 * `GET /sessions`: rows by created_at then id, newest first. `start_date` and `end_date` are inclusive whole seconds,
 * read without their offset; an end counts only beside a start and defaults to the current second.
 */
export function answerList(step: Step, query: URLSearchParams, listing: Listing): Answer {
  const limit = readNumber(query.get('limit'), DEFAULT_LIMIT);
  const offset = readNumber(query.get('offset'), 0);
  if (limit === undefined || limit < 1) return unprocessable('limit must be a positive number');
  if (offset === undefined || offset < 0 || offset > MAX_OFFSET)
    return unprocessable('offset must be between 0 and 10000');
  const count = query.get('count') ?? 'capped';
  if (!['capped', 'exact', 'none'].includes(count))
    return unprocessable('count must be capped, exact or none');
  for (const name of ['start_date', 'end_date']) {
    const date = query.get(name);
    if (date !== null && !DATE.test(date)) return unprocessable(`${name} is not RFC 3339`);
  }
  const all = [...step.listed.rows]
    .sort(newestFirst)
    .slice(listing.hidden)
    .filter((row) => matches(row, query, listing.now));
  const size = Math.min(limit, MAX_LIMIT);
  return {
    status: 200,
    at: step.listed.at,
    body: {
      data: all.slice(offset, offset + size),
      total: count === 'none' ? null : all.length,
      total_is_capped: false,
      has_next_page: all.length > offset + size,
    },
  };
}

/** `GET /sessions/{id}`: without `expand` the input but no stream; with it, only what it names. */
export function answerSession(
  step: Step,
  id: string,
  options: { readonly expand: string | null; readonly reorder: boolean },
): Answer {
  if (!UUID.test(id)) return { status: 500, body: { message: 'invalid input syntax for type uuid' } };
  const found = step.byId.get(id);
  if (found === undefined) return { status: 404, body: { message: 'session not found' } };
  const parts = options.expand?.split(',') ?? ['session_input'];
  const { event_stream: stream, ...rest } = found.row;
  const row: Record<string, unknown> = { ...rest };
  if (!parts.includes('session_input')) row['script'] = { data: '' };
  if (parts.includes('event_stream') && stream !== undefined) row['event_stream'] = stream;
  if (options.reorder) row['review'] = withReversedGroups(row['review']);
  return { status: 200, at: found.at, body: row };
}

function matches(row: RecordedRow, query: URLSearchParams, now: Instant): boolean {
  const review = row['review'] as { status?: unknown } | null | undefined;
  const like = [
    [query.get('user'), row['user_id']],
    [query.get('connection'), row['connection']],
    [query.get('type'), row['type']],
  ] as const;
  if (like.some(([pattern, value]) => pattern !== null && !isLike(String(value), pattern))) return false;
  const exact = [
    [query.get('review.status'), review?.status],
    [query.get('batch_id'), row['session_batch_id']],
    [query.get('correlation_id'), row['correlation_id']],
  ] as const;
  if (exact.some(([wanted, value]) => wanted !== null && wanted !== value)) return false;
  const start = query.get('start_date');
  if (start === null) return true;
  const created = row.start_date.replace('Z', '');
  const to = (query.get('end_date') ?? now).slice(0, 19);
  return created >= start.slice(0, 19) && created <= to;
}

function isLike(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

/** Trailing zeros of a fraction are trimmed by the gateway, so that the plain text does not sort. */
function newestFirst(a: RecordedRow, b: RecordedRow): number {
  const order = sortable(b.start_date).localeCompare(sortable(a.start_date), 'en');
  return order === 0 ? b.id.localeCompare(a.id, 'en') : order;
}

function sortable(date: string): string {
  const [second = '', fraction = ''] = date.replace('Z', '').split('.');
  return `${second}.${fraction.padEnd(6, '0')}`;
}

function readNumber(text: string | null, fallback: number): number | undefined {
  if (text === null) return fallback;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function withReversedGroups(review: unknown): unknown {
  if (review === null || typeof review !== 'object') return review;
  const { review_groups_data: groups } = review as { review_groups_data?: unknown };
  return Array.isArray(groups) ? { ...review, review_groups_data: [...groups].reverse() } : review;
}
