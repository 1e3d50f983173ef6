import { formatDuration } from '../domain/duration.ts';
import { toMillis, type Instant } from '../domain/time.ts';
import { clockTime } from './words.ts';

export interface StripInput {
  readonly requestedAt: Instant | null;
  readonly grantedAt: Instant | null;
  readonly validTo: Instant | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Where an open session is drawn to. */
  readonly until: Instant;
  readonly blocked: readonly Instant[];
}

interface Bar {
  readonly x: number;
  readonly width: number;
  readonly label: string;
}

/** Geometry of the strip: request, wait, approval window, session and blocks on one scale of time, 1000 units wide. */
export interface Strip {
  readonly request: { readonly x: number; readonly label: string; readonly labelled: boolean } | null;
  readonly wait: {
    readonly from: number;
    readonly to: number;
    readonly label: string;
    readonly labelX: number;
    readonly labelled: boolean;
  } | null;
  readonly window: Bar | null;
  readonly session: Bar | null;
  readonly crosses: readonly { readonly x: number; readonly labelled: boolean }[];
  readonly unused: { readonly x: number; readonly label: string } | null;
  readonly sentence: string;
}

const LEFT = 20;
const RIGHT = 968;
/** Two labels nearer than this would overlap. */
const LABEL_WIDTH = 48;
const LETTER_WIDTH = 6.2;
const REQUEST_WIDTH = 100;
const WAIT_WIDTH = 84;

/** Undefined when there is nothing with a length to draw. */
export function stripOf(input: StripInput): Strip | undefined {
  const { requestedAt, grantedAt, validTo, startedAt } = input;
  const end = input.endedAt ?? (startedAt === null ? null : input.until);
  const times = [requestedAt, grantedAt, validTo, startedAt, end, ...input.blocked]
    .filter((time) => time !== null)
    .map(toMillis);
  const from = Math.min(...times);
  const length = Math.max(...times) - from;
  if (times.length < 2 || length <= 0) return undefined;
  const at = (time: Instant): number =>
    Math.round((LEFT + ((toMillis(time) - from) / length) * (RIGHT - LEFT)) * 10) / 10;
  const bar = (start: Instant, stop: Instant, label: string): Bar => ({
    x: at(start),
    width: Math.max(2, Math.round((at(stop) - at(start)) * 10) / 10),
    label,
  });
  const window =
    grantedAt === null || validTo === null || validTo <= grantedAt
      ? null
      : bar(grantedAt, validTo, `approval ${clockTime(grantedAt)} to ${clockTime(validTo)}`);
  const session =
    startedAt === null || end === null ? null : bar(startedAt, end, sessionLabel(startedAt, input.endedAt));
  const alone = (x: number): boolean => window === null || Math.abs(window.x - x) > REQUEST_WIDTH;
  return {
    request:
      requestedAt === null
        ? null
        : {
            x: at(requestedAt),
            label: `request ${clockTime(requestedAt)}`,
            labelled: alone(at(requestedAt)),
          },
    wait:
      requestedAt === null || grantedAt === null || grantedAt <= requestedAt
        ? null
        : waitOf(requestedAt, grantedAt, at),
    window,
    session,
    crosses: crossesOf(input.blocked.map(at), session),
    unused:
      validTo !== null && end !== null && validTo > end
        ? { x: at(validTo), label: `unused ${formatDuration(toMillis(validTo) - toMillis(end))}` }
        : null,
    sentence: sentenceOf(input, end),
  };
}

function waitOf(from: Instant, to: Instant, at: (time: Instant) => number): NonNullable<Strip['wait']> {
  const [start, stop] = [at(from) + 6, at(to)];
  return {
    from: start,
    to: Math.max(start, stop),
    label: `${formatDuration(toMillis(to) - toMillis(from))} wait`,
    labelX: start + 4,
    labelled: stop - start > WAIT_WIDTH,
  };
}

function sessionLabel(startedAt: Instant, endedAt: Instant | null): string {
  return endedAt === null
    ? 'session, no end known'
    : `session ${formatDuration(toMillis(endedAt) - toMillis(startedAt))}`;
}

/** A cross is labelled where its word stands clear of the session's label and of the word before. */
function crossesOf(places: readonly number[], session: Bar | null): Strip['crosses'] {
  let taken = session === null ? LEFT : session.x + session.label.length * LETTER_WIDTH;
  return places.map((x) => {
    const labelled = x - LABEL_WIDTH / 2 >= taken;
    if (labelled) taken = x + LABEL_WIDTH / 2;
    return { x, labelled };
  });
}

function sentenceOf(input: StripInput, end: Instant | null): string {
  const parts: string[] = [];
  if (input.requestedAt !== null) parts.push(`Requested ${clockTime(input.requestedAt)}.`);
  if (input.grantedAt !== null) {
    parts.push(
      `Granted ${clockTime(input.grantedAt)}${input.validTo === null ? '' : `, valid to ${clockTime(input.validTo)}`}.`,
    );
  }
  if (input.startedAt !== null && end !== null) {
    parts.push(
      `Session from ${clockTime(input.startedAt)} ${input.endedAt === null ? 'on, no end known' : `to ${clockTime(end)}`}.`,
    );
  }
  if (input.blocked.length > 0) {
    parts.push(`${input.blocked.length} blocked at ${input.blocked.slice(0, 5).map(clockTime).join(', ')}.`);
  }
  return parts.join(' ');
}
