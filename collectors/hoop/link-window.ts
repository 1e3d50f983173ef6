import type { Keyring } from '../../domain/ports.ts';
import type { Instant } from '../../domain/time.ts';
import type { GrantedWindow } from '../history.ts';
import type { Claim } from '../claim.ts';
import { windowOf } from './normalise-review.ts';
import type { Person } from './person.ts';
import { groupsOf, type SessionFacts } from './release.ts';

/** A session that was released without a review of its own. */
export interface UnreviewedSession {
  readonly session: string;
  readonly person: Person;
  readonly resource: string;
  readonly startedAt: Instant;
}

/** A window as a session row shows it: granted, even where a later revocation overwrote the grant. */
export function grantedWindows(facts: SessionFacts, keyring: Keyring): readonly GrantedWindow[] {
  const { review } = facts.row;
  const window = review === null || review === undefined ? undefined : windowOf(review);
  if (review === null || review === undefined || window === undefined || facts.requester === undefined)
    return [];
  if (!groupsOf(review).some((group) => ['APPROVED', 'REVOKED'].includes(group.status))) return [];
  const requesterWho = keyring.who(facts.requester, window.validFrom);
  if (requesterWho === undefined) return [];
  const { validFrom, validTo } = window;
  const resource = facts.row.connection;
  return [
    {
      approval: review.id,
      requesterWho,
      resource,
      grantedAt: validFrom,
      validFrom,
      validTo,
      index: Number.MAX_SAFE_INTEGER,
    },
  ];
}

/** A session as it can be linked to a window: a tunnel without a review. hoop opens windows for tunnels only. */
export function unreviewedSession(facts: SessionFacts): UnreviewedSession | undefined {
  const { row, release, requester, start } = facts;
  if (release.kind !== 'released' || requester === undefined || row.verb !== 'connect') return undefined;
  if (row.review !== null && row.review !== undefined) return undefined;
  return { session: row.id, person: requester, resource: row.connection, startedAt: start };
}

/**
 * The approval that admitted a session, which hoop does not record: granted to the same person for the same resource,
 * and open when the session began. Of several the latest granted, then the one first logged; the others are counted.
 */
export function windowLinks(
  sessions: readonly UnreviewedSession[],
  windows: readonly GrantedWindow[],
  keyring: Keyring,
): readonly Claim[] {
  return sessions.flatMap((session) => {
    const matching = windows.filter(
      (window) =>
        window.resource === session.resource &&
        window.validFrom <= session.startedAt &&
        session.startedAt < window.validTo &&
        keyring.who(session.person, window.grantedAt) === window.requesterWho,
    );
    const byApproval = new Map<string, GrantedWindow>();
    for (const window of matching.toSorted(latestFirst)) {
      if (!byApproval.has(window.approval)) byApproval.set(window.approval, window);
    }
    const [best, ...others] = byApproval.values();
    if (best === undefined) return [];
    return [
      {
        kind: 'link.derived' as const,
        key: `${session.session}/approval`,
        subject: `session/${session.session}`,
        time: session.startedAt,
        data: {
          from: `session/${session.session}`,
          to: `approval/${best.approval}`,
          method: 'window',
          confidence: 'high',
          alternatives: others.length,
        },
      },
    ];
  });
}

function latestFirst(a: GrantedWindow, b: GrantedWindow): number {
  if (a.grantedAt !== b.grantedAt) return a.grantedAt > b.grantedAt ? -1 : 1;
  return a.index - b.index || (a.approval < b.approval ? -1 : 1);
}
