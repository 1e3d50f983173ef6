import type { Claim } from '../claim.ts';
import { commandClaims } from './normalise-command.ts';
import { maskingClaims } from './normalise-masking.ts';
import type { Person } from './person.ts';
import { reviewState, type SessionFacts } from './release.ts';
import { toAsciicast, toTimeline, type Recording } from './recording.ts';
import { closingText, lastOffset } from './stream.ts';
import { readPostgres, type PostgresTraffic } from './wire.ts';
import { addMillis, toMillis, type Instant } from '../../domain/time.ts';

export interface SessionContext {
  readonly now: Instant;
  /** What a list of the gateway proves an identity to be; undefined when it is on none. */
  readonly typeOf: (identity: Person) => 'human' | 'machine' | undefined;
  /** A keyed value that keeps the digest of a recording from giving its content away. */
  readonly nonceOf: (session: string) => string;
}

/** A session without an end is taken for abandoned after this time. hoop leaves rows open when an agent is lost. */
const ABANDONED_AFTER_MS = 48 * 60 * 60 * 1000;
const TERMINAL_TYPES = new Set(['command-line', 'custom', 'ssh']);
const MAX_NOTE_CHARACTERS = 4_096;
const MAX_NAME_CHARACTERS = 512;
const KILLED = 'session killed by the user';
const DISCONNECTED = 'context canceled';
const INTERNAL_EXIT = 254;

/** Everything that a session row says about the session itself, its commands and its masking. */
export function sessionClaims(facts: SessionFacts, context: SessionContext): readonly Claim[] {
  const { row, release } = facts;
  const traffic = row.verb === 'connect' ? readPostgres(facts.stream.events) : undefined;
  const claims: Claim[] = [];
  const isRequest = release.kind === 'request' || (row.review !== null && row.review !== undefined);
  if (isRequest) claims.push(requestedClaim(facts));
  if (release.kind === 'released') {
    claims.push(
      startedClaim(facts, {
        context,
        traffic,
        startedAt: release.startedAt,
        startedBefore: release.startedBefore,
      }),
    );
    claims.push(...commandClaims(facts, traffic));
  }
  const ended = endedClaim(facts, { context, traffic });
  if (ended !== undefined) claims.push(ended);
  claims.push(...maskingClaims(facts));
  return claims;
}

function base(facts: SessionFacts): { readonly key: string; readonly subject: string } {
  return { key: facts.row.id, subject: `session/${facts.row.id}` };
}

function requestedClaim(facts: SessionFacts): Claim {
  const { row, start } = facts;
  return {
    kind: 'session.requested',
    ...base(facts),
    time: start,
    data: {
      session: row.id,
      person: facts.requester,
      resource: row.connection,
      resourceType: resourceTypeOf(facts),
      verb: given(row.verb),
      approval: row.review?.id,
      state: row.review === null || row.review === undefined ? 'credential' : reviewState(row.review),
      ...wordsOf(facts),
    },
  };
}

interface Started {
  readonly context: SessionContext;
  readonly traffic: PostgresTraffic | undefined;
  readonly startedAt: Instant;
  readonly startedBefore: Instant | undefined;
}

function startedClaim(facts: SessionFacts, started: Started): Claim {
  const { row } = facts;
  const person = facts.requester;
  const tags = textRecord(row.connection_tags);
  return {
    kind: 'session.started',
    ...base(facts),
    time: started.startedAt,
    data: {
      session: row.id,
      startedBefore: started.startedBefore,
      person,
      identityType: typeOf(facts, person, started.context),
      resource: row.connection,
      resourceType: resourceTypeOf(facts),
      environment: tags?.['environment'],
      tags,
      verb: given(row.verb),
      credentialMode: credentialModeOf(facts),
      login: given(started.traffic?.login?.slice(0, MAX_NAME_CHARACTERS)),
      approval: row.review?.id,
      ...wordsOf(facts),
    },
  };
}

function typeOf(
  facts: SessionFacts,
  person: Person | undefined,
  context: SessionContext,
): string | undefined {
  if (facts.row.identity_type === 'machine') return 'machine';
  return person === undefined ? undefined : context.typeOf(person);
}

