import type { StreamEvent } from './stream.ts';

export interface PostgresStatement {
  readonly offset: number;
  readonly text: string;
  /** The gateway kept only the beginning. */
  readonly truncated: boolean;
  /** Database user of the connection that it was sent over. */
  readonly login: string | undefined;
}

export interface PostgresTraffic {
  /** Database user of the first connection, as the client claimed it. */
  readonly login: string | undefined;
  readonly statements: readonly PostgresStatement[];
}

/** Protocol version 3.0 of the start-up packet, and the request codes that may come in its place. */
const PROTOCOL_3 = 196_608;
const REQUESTS = new Set([80_877_102, 80_877_103, 80_877_104]);
/** The gateway cuts what one read of a raw tunnel brought at this length, and drops the rest. */
const EVENT_CAP_BYTES = 5_000;
const MAX_MESSAGE_BYTES = 1_048_576;
const HEADER_BYTES = 5;

/**
 * Reads the client's side of PostgreSQL connections (protocol 3.0, "Frontend/Backend Protocol", message formats):
 * start-up packets, simple queries and Parse messages. A tunnel carries one connection after another; a start-up
 * packet begins the next. `undefined` when the traffic is something else, or encrypted.
 */
export function readPostgres(events: readonly StreamEvent[]): PostgresTraffic | undefined {
  const statements: PostgresStatement[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let login: string | undefined;
  let firstLogin: string | undefined;
  let recognised = false;

  for (const { offset, bytes } of events.filter((event) => event.type === 'i')) {
    const startup = readStartup(bytes);
    if (startup !== undefined) {
      recognised = true;
      login = startup.user ?? login;
      firstLogin ??= login;
      rest = bytes.subarray(startup.length);
    } else {
      rest = Buffer.concat([rest, bytes]);
    }
    if (!recognised) return undefined;
    rest = readMessages(rest, bytes.length >= EVENT_CAP_BYTES, (text, truncated) => {
      statements.push({ offset, text, truncated, login });
    });
  }
  return recognised ? { login: firstLogin, statements } : undefined;
}

interface Startup {
  readonly user: string | undefined;
  readonly length: number;
}

function readStartup(bytes: Buffer): Startup | undefined {
  if (bytes.length < 8) return undefined;
  const length = bytes.readUInt32BE(0);
  const code = bytes.readUInt32BE(4);
  if (length < 8 || length > bytes.length) return undefined;
  if (REQUESTS.has(code)) return { user: undefined, length };
  if (code !== PROTOCOL_3) return undefined;
  const words = bytes.subarray(8, length).toString('utf8').split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word === 'user');
  return { user: at < 0 ? undefined : words[at + 1], length };
}

/** Takes whole messages off the front and gives back what is not whole yet. */
function readMessages(
  bytes: Buffer,
  capped: boolean,
  found: (text: string, truncated: boolean) => void,
): Buffer {
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const type = String.fromCharCode(bytes[at] ?? 0);
    const length = bytes.readUInt32BE(at + 1);
    if (length < 4 || length > MAX_MESSAGE_BYTES || !/[A-Za-z]/.test(type)) return Buffer.alloc(0);
    const end = at + 1 + length;
    const whole = end <= bytes.length;
    if (!whole && !capped) break;
    const text = statementOf(type, bytes.subarray(at + HEADER_BYTES, end));
    if (text !== undefined && text !== '') found(text, !whole);
    if (!whole) return Buffer.alloc(0);
    at = end;
  }
  return bytes.subarray(at);
}

function statementOf(type: string, body: Buffer): string | undefined {
  if (type === 'Q') return untilZero(body);
  if (type !== 'P') return undefined;
  const name = body.indexOf(0);
  return name < 0 ? undefined : untilZero(body.subarray(name + 1));
}

function untilZero(body: Buffer): string {
  const end = body.indexOf(0);
  return body.subarray(0, end < 0 ? body.length : end).toString('utf8');
}
