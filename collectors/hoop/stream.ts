import { addMillis, type Instant } from '../../domain/time.ts';

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

/** No session is open for a year; a larger offset is a fault of the source. */
const MAX_OFFSET_SECONDS = 366 * 24 * 60 * 60;

/** Decodes `event_stream`: triples of seconds, type and base64. */
export function decodeStream(value: readonly unknown[] | null | undefined): Stream {
  const events: StreamEvent[] = [];
  let malformed = 0;
  for (const triple of value ?? []) {
    const [offset, type, text]: readonly unknown[] = Array.isArray(triple) ? triple : [];
    if (isOffset(offset) && (type === 'i' || type === 'o' || type === 'e') && typeof text === 'string') {
      events.push({ offset, type, bytes: Buffer.from(text, 'base64') });
    } else malformed += 1;
  }
  return { events, malformed };
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_OFFSET_SECONDS;
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
