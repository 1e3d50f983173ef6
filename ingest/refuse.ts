import type { Event, Refusal } from '../domain/event.ts';
import type { Keyring, SourcedRefusal } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import { INGEST_LIMIT } from './limits.ts';

/** Source of the entries that record a refusal: annexa says so, not the one who sent the bad line. */
export const REFUSAL_SOURCE = 'annexa/ingest';

export interface RefusalRecord {
  readonly event: Event;
  /** What makes two refusals the same one: the input, not the line number or the moment. */
  readonly sameness: string;
}

/**
 * The `event.refused` event of a refusal. Its id follows from source, code, offset and the input (as an HMAC: the
 * input may hold what people typed), so that a line which is sent again and again is kept once.
 */
export function recordRefusal(keyring: Keyring, refusal: SourcedRefusal, now: Instant): RefusalRecord {
  const source = toClaim(refusal.source);
  const raw = refusal.raw === undefined ? undefined : cut(refusal.raw);
  const place = refusal.offset ?? (raw === undefined ? `line ${refusal.line ?? 0}` : '');
  const sameness = ['event.refused', source, refusal.code, place, raw ?? refusal.reason].join('\0');
  return {
    sameness,
    event: {
      source: REFUSAL_SOURCE,
      id: `refused-${keyring.mac(sameness).slice(0, 32)}`,
      kind: 'event.refused',
      time: now,
      subject: `source/${source}`,
      data: {
        source,
        line: refusal.line,
        offset: refusal.offset,
        code: refusal.code,
        reason: cut(refusal.reason),
        raw,
      },
    },
  };
}

/** The input of an event that was read but not taken. */
function toRaw(event: Event): string {
  const { source, id, kind, time, subject, data } = event;
  try {
    return JSON.stringify({ source, id, type: kind, time, subject, data });
  } catch {
    return '';
  }
}

/** A refusal of this event, with its source as far as that can be told. */
export function refuseEvent(event: Event, refusal: Refusal, line: number | undefined): SourcedRefusal {
  const at = refusal.line ?? line;
  return { raw: toRaw(event), ...refusal, source: event.source, ...(at === undefined ? {} : { line: at }) };
}

/** A source name as the sender claims it, fit to stand in clear text. */
function toClaim(source: unknown): string {
  const text = typeof source === 'string' ? source.slice(0, INGEST_LIMIT.nameLength - 16).toWellFormed() : '';
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const plain = text.replaceAll(/[\u0000-\u001f\u007f]/g, '');
  return plain === '' ? 'unknown' : plain;
}

function cut(text: string): string {
  return text.slice(0, INGEST_LIMIT.rawLength).toWellFormed();
}
