import { readFileSync } from 'node:fs';

/**
 * What the controls must find in the recorded run, worked out from what the driver of that run wrote down while it
 * acted. Nothing here was read from the gateway's API or through a collector.
 */
export interface ExpectedFinding {
  readonly test: string;
  /** What the item is about: a session, the approval that the session asked for, or a statement of it. */
  readonly about: 'session' | 'approval' | 'command';
  readonly session: string;
  /** Id of the review, where the driver saw it; empty where it never did. */
  readonly approval: string;
  /** Any of these codes is right; none given: any exception is. */
  readonly codes: readonly string[];
}

export interface ExpectedExclusion {
  readonly test: string;
  readonly session: string;
  readonly reason: string;
}

export interface Expected {
  readonly findings: readonly ExpectedFinding[];
  readonly exclusions: readonly ExpectedExclusion[];
  /** Released sessions that A.5.3-T1, A.5.18-T1, A.5.18-T2, A.8.2-T3 and A.8.3-T1 must leave alone. */
  readonly clean: readonly string[];
  /** All rows of the gateway: requests and sessions. */
  readonly rows: number;
  readonly rowsByUser: Readonly<Record<string, number>>;
  readonly released: readonly string[];
  readonly notReleased: readonly string[];
  /** Released under a review of their own. */
  readonly reviewedAndReleased: readonly string[];
  readonly rejected: readonly string[];
  readonly neverDecided: readonly string[];
  readonly reviews: number;
  readonly granted: number;
  readonly forced: readonly string[];
  /** Forced approvals whose flag the gateway has since lost. */
  readonly forcedThenReset: readonly string[];
  readonly revoked: readonly string[];
  readonly killed: readonly string[];
  readonly statements: {
    readonly sent: number;
    readonly blocked: number;
    readonly byRule: Readonly<Record<string, number>>;
  };
  readonly masked: { readonly total: number; readonly byType: Readonly<Record<string, number>> };
  /** Session that used a window → session that asked for it. */
  readonly windows: Readonly<Record<string, string>>;
  /** Every statement that reached the relay, in order: session, database user, text. */
  readonly relayed: readonly {
    readonly session: string;
    readonly login: string;
    readonly statement: string;
    readonly blocked: boolean;
    readonly rows: number;
  }[];
}

interface ReviewAction {
  readonly by: string;
  readonly status: string;
  readonly forced: boolean;
  readonly http: number;
  readonly result: string | null;
}

interface DrivenSession {
  readonly sid: string | null;
  readonly user: string;
  readonly connection: string;
  readonly approval: string;
  readonly tag: string;
  readonly via: string;
  readonly ran: boolean;
  readonly grant?: string;
  readonly self_approved?: boolean;
  readonly ran_after_revoke?: boolean;
  readonly killed_by?: string;
  readonly refused_by_agent?: boolean;
  readonly review_actions?: readonly ReviewAction[];
  readonly statements: readonly {
    readonly sql: string;
    readonly pg_role: string;
    readonly rows: number;
    readonly expect?: { readonly allowed: boolean; readonly rule?: string };
  }[];
}

interface GroundTruth {
  readonly totals: {
    readonly session_rows: number;
    readonly sessions_per_user: Readonly<Record<string, number>>;
    readonly reviews_created: number;
    readonly reviews_approved: number;
    readonly reviews_provisioned_and_approved_by_a_machine: number;
    readonly statements_sent: number;
    readonly statements_blocked: number;
    readonly statements_blocked_by_rule: Readonly<Record<string, number>>;
    readonly masked_values_by_type: Readonly<Record<string, number>>;
    readonly forced_then_overwritten_by_revoke: readonly string[];
  };
  readonly sessions: readonly DrivenSession[];
}

interface DriverAction {
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly response?: { readonly id?: string };
}

