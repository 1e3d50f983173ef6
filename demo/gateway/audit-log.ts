import { parseInstant } from '../../domain/time.ts';
import { unprocessable, type Answer } from './answer.ts';
import type { RecordedAudit, Step } from './recording.ts';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

/** `GET /audit/logs`: newest first without a tie-breaker; a page size out of range is refused, a bad date is a 500. */
export function answerAudit(step: Step, query: URLSearchParams): Answer {
  const page = Number(query.get('page') ?? 1);
  const size = Number(query.get('page_size') ?? DEFAULT_SIZE);
  if (!Number.isInteger(page) || page < 1) return unprocessable('page must be at least 1');
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE)
    return unprocessable('page_size must be between 1 and 100');
  const after = query.get('created_after');
  const before = query.get('created_before');
  if ([after, before].some((date) => date !== null && parseInstant(date) === undefined)) {
    return { status: 500, body: { message: 'invalid input syntax for type timestamp with time zone' } };
  }
  const rows = step.audit.rows.filter((row) => isBetween(row, after, before) && hasFields(row, query));
  const sorted = rows.sort((a, b) => instantOf(b).localeCompare(instantOf(a), 'en'));
  return {
    status: 200,
    at: step.audit.at,
    body: { pages: { total: sorted.length, page, size }, data: sorted.slice((page - 1) * size, page * size) },
  };
}

function isBetween(row: RecordedAudit, after: string | null, before: string | null): boolean {
  const at = instantOf(row);
  if (after !== null && at < (parseInstant(after) ?? '')) return false;
  return before === null || at <= (parseInstant(before) ?? '');
}

function hasFields(row: RecordedAudit, query: URLSearchParams): boolean {
  const parts = ['actor_subject', 'actor_email', 'http_path', 'client_ip'];
  const whole = ['resource_type', 'action', 'http_method', 'http_status', 'outcome'];
  const holds = (name: string, test: (value: string, wanted: string) => boolean): boolean => {
    const wanted = query.get(name);
    return wanted === null || test(String(row[name]), wanted);
  };
  return (
    parts.every((name) =>
      holds(name, (value, wanted) => value.toLowerCase().includes(wanted.toLowerCase())),
    ) && whole.every((name) => holds(name, (value, wanted) => value === wanted))
  );
}

function instantOf(row: RecordedAudit): string {
  return parseInstant(row.created_at) ?? '';
}
