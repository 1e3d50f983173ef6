import type { Keyring } from '../../domain/ports.ts';
import { addMillis, type Instant } from '../../domain/time.ts';
import type { StoredState } from '../history.ts';
import type { Claim, Versions } from '../claim.ts';
import { textOf } from './json.ts';
import { toIdentity } from './person.ts';
import { groupsOf, type SessionFacts } from './release.ts';
import { instantOf, requiredInstant, type ReviewGroupRow, type ReviewRow } from './rows.ts';

const DECISIONS: Readonly<Record<string, string>> = {
  APPROVED: 'granted',
  REJECTED: 'rejected',
  REVOKED: 'revoked',
};
const NANOS_PER_MILLI = 1_000_000;

/** The time during which an approval admits sessions; undefined until it is granted, and for a single command. */
export interface ReviewWindow {
  readonly validFrom: Instant;
  readonly validTo: Instant;
}

/**
 * Everything that a session row says about its review: what was asked for, one decision for each reviewer group that
 * decided, forced decisions, and the end of the approval.
 */
export function reviewClaims(facts: SessionFacts, now: Instant): readonly Claim[] {
  const { review } = facts.row;
  if (review === null || review === undefined) return [];
  const groups = groupsOf(review);
  const decided = groups.filter((group) => DECISIONS[group.status] !== undefined);
  return [
    requestedClaim(facts, review),
    ...decided.map((group) => decidedClaim(facts, review, group)),
    ...decided
      .filter((group) => group.forced_review === true)
      .map((group) => bypassClaim(facts, review, group)),
    ...endedClaims(facts, review, now),
  ];
}

/** `revoke_at` is written at the approval and not touched by a revocation: the window is what was granted. */
export function windowOf(review: ReviewRow): ReviewWindow | undefined {
  const validTo = instantOf(review.revoke_at);
  if (review.type !== 'jit' || validTo === undefined) return undefined;
  return { validFrom: addMillis(validTo, -(review.access_duration ?? 0) / NANOS_PER_MILLI), validTo };
}

/**
 * Where a row contradicts what the log already holds of a decision: another approver or none, a forced flag that is
 * gone, another verdict at the same time or one that cannot follow. hoop overwrites all of these in place.
 * Revoking or rejecting what was granted is no contradiction; that the approver of the grant cannot be read any more
 * is one. Give the claims of the row and the versions as they were before it.
 */
export function rewriteClaims(
  facts: SessionFacts,
  claims: readonly Claim[],
  { versions, keyring, source, now }: { versions: Versions; keyring: Keyring; source: string; now: Instant },
): readonly Claim[] {
  const { review } = facts.row;
  if (review === null || review === undefined) return [];
  const subject = `approval/${review.id}`;
  return groupsOf(review).flatMap((group) => {
    const key = `${review.id}/${group.id}`;
    const before = versions.stored('approval.decided', key);
    if (before === undefined) return [];
    const claim = claims.find((entry) => entry.kind === 'approval.decided' && entry.key === key);
    return contradictions(before, claim, keyring).map(({ field, from, to }) => ({
      kind: 'source.rewrote' as const,
      key: `${key}/${field}`,
      subject,
      time: now,
      timeIsDerived: true as const,
      data: {
        source,
        about: subject,
        field,
        from: keyring.mac(`${key}\n${field}\n${from}`),
        to: keyring.mac(`${key}\n${field}\n${to}`),
      },
    }));
  });
}

