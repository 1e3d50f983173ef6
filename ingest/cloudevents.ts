import type { Json } from '../domain/canonical.ts';
import type { Event, EventData, Refusal } from '../domain/event.ts';
import { isKind, type Kind } from '../domain/kinds/index.ts';
import type { SourcedRefusal } from '../domain/ports.ts';
import { parseInstant } from '../domain/time.ts';
import { INGEST_LIMIT } from './limits.ts';
import { REFUSAL_SOURCE } from './refuse.ts';
import { invalid, isFiner, isRefusal, withExtra } from './validate.ts';
import { isObject } from './values.ts';

/** What became of an input, ready for the appender: the line of each event, and what could not be read at all. */
export interface ParsedInput {
  readonly events: Event[];
  readonly lines: number[];
  readonly refusals: SourcedRefusal[];
}

/** Kinds that only annexa itself writes: whoever could send them could grant roles or vouch for packets. */
const OWN_KINDS = ['ledger.', 'packet.', 'token.', 'key.', 'event.', 'evidence.'] as const;

const ENVELOPE: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'datacontenttype',
  'data',
]);

/** Bodies of `application/x-ndjson`: one CloudEvent a line. A bad line costs that line only. `from` is the first line's number. */
export function parseLines(body: Uint8Array, sender: string, from = 1): ParsedInput {
  const parsed: ParsedInput = { events: [], lines: [], refusals: [] };
  const text = decode(body);
  const lines = text === undefined ? splitBytes(body) : text.split('\n');
  for (const [position, given] of lines.entries()) {
    const line = from + position;
    const decoded = typeof given === 'string' ? given : decode(given);
    if (decoded?.trim() === '') continue;
    if (decoded === undefined) {
      const raw = typeof given === 'string' ? given : Buffer.from(given).toString('utf8');
      parsed.refusals.push({ ...malformed('the line is not valid UTF-8'), source: sender, line, raw });
    } else {
      take(parsed, { value: parseJson(decoded), raw: () => decoded, sender, line });
    }
  }
  return parsed;
}

/** A body of `application/cloudevents+json` or `application/cloudevents-batch+json`; undefined when it is no such JSON. */
export function parseBody(body: Uint8Array, sender: string, batch: boolean): ParsedInput | undefined {
  const text = decode(body);
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined || Array.isArray(value) !== batch) return undefined;
  const parsed: ParsedInput = { events: [], lines: [], refusals: [] };
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [position, item] of items.entries()) {
    take(parsed, { value: item, raw: () => JSON.stringify(item), sender, line: position + 1 });
  }
  return parsed;
}

/** Binary mode (CloudEvents HTTP binding, section 3.1): attributes in `ce-` headers, the data as body. */
export function parseBinary(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: Uint8Array,
  sender: string,
): ParsedInput | undefined {
  const text = decode(body);
  const data = text === undefined ? undefined : text.trim() === '' ? {} : parseJson(text);
  if (data === undefined) return undefined;
  const envelope: Record<string, unknown> = { data };
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') envelope[name.slice(3)] = percentDecode(value);
  }
  const parsed: ParsedInput = { events: [], lines: [], refusals: [] };
  take(parsed, { value: envelope, raw: () => JSON.stringify(envelope), sender, line: 1 });
  return parsed;
}

/**
 * The event in a CloudEvent (CloudEvents 1.0, JSON format): the envelope is checked here, the data by the appender.
 * The prefix `annexa.` of a type is optional. A missing subject follows from the data. Attributes that are not part of
 * the specification, and digits of the time past the microsecond, are kept in `extra`.
 */
function toEvent(value: unknown): Event | Refusal {
  if (!isObject(value)) return invalid('not a JSON object');
  if (value['specversion'] !== '1.0') return invalid('specversion is not "1.0"');
  const { id, source, type, time, subject } = value;
  if (typeof id !== 'string' || typeof source !== 'string')
    return invalid('id or source is missing or no text');
  if (source === REFUSAL_SOURCE) return invalid('this source is annexa itself');
  const kind = toKind(type);
  if (kind === undefined) return invalid('type is not a known kind');
  if (OWN_KINDS.some((prefix) => kind.startsWith(prefix)))
    return invalid('only annexa writes events of this type');
  const instant = typeof time === 'string' ? parseInstant(time) : undefined;
  if (instant === undefined) return invalid('time is missing or not RFC 3339');
  if (value['data_base64'] !== undefined) return invalid('data has to be a JSON object, not data_base64');
  const given = value['data'] ?? {};
  if (!isObject(given)) return invalid('data is not a JSON object');
  if (subject !== undefined && typeof subject !== 'string') return invalid('subject is no text');
  let data: EventData = given;
  if (typeof time === 'string' && isFiner(time)) data = withExtra(data, 'time', time);
  const attributes = otherAttributes(value);
  if (attributes !== undefined) data = withExtra(data, 'attributes', attributes);
  return { source, id, kind, time: instant, subject: subject ?? subjectOf(kind, source, data), data };
}

interface Item {
  readonly value: unknown;
  readonly raw: () => string;
  readonly sender: string;
  readonly line: number;
}

function take(parsed: ParsedInput, { value, raw, sender, line }: Item): void {
  const event = value === undefined ? malformed('not JSON') : toEvent(value);
  if (!isRefusal(event)) {
    parsed.events.push(event);
    parsed.lines.push(line);
    return;
  }
  const claimed = isObject(value) ? value['source'] : undefined;
  const source = typeof claimed === 'string' && claimed !== '' ? claimed : sender;
  parsed.refusals.push({ ...event, source, line, raw: raw().slice(0, INGEST_LIMIT.rawLength) });
}

function toKind(type: unknown): Kind | undefined {
  if (typeof type !== 'string') return undefined;
  const name = type.startsWith('annexa.') ? type.slice(7) : type;
  return isKind(name) ? name : undefined;
}

function subjectOf(kind: Kind, source: string, data: EventData): string {
  const name = (field: string): string | undefined => {
    const value = data[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const approval = name('approval');
  if (kind.startsWith('approval.') && approval !== undefined) return `approval/${approval}`;
  const session = name('session');
  if (session !== undefined) return `session/${session}`;
  const relay = name('relaySession');
  if (relay !== undefined) return `relay/${relay}`;
  return kind === 'policy.snapshotted' ? `policy/${source}` : `source/${source}`;
}

function otherAttributes(envelope: { readonly [name: string]: Json | undefined }): Json | undefined {
  let found: Record<string, Json> | undefined;
  for (const name in envelope) {
    const value = envelope[name];
    if (ENVELOPE.has(name) || value === undefined) continue;
    found ??= {};
    Object.defineProperty(found, name, { value, enumerable: true });
  }
  return found;
}

function malformed(reason: string): Refusal {
  return { code: 'EVENT_INVALID', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function splitBytes(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let at = body.indexOf(10); at >= 0; at = body.indexOf(10, from)) {
    lines.push(body.subarray(from, at));
    from = at + 1;
  }
  lines.push(body.subarray(from));
  return lines;
}

/** Header values are percent-encoded (CloudEvents HTTP binding, section 3.1.3.2). */
function percentDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