type Session = DrivenSession & { readonly sid: string };

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/gateway/${name}`, import.meta.url), 'utf8');

/** The table that the collectors' and the controls' tests assert against. */
export function expectedFindings(): Expected {
  const truth = JSON.parse(fixture('expected-a.json')) as GroundTruth;
  const reviews = reviewIds();
  const sessions = truth.sessions.filter((session): session is Session => session.sid !== null);
  const ids = (test: (session: Session) => boolean): string[] => sessions.filter(test).map(({ sid }) => sid);
  const find = (
    test: string,
    about: ExpectedFinding['about'],
    codes: readonly string[],
    which: (session: Session) => boolean,
  ) => ids(which).map((session) => ({ test, about, session, approval: reviews.get(session) ?? '', codes }));

  const forced = ids((session) =>
    decided(session, (action) => action.forced && action.status === 'APPROVED'),
  );
  const isForced = (sid: string | undefined): boolean => sid !== undefined && forced.includes(sid);
  const findings = [
    ...find('A.5.3-T1', 'approval', ['self-approval'], (session) => session.self_approved === true),
    ...find('A.5.3-T1', 'approval', ['approver-not-a-person'], (session) => session.via === 'provision'),
    ...find('A.5.18-T1', 'session', ['bypass'], (s) => s.ran && (isForced(s.sid) || isForced(s.grant))),
    ...find(
      'A.5.18-T2',
      'session',
      ['active-after-revocation'],
      (session) => session.ran_after_revoke === true,
    ),
    ...find('A.8.2-T3', 'approval', ['reason-missing'], (session) => isForced(session.sid)),
    // The collector's key is no administrator's: the list of API keys cannot be read.
    ...find('A.5.16-T2', 'session', ['identity-unresolved', 'owner-unknown'], (s) => s.ran && isMachine(s)),
    // The open-source agent does not apply the rule; the statement was handed to it all the same.
    ...find('A.8.3-T1', 'command', [], (session) => session.tag === 'guardrail-stub'),
  ];
  const exclusions = ids((session) => ['gap', 'skip-group'].includes(session.approval)).map((session) => {
    return { test: 'A.5.18-T1', session, reason: 'policy-uncertain' };
  });
  const touched = new Set(
    [...findings, ...exclusions].flatMap(({ test, session }) => (test === 'A.5.16-T2' ? [] : [session])),
  );
  const released = ids((session) => session.ran);
  const { totals } = truth;
  return {
    findings,
    exclusions,
    clean: released.filter((session) => !touched.has(session)),
    rows: totals.session_rows,
    rowsByUser: totals.sessions_per_user,
    released,
    notReleased: ids((session) => !session.ran),
    reviewedAndReleased: ids(
      (session) => session.ran && ['demanded', 'provisioned'].includes(session.approval),
    ),
    rejected: ids((session) => decided(session, (action) => action.result === 'REJECTED')),
    neverDecided: ids(
      (s) =>
        s.approval === 'demanded' && !decided(s, ({ result }) => result !== null && result !== 'PENDING'),
    ),
    reviews: totals.reviews_created + totals.reviews_provisioned_and_approved_by_a_machine,
    granted: totals.reviews_approved + totals.reviews_provisioned_and_approved_by_a_machine,
    forced,
    forcedThenReset: totals.forced_then_overwritten_by_revoke,
    revoked: ids((session) => decided(session, (action) => action.result === 'REVOKED')),
    killed: ids((session) => session.killed_by !== undefined),
    statements: {
      sent: totals.statements_sent,
      blocked: totals.statements_blocked,
      byRule: totals.statements_blocked_by_rule,
    },
    masked: {
      total: Object.values(totals.masked_values_by_type).reduce((sum, count) => sum + count, 0),
      byType: totals.masked_values_by_type,
    },
    windows: Object.fromEntries(
      sessions.flatMap(({ sid, grant }) => (grant === undefined ? [] : [[sid, grant]])),
    ),
    relayed: sessions.filter((session) => session.refused_by_agent !== true).flatMap(toRelayed),
  };
}

function toRelayed(session: Session): Expected['relayed'] {
  return session.statements.map(({ sql, pg_role: login, expect, rows }) => {
    return { session: session.sid, login, statement: sql, blocked: expect?.allowed === false, rows };
  });
}

/** Session → id of its review, as the answers to the reviewers' own calls named it. */
function reviewIds(): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const line of fixture('driver-actions.jsonl').split('\n')) {
    if (line === '') continue;
    const { method, path, status, response } = JSON.parse(line) as DriverAction;
    const [, session] = /^\/api\/sessions\/([0-9a-f-]{36})\/review$/.exec(path ?? '') ?? [];
    if (method === 'PUT' && status === 200 && session !== undefined && response?.id !== undefined)
      ids.set(session, response.id);
  }
  return ids;
}

function decided(session: DrivenSession, test: (action: ReviewAction) => boolean): boolean {
  return (session.review_actions ?? []).some((action) => action.http === 200 && test(action));
}

function isMachine(session: DrivenSession): boolean {
  return !session.user.includes('@');
}
