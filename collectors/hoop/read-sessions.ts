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
}

const MAX_RAW_CHARACTERS = 65_536;

/**
 * Reads one session in full. When the full row cannot be had, what the list said about it is taken instead and the
 * row is held back for the next poll: a bad answer costs its own stream, never the session. Throws SOURCE_REFUSED.
 */
export async function readSession(client: HoopClient, id: string, listed: unknown): Promise<ReadSession> {
  const detail = await readDetail(client, id);
  if ('value' in detail) {
    const parsed = parseSession(detail.value);
    if (parsed.ok) return { facts: factsOf(parsed.row) };
    return fromList(listed, {
      code: 'SOURCE_MALFORMED',
      reason: `session ${id}: ${parsed.reason}`,
      raw: cut(detail.value),
    });
  }
  return { ...fromList(listed, detail), ...holdBackOf(listed, detail) };
}

async function readDetail(client: HoopClient, id: string): Promise<{ readonly value: unknown } | RowRefusal> {
  const path = `/sessions/${encodeURIComponent(id)}`;
  try {
    const answer = await client.get(`${path}?expand=event_stream,session_input`);
    if (answer.kind === 'ok') return { value: answer.value };
    return {
      code: 'SOURCE_MALFORMED',
      reason: `session ${id}: declined with ${answer.status}`,
      raw: answer.message,
    };
  } catch (error) {
    if (!(error instanceof AnnexaError)) throw error;
    if (
      error.code !== 'SOURCE_UNREACHABLE' &&
      error.code !== 'SOURCE_MALFORMED' &&
      error.code !== 'EVENT_TOO_LARGE'
    )
      throw error;
    const code = error.code === 'EVENT_TOO_LARGE' ? 'EVENT_TOO_LARGE' : 'SOURCE_MALFORMED';
    return { code, reason: `session ${id}: ${error.message}`, raw: '' };
  }
}

function fromList(listed: unknown, refusal: RowRefusal): ReadSession {
  const parsed = listed === undefined ? undefined : parseSession(listed);
  return parsed?.ok === true ? { facts: factsOf(parsed.row), refusal } : { refusal };
}

/** A stream that is too large today is so tomorrow. */
function holdBackOf(listed: unknown, refusal: RowRefusal): Pick<ReadSession, 'holdBack'> {
  const start = instantOf(textOf(fieldsOf(listed)['start_date']));
  return start === undefined || refusal.code === 'EVENT_TOO_LARGE' ? {} : { holdBack: start };
}

export function cut(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, MAX_RAW_CHARACTERS);
}