interface Contradiction {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

function contradictions(
  before: StoredState,
  claim: Claim | undefined,
  keyring: Keyring,
): readonly Contradiction[] {
  const was = before.data;
  const verdict = textOf(was['decision']) ?? 'none';
  if (claim === undefined) return [{ field: 'decision', from: verdict, to: 'none' }];
  const found: Contradiction[] = [];
  const isLater = claim.time > before.time;
  const now = textOf(claim.data['decision']) ?? 'none';
  const follows = isLater && verdict === 'granted';
  if (now !== verdict && !follows) found.push({ field: 'decision', from: verdict, to: now });
  if (claim.time < before.time) found.push({ field: 'time', from: before.time, to: claim.time });
  if (was['forced'] === true && claim.data['forced'] !== true)
    found.push({ field: 'forced', from: 'true', to: 'false' });
  const approver = whoOf(was['approver'], before.time, keyring) ?? textOf(was['approverWho']);
  const approverNow = whoOf(claim.data['approver'], before.time, keyring);
  if (approver !== undefined && approver !== approverNow) {
    found.push({ field: 'approver', from: approver, to: approverNow ?? 'none' });
  }
  return found;
}

function whoOf(identity: unknown, time: Instant, keyring: Keyring): string | undefined {
  return typeof identity === 'object' && identity !== null ? keyring.who(identity, time) : undefined;
}

function requestedClaim(facts: SessionFacts, review: ReviewRow): Claim {
  const { row } = facts;
  const reason = row.metadata?.['reason'];
  const ticket = row.integrations_metadata?.['jira_issue_key'];
  return {
    kind: 'approval.requested',
    key: review.id,
    subject: `approval/${review.id}`,
    time: requiredInstant(review.created_at),
    data: {
      approval: review.id,
      session: row.id,
      person: facts.requester,
      resource: row.connection,
      kind: review.type === 'jit' ? 'window' : 'one-time',
      reason: typeof reason === 'string' && reason !== '' ? reason : undefined,
      ticket: typeof ticket === 'string' && ticket !== '' ? ticket : undefined,
      rule: review.access_request_rule_name ?? undefined,
      needed: review.min_approvals ?? undefined,
      windowMs: review.type === 'jit' ? (review.access_duration ?? 0) / NANOS_PER_MILLI : undefined,
      reviewers: [...new Set(groupsOf(review).map((group) => group.group))],
    },
  };
}

function decidedClaim(facts: SessionFacts, review: ReviewRow, group: ReviewGroupRow): Claim {
  const time = decidedAt(review, group);
  const decision = DECISIONS[group.status];
  const window = windowOf(review);
  const isGrant = decision === 'granted';
  return {
    kind: 'approval.decided',
    key: `${review.id}/${group.id}`,
    subject: `approval/${review.id}`,
    time,
    data: {
      approval: review.id,
      session: facts.row.id,
      approver: toIdentity(group.reviewed_by ?? {}),
      requester: facts.requester,
      resource: facts.row.connection,
      group: group.group,
      decision,
      forced: group.forced_review === true,
      reason: decision === 'rejected' ? (review.rejection_reason ?? undefined) : undefined,
      validFrom: isGrant ? (review.type === 'jit' ? window?.validFrom : time) : undefined,
      validTo: isGrant ? window?.validTo : undefined,
    },
  };
}

/** hoop asks no reason for a forced approval, so that there is none to record. The one who forced it is its actor. */
function bypassClaim(facts: SessionFacts, review: ReviewRow, group: ReviewGroupRow): Claim {
  return {
    kind: 'bypass.used',
    key: `${review.id}/${group.id}`,
    subject: `approval/${review.id}`,
    time: decidedAt(review, group),
    data: {
      session: facts.row.id,
      approval: review.id,
      person: toIdentity(group.reviewed_by ?? {}),
      resource: facts.row.connection,
      how: 'forced-approval',
    },
  };
}

function endedClaims(facts: SessionFacts, review: ReviewRow, now: Instant): readonly Claim[] {
  const ended = endOf(facts, review, now);
  if (ended === undefined) return [];
  const data = { approval: review.id, how: ended.how };
  return [
    { kind: 'approval.ended', key: review.id, subject: `approval/${review.id}`, time: ended.time, data },
  ];
}

function endOf(
  facts: SessionFacts,
  review: ReviewRow,
  now: Instant,
): { how: string; time: Instant } | undefined {
  const groups = groupsOf(review);
  const revoked = groups.find((group) => group.status === 'REVOKED');
  if (revoked !== undefined) return { how: 'revoked', time: decidedAt(review, revoked) };
  const rejected = groups.find((group) => group.status === 'REJECTED');
  if (rejected !== undefined) {
    // The owner of a request may reject it; that takes it back.
    const isOwner = rejected.reviewed_by?.id === facts.row.user_id;
    return isOwner ? { how: 'cancelled', time: decidedAt(review, rejected) } : undefined;
  }
  const window = windowOf(review);
  if (window !== undefined)
    return window.validTo <= now ? { how: 'expired', time: window.validTo } : undefined;
  const isUsed = facts.release.kind === 'released' && review.status === 'EXECUTED';
  return isUsed && facts.release.kind === 'released'
    ? { how: 'used', time: facts.release.startedAt }
    : undefined;
}

function decidedAt(review: ReviewRow, group: ReviewGroupRow): Instant {
  return instantOf(group.review_date) ?? requiredInstant(review.created_at);
}