interface Ending {
  readonly context: SessionContext;
  readonly traffic: PostgresTraffic | undefined;
}

function endedClaim(facts: SessionFacts, { context, traffic }: Ending): Claim | undefined {
  const { row, end, start, release, stream } = facts;
  if (release.kind === 'request') {
    if (release.rejectedAt === undefined) return undefined;
    const data = { session: row.id, outcome: 'rejected' };
    return { kind: 'session.ended', ...base(facts), time: release.rejectedAt, data };
  }
  if (end === undefined) {
    if (toMillis(context.now) - toMillis(start) < ABANDONED_AFTER_MS) return undefined;
    const data = { session: row.id, outcome: 'abandoned' };
    return { kind: 'session.ended', ...base(facts), time: addMillis(start, ABANDONED_AFTER_MS), data };
  }
  const recording = recordingOf(facts, { context, traffic });
  const isReviewed = release.startedBefore !== undefined;
  return {
    kind: 'session.ended',
    ...base(facts),
    time: end,
    data: {
      session: row.id,
      outcome: outcomeOf(facts),
      exitCode: row.exit_code ?? undefined,
      durationMs: isReviewed ? lastOffset(stream) * 1000 : Math.max(0, toMillis(end) - toMillis(start)),
      recording:
        recording === undefined
          ? undefined
          : {
              sha256: recording.artefact.sha256,
              bytes: recording.artefact.bytes.length,
              truncated: recording.truncated || row.metrics?.truncated === true,
            },
      note: given(closingText(stream).slice(0, MAX_NOTE_CHARACTERS)),
    },
    ...(recording === undefined ? {} : { artefacts: [recording.artefact] }),
  };
}

function recordingOf(facts: SessionFacts, { context, traffic }: Ending): Recording | undefined {
  const { row, stream, start } = facts;
  if (stream.events.length === 0) return undefined;
  const options = { session: row.id, startedAt: start, nonce: context.nonceOf(row.id) };
  if (row.verb === 'exec' || isTerminal(facts)) return toAsciicast(stream, options);
  return traffic === undefined ? undefined : toTimeline(traffic.statements, options);
}

/** 254 stands for anything that was not the command's own exit: only the closing text says what. */
function outcomeOf(facts: SessionFacts): string | undefined {
  const { row, stream } = facts;
  const text = closingText(stream);
  if (text.includes(KILLED)) return 'killed';
  if ((row.guardrails_info?.length ?? 0) > 0 || row.ai_analysis?.action === 'block_execution')
    return 'blocked';
  if (row.exit_code === 0) return 'ok';
  if (row.exit_code === INTERNAL_EXIT && text.trim() === DISCONNECTED) return 'ok';
  return row.exit_code === null || row.exit_code === undefined ? undefined : 'failed';
}

function resourceTypeOf({ row }: SessionFacts): string | undefined {
  return given(row.connection_subtype) ?? given(row.type);
}

function isTerminal({ row }: SessionFacts): boolean {
  return TERMINAL_TYPES.has(given(row.connection_subtype) ?? row.type ?? '');
}

/** The gateway holds the target's credential, except where it only forwards bytes. */
function credentialModeOf(facts: SessionFacts): string | undefined {
  if (facts.row.metadata?.['credential_session'] !== undefined) return 'short-lived';
  return ['tcp', 'httpproxy'].includes(resourceTypeOf(facts) ?? '') ? undefined : 'brokered';
}

/** hoop asks for no justification: what people give stands in metadata, and a ticket in its Jira integration. */
function wordsOf({ row }: SessionFacts): {
  readonly purpose: string | undefined;
  readonly ticket: string | undefined;
} {
  return {
    purpose: text(row.metadata?.['reason']) ?? text(row.metadata?.['purpose']),
    ticket: text(row.integrations_metadata?.['jira_issue_key']) ?? text(row.metadata?.['ticket']),
  };
}

function textRecord(
  record: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, string> | undefined {
  const entries = Object.entries(record ?? {}).map(([name, value]) => [name, String(value)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? given(value) : undefined;
}

function given(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === '' ? undefined : value;
}
