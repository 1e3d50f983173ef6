import { createHash } from 'node:crypto';
import type { Artefact } from '../../domain/event.ts';
import { addMillis, toMillis, type Instant } from '../../domain/time.ts';
import type { PostgresStatement } from './wire.ts';

/** One recorded piece of a session: typed (`i`), shown (`o`), or an error of gateway or agent (`e`). */
export interface StreamEvent {
  /** Seconds since the gateway opened the recording, which is not the start of the session's row. */
  readonly offset: number;
  readonly type: 'i' | 'o' | 'e';
  readonly bytes: Buffer;
}

export interface Stream {
  readonly events: readonly StreamEvent[];
  /** Pieces that could not be read. */
  readonly malformed: number;
}

/** Decodes `event_stream`: triples of seconds, type and base64. */
export function decodeStream(value: readonly unknown[] | null | undefined): Stream {
  const events: StreamEvent[] = [];
  let malformed = 0;
  for (const triple of value ?? []) {
    const [offset, type, text]: readonly unknown[] = Array.isArray(triple) ? triple : [];
    if (typeof offset === 'number' && (type === 'i' || type === 'o' || type === 'e') && typeof text === 'string') {
      events.push({ offset, type, bytes: Buffer.from(text, 'base64') });
    } else malformed += 1;
  }
  return { events, malformed };
}

/**
 * Turns stream offsets into instants. The gateway writes the end of a session with its last event, but its start
 * possibly hours before the recording begins: offsets count back from the end where there is one.
 */
export function timelineOf(
  stream: Stream,
  row: { readonly start: Instant; readonly end: Instant | undefined },
): (offset: number) => Instant {
  const last = lastOffset(stream);
  const { start, end } = row;
  if (end === undefined) return (offset) => addMillis(start, offset * 1000);
  return (offset) => addMillis(end, (offset - last) * 1000);
}

export function lastOffset(stream: Stream): number {
  return stream.events.reduce((max, event) => Math.max(max, event.offset), 0);
}

/** The error text that the gateway or the agent closed the session with; empty when there is none. */
export function closingText(stream: Stream): string {
  return stream.events
    .filter((event) => event.type === 'e')
    .map((event) => event.bytes.toString('utf8'))
    .join('\n');
}

export interface RecordingOptions {
  readonly session: string;
  readonly startedAt: Instant;
  /** A keyed value of the session: without it the digest of a short recording would give the statement away. */
  readonly nonce: string;
}

const COLUMNS = 80;
const ROWS = 24;

/** An asciicast version 2 file: what was typed and shown in a terminal, playable by any asciinema player. */
export function toAsciicast(stream: Stream, options: RecordingOptions): Artefact {
  const header = {
    version: 2,
    width: COLUMNS,
    height: ROWS,
    timestamp: Math.floor(toMillis(options.startedAt) / 1000),
    title: `session ${options.session}`,
    nonce: options.nonce,
  };
  const decoders = { i: new TextDecoder(), o: new TextDecoder(), e: new TextDecoder() };
  const lines = stream.events.map((event) =>
    JSON.stringify([event.offset, event.type === 'i' ? 'i' : 'o', decoders[event.type].decode(event.bytes, { stream: true })]),
  );
  return toArtefact('application/x-asciicast', `${[JSON.stringify(header), ...lines].join('\n')}\n`);
}

/** The statements of a database tunnel, one JSON line each, in order. */
export function toTimeline(statements: readonly PostgresStatement[], options: RecordingOptions): Artefact {
  const { session, startedAt, nonce } = options;
  const lines = statements.map(({ offset, text, truncated }) => JSON.stringify({ offset, statement: text, truncated }));
  return toArtefact(
    'application/x-ndjson',
    `${[JSON.stringify({ format: 'statement-timeline/1', session, startedAt, nonce }), ...lines].join('\n')}\n`,
  );
}

function toArtefact(mediaType: string, text: string): Artefact {
  const bytes = Buffer.from(text, 'utf8');
  return { sha256: createHash('sha256').update(bytes).digest('hex'), mediaType, bytes };
}
