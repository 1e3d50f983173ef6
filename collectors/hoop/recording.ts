import { createHash } from 'node:crypto';
import type { Artefact } from '../../domain/event.ts';
import { toMillis, type Instant } from '../../domain/time.ts';
import type { Stream } from './stream.ts';
import type { PostgresStatement } from './wire.ts';

export interface RecordingOptions {
  readonly session: string;
  readonly startedAt: Instant;
  /** A keyed value of the session: without it the digest of a short recording would give the statement away. */
  readonly nonce: string;
}

export interface Recording {
  readonly artefact: Artefact;
  /** The end is missing: the whole would be larger than {@link MAX_RECORDING_BYTES}. */
  readonly truncated: boolean;
}

const MAX_RECORDING_BYTES = 16_000_000;
const COLUMNS = 80;
const ROWS = 24;

/** An asciicast version 2 file: what was typed and shown in a terminal, playable by any asciinema player. */
export function toAsciicast(stream: Stream, options: RecordingOptions): Recording {
  const header = {
    version: 2,
    width: COLUMNS,
    height: ROWS,
    timestamp: Math.floor(toMillis(options.startedAt) / 1000),
    title: `session ${options.session}`,
    nonce: options.nonce,
  };
  const decoders = { i: new TextDecoder(), o: new TextDecoder(), e: new TextDecoder() };
  const lines = stream.events.map(({ offset, type, bytes }) => {
    const text = decoders[type].decode(bytes, { stream: true });
    return JSON.stringify([offset, type === 'i' ? 'i' : 'o', text]);
  });
  return toRecording('application/x-asciicast', [JSON.stringify(header), ...lines]);
}

/** The statements of a database tunnel, one JSON line each, in order. */
export function toTimeline(statements: readonly PostgresStatement[], options: RecordingOptions): Recording {
  const header = { format: 'statement-timeline/1', ...options };
  const lines = statements.map(({ offset, text, truncated }) =>
    JSON.stringify({ offset, statement: text, truncated }),
  );
  return toRecording('application/x-ndjson', [JSON.stringify(header), ...lines]);
}

function toRecording(mediaType: string, lines: readonly string[]): Recording {
  const kept: Buffer[] = [];
  let length = 0;
  for (const line of lines) {
    const bytes = Buffer.from(`${line}\n`, 'utf8');
    length += bytes.length;
    if (length > MAX_RECORDING_BYTES) break;
    kept.push(bytes);
  }
  const bytes = Buffer.concat(kept);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { artefact: { sha256, mediaType, bytes }, truncated: kept.length < lines.length };
}
