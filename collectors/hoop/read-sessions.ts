import { AnnexaError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/time.ts';
import type { HoopClient } from './client.ts';
import { fieldsOf, textOf } from './json.ts';
import { factsOf, type SessionFacts } from './release.ts';
import { instantOf, parseSession } from './rows.ts';

/** A row that could not be taken as it stands. */
export interface RowRefusal {
  readonly code: 'SOURCE_MALFORMED' | 'EVENT_TOO_LARGE';
  readonly reason: string;
  readonly raw: string;
}

export interface ReadSession {
  readonly facts?: SessionFacts;
  readonly refusal?: RowRefusal;
  /** Set when the row has to be read again: the cursor must not pass this instant. */
  readonly holdBack?: Instant;
  /** The gateway did not answer at all. */
  readonly unreachable?: true;
}

const MAX_RAW_CHARACTERS = 65_536;

/**
 * Reads one session in full; without its stream when that is too large. When the full row cannot be had, what the
 * list said about it is taken instead and the row is held back for the next poll: a bad answer costs its own stream,
 * never the session. Throws SOURCE_REFUSED.
 */
export async function readSession(client: HoopClient, id: string, listed: unknown): Promise<ReadSession> {
  const full = await readDetail(client, id, 'event_stream,session_input');
  if ('value' in full) return taken(id, full.value, listed);
  if (full.cause === 'EVENT_TOO_LARGE') {
    const rest = await readDetail(client, id, 'session_input');
    if ('value' in rest) return { refusal: full.refusal, ...taken(id, rest.value, listed) };
    return fromList(listed, full.refusal);
  }
  const start = instantOf(textOf(fieldsOf(listed)['start_date']));
  return {
    ...fromList(listed, full.refusal),
    ...(start === undefined ? {} : { holdBack: start }),
    ...(full.cause === 'SOURCE_UNREACHABLE' ? { unreachable: true as const } : {}),
  };
}

function taken(id: string, value: unknown, listed: unknown): ReadSession {
  const parsed = parseSession(value);
  if (parsed.ok) return { facts: factsOf(parsed.row) };
  return fromList(listed, {
    code: 'SOURCE_MALFORMED',
    reason: `session ${id}: ${parsed.reason}`,
    raw: cut(value),
  });
}

interface Unread {
  readonly cause: 'SOURCE_UNREACHABLE' | 'SOURCE_MALFORMED' | 'EVENT_TOO_LARGE';
  readonly refusal: RowRefusal;
}

async function readDetail(
  client: HoopClient,
  id: string,
  expand: string,
): Promise<{ readonly value: unknown } | Unread> {
  try {
    const answer = await client.get(`/sessions/${encodeURIComponent(id)}?expand=${expand}`);
    if (answer.kind === 'ok') return { value: answer.value };
    const reason = `session ${id}: declined with ${answer.status}`;
    return { cause: 'SOURCE_MALFORMED', refusal: { code: 'SOURCE_MALFORMED', reason, raw: answer.message } };
  } catch (error) {
    if (!(error instanceof AnnexaError)) throw error;
    const { code, message } = error;
    if (code !== 'SOURCE_UNREACHABLE' && code !== 'SOURCE_MALFORMED' && code !== 'EVENT_TOO_LARGE')
      throw error;
    const kept = code === 'EVENT_TOO_LARGE' ? code : 'SOURCE_MALFORMED';
    return { cause: code, refusal: { code: kept, reason: `session ${id}: ${message}`, raw: '' } };
  }
}

function fromList(listed: unknown, refusal: RowRefusal): ReadSession {
  const parsed = listed === undefined ? undefined : parseSession(listed);
  return parsed?.ok === true ? { facts: factsOf(parsed.row), refusal } : { refusal };
}

export function cut(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, MAX_RAW_CHARACTERS);
}
