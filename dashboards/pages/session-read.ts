import { AnnexaError } from '../../domain/errors.ts';
import { toSqlTime, type Instant } from '../../domain/time.ts';
import type { Ask } from '../queries.ts';

/** Statements shown on the page of a session; the search and the packet have all of them. */
const MAX_COMMANDS = 300;
const MAX_OTHERS = 100;

export interface SessionDetail {
  readonly source: string;
  readonly session: string;
  readonly state: 'requested' | 'open' | 'ended';
  readonly log: number;
  readonly index: number;
  readonly requestIndex: number | null;
  readonly startIndex: number | null;
  readonly endIndex: number | null;
  readonly time: Instant;
  readonly requestedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly startedBefore: Instant | null;
  readonly endedAt: Instant | null;
  readonly who: string;
  readonly person: string;
  readonly personName: string;
  readonly groups: readonly string[];
  readonly sourceAddress: string;
  readonly identityType: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly environment: string;
  readonly role: string;
  readonly verb: string;
  readonly credentialMode: string;
  readonly approval: string;
  readonly policy: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  readonly recordingSha256: string;
  readonly recordingBytes: number;
  readonly recordingTruncated: boolean | number;
  readonly versions: number;
}

export interface CommandRow {
  readonly index: number;
  readonly time: Instant;
  readonly kind: string;
  readonly seq: number;
  readonly relaySession: string;
  readonly language: string;
  readonly class: string;
  readonly statement: string;
  readonly statementTruncated: boolean | number;
  readonly statementErased: boolean | number;
  readonly decision: string;
  readonly result: string;
  readonly rows: number | null;
  readonly rule: string;
  readonly direction: string;
  readonly action: string;
}

export interface MaskingRow {
  readonly index: number;
  readonly time: Instant;
  readonly types: readonly string[];
  readonly detected: readonly (number | null)[];
  readonly masked: readonly (number | null)[];
  readonly total: number;
  readonly errors: number;
  readonly rule: string;
}

export interface RequestRow {
  readonly source: string;
  readonly approval: string;
  readonly index: number;
  readonly requestedAt: Instant;
  readonly requester: string;
  readonly requesterWho: string;
  readonly approvalKind: string;
  readonly rule: string;
  readonly needed: number | null;
  readonly windowMs: number | null;
  readonly reason: string;
  readonly ticket: string;
}

export interface DecisionRow {
  readonly approval: string;
  readonly index: number;
  readonly time: Instant;
  readonly group: string;
  readonly decision: string;
  readonly approver: string;
  readonly approverWho: string;
  readonly requesterWho: string;
  readonly forced: boolean | number;
  readonly validFrom: Instant | null;
  readonly validTo: Instant | null;
  readonly reason: string;
  readonly signature: string;
}

export interface OtherRow {
  readonly index: number;
  readonly time: Instant;
  readonly kind: string;
  readonly person: string;
  readonly how: string;
  readonly reason: string;
  readonly byName: string;
  readonly byEmail: string;
}

export interface SessionRecord {
  readonly detail: SessionDetail;
  readonly commands: readonly CommandRow[];
  /** Records of statements, those that a gateway only watched included. */
  readonly commandsTotal: number;
  /** Statements, each once: where a relay reports them, what the gateway watched is not counted again. */
  readonly statementsTotal: number;
  readonly blockedTotal: number;
  readonly masking: readonly MaskingRow[];
  readonly requests: readonly RequestRow[];
  readonly decisions: readonly DecisionRow[];
  readonly others: readonly OtherRow[];
  readonly policy:
    | {
        readonly sha256: string;
        readonly inForceFrom: Instant;
        readonly inForceTo: Instant;
        readonly index: number;
      }
    | undefined;
}

/** Everything that the log tells about a session; throws NOT_FOUND when it tells nothing. */
export async function readSession(ask: Ask, session: string): Promise<SessionRecord> {
  const [detail] = await ask<SessionDetail>('session', { session });
  if (detail === undefined) {
    throw new AnnexaError('NOT_FOUND', 'the log holds no session of this id', {
      where: `session/${session}`,
      hint: 'Search for it by its first characters, and check the period.',
    });
  }
  const list = { session, limit: MAX_OTHERS };
  const [commands, totals, masking, requests, others, policy] = await Promise.all([
    ask<CommandRow>('session-commands', { session, limit: MAX_COMMANDS }),
    ask<{ commands: number; blocked: number; relayed: number; seen: number }>('session-totals', { session }),
    ask<MaskingRow>('session-masking', list),
    ask<RequestRow>('session-approvals', { ...list, approval: detail.approval }),
    ask<OtherRow>('session-others', list),
    detail.startedAt === null
      ? Promise.resolve([])
      : ask<{ sha256: string; inForceFrom: Instant; inForceTo: Instant; index: number }>('policy-at', {
          source: detail.source,
          at: toSqlTime(detail.startedAt),
        }),
  ]);
  const approvals = requests.map((request) => request.approval);
  if (detail.approval !== '' && !approvals.includes(detail.approval)) approvals.push(detail.approval);
  const decisions = await ask<DecisionRow>('session-decisions', { ...list, approvals });
  return {
    detail,
    commands,
    commandsTotal: totals[0]?.commands ?? commands.length,
    statementsTotal: statementsOf(totals[0]) ?? commands.length,
    blockedTotal: totals[0]?.blocked ?? 0,
    masking,
    requests,
    decisions,
    others,
    policy: policy[0],
  };
}

function statementsOf(
  totals: { readonly commands: number; readonly relayed: number; readonly seen: number } | undefined,
): number | undefined {
  if (totals === undefined) return undefined;
  return totals.relayed > 0 ? totals.commands - totals.seen : totals.commands;
}
