import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import { parseInstant, type Instant } from '../../domain/time.ts';
import { fieldsOf, listOf, textOf } from './json.ts';

/**
 * Which listed rows need not be read again: final ones that two readings in a row found unchanged. It spares the
 * gateway most of the overlap; it lives in the process, and losing it costs requests only.
 */
export interface RowMemory {
  isSettled(row: unknown, now: Instant): boolean;
  /** Remembers a row that was read in full. */
  remember(row: unknown): void;
}

const MAX_ROWS = 200_000;
const FINAL_REVIEWS = new Set(['EXECUTED', 'REJECTED', 'REVOKED']);

export function createRowMemory(): RowMemory {
  const rows = new Map<string, { readonly text: string; readonly readings: number }>();
  return {
    isSettled(row, now) {
      const id = textOf(fieldsOf(row)['id']);
      const known = id === undefined ? undefined : rows.get(id);
      return known !== undefined && known.readings >= 2 && isFinal(row, now) && known.text === toText(row);
    },
    remember(row) {
      const id = textOf(fieldsOf(row)['id']);
      if (id === undefined) return;
      const text = toText(row);
      const known = rows.get(id);
      rows.delete(id);
      rows.set(id, { text, readings: known?.text === text ? known.readings + 1 : 1 });
      const [oldest] = rows.keys();
      if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest);
    },
  };
}

function isFinal(row: unknown, now: Instant): boolean {
  const { status, review } = fieldsOf(row);
  if (status !== 'done') return false;
  if (review === null || review === undefined) return true;
  const { status: reviewStatus, type, revoke_at: revokeAt } = fieldsOf(review);
  if (FINAL_REVIEWS.has(String(reviewStatus))) return true;
  const until = typeof revokeAt === 'string' ? parseInstant(revokeAt) : undefined;
  return type === 'jit' && until !== undefined && until < now;
}

/** Rows come from JSON. The order of review groups changes from one reading to the next. */
function toText(row: unknown): string {
  const fields = fieldsOf(row);
  const review = fieldsOf(fields['review']);
  const groups = listOf(review['review_groups_data']).map((group) => toCanonicalJson(group as Json));
  return toCanonicalJson({ ...fields, review: { ...review, review_groups_data: groups.toSorted() } });
}
