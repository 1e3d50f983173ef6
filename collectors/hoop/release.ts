import { instantOf, requiredInstant, type ReviewGroupRow, type ReviewRow, type SessionRow } from './rows.ts';
import { decodeStream, lastOffset, timelineOf, type Stream } from './stream.ts';
import { toIdentity, type Person } from './person.ts';
import type { Instant } from '../../domain/time.ts';

/** What a session row amounts to: something asked for, or something that reached a target. */
type Release =
  | { readonly kind: 'request'; readonly rejectedAt?: Instant }
  | { readonly kind: 'released'; readonly startedAt: Instant; readonly startedBefore?: Instant };

/** A row with what was worked out of it once. */
export interface SessionFacts {
  readonly row: SessionRow;
  readonly stream: Stream;
  readonly start: Instant;
  readonly end: Instant | undefined;
  readonly at: (offset: number) => Instant;
  readonly release: Release;
  /** Undefined for a machine identity that the gateway does not name. */
  readonly requester: Person | undefined;
}

export function factsOf(row: SessionRow): SessionFacts {
  const stream = decodeStream(row.event_stream);
  const start = requiredInstant(row.start_date);
  const end = instantOf(row.end_date);
  const at = timelineOf(stream, { start, end });
  const requester = toIdentity({ id: row.user_id ?? row.user, email: row.user, name: row.user_name });
  const facts = { row, stream, start, end, at, requester };
  return { ...facts, release: releaseOf(facts) };
}

/** Entries in an order of their own: the gateway lists them in any. */
export function groupsOf(review: ReviewRow): readonly ReviewGroupRow[] {
  return (review.review_groups_data ?? []).toSorted(
    (a, b) => compare(a.group, b.group) || compare(a.id, b.id),
  );
}

/** The status of a review as its entries tell it: hoop shows a rejected review that somebody tried to run as EXECUTED. */
export function reviewState(review: ReviewRow): string {
  return groupsOf(review).some((group) => group.status === 'REJECTED')
    ? 'rejected'
    : review.status.toLowerCase();
}

/**
 * A row is a request until traffic or the gateway's own state shows that it was released:
 * without a review at once, except for the book-keeping row of a native credential; with one when its stream holds
 * input, or when it runs or ran, its entries hold the approvals it needs and none rejects it.
 */
function releaseOf(facts: Omit<SessionFacts, 'release'>): Release {
  const { row, stream, start, end, at } = facts;
  const firstInput = stream.events.find((event) => event.type === 'i');
  const { review } = row;
  if (review === null || review === undefined) {
    const isCredential = row.metadata?.['credentials_expire_at'] !== undefined;
    return isCredential && stream.events.length === 0
      ? { kind: 'request' }
      : { kind: 'released', startedAt: start };
  }
  const groups = groupsOf(review);
  const rejection = groups.find((group) => group.status === 'REJECTED');
  const isJit = review.type === 'jit';
  if (firstInput !== undefined && (isJit || rejection === undefined)) {
    const started = end === undefined ? undefined : at(isJit ? firstInput.offset : 0);
    return released(started, review, start);
  }
  if (rejection !== undefined)
    return { kind: 'request', rejectedAt: instantOf(rejection.review_date) ?? end ?? start };
  const runs = ['PROCESSING', 'EXECUTED'].includes(review.status);
  if (isJit || !runs || !holdsApprovals(review, groups)) return { kind: 'request' };
  // The recording of a command begins when it is released, so that its first instant is the start at the latest.
  return released(end === undefined || lastOffset(stream) === 0 ? end : at(0), review, start);
}

/** hoop records no start of a reviewed command. While its end is unknown, all that is sure is the approval before it. */
function released(startedBefore: Instant | undefined, review: ReviewRow, start: Instant): Release {
  if (startedBefore !== undefined) return { kind: 'released', startedAt: startedBefore, startedBefore };
  const decided = groupsOf(review).flatMap((group) => instantOf(group.review_date) ?? []);
  return { kind: 'released', startedAt: decided.toSorted().at(-1) ?? start };
}

function holdsApprovals(review: ReviewRow, groups: readonly ReviewGroupRow[]): boolean {
  const approved = groups.filter((group) => group.status === 'APPROVED');
  if (approved.some((group) => group.forced_review === true)) return true;
  return approved.length > 0 && approved.length >= (review.min_approvals ?? Math.min(1, groups.length));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
