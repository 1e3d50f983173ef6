import { AnnexaError } from './errors.ts';

/**
 * An instant in UTC with exactly six fractional digits: `2026-11-21T08:31:09.344523Z` (RFC 3339).
 * Strings of this form sort as the instants do.
 */
export type Instant = string & { readonly __brand: 'Instant' };

/** Source of the current instant. Injected: nothing below the composition root reads the clock itself. */
export type Clock = () => Instant;

const FORM = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?([Zz]|[+-]\d\d:\d\d)$/;

/** Parses RFC 3339 with any offset; digits past the microsecond are cut. `undefined` when the text is no instant. */
export function parseInstant(text: string): Instant | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const base = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (zone === 'Z' && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) {
    // Nearly every event comes so; nothing has to be computed then.
    if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
    return `${base}.${fraction.padEnd(6, '0').slice(0, 6)}Z` as Instant;
  }
  const ms = Date.parse(zone === 'Z' || zone === 'z' ? `${base}Z` : `${base}${zone}`);
  if (Number.isNaN(ms) || !isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  return fromMicros(BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)));
}

/** As {@link parseInstant}; throws USAGE naming `where` when the text is no instant. */
export function toInstant(text: string, where: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) {
    throw new AnnexaError('USAGE', `"${text}" is not an RFC 3339 time`, {
      where,
      hint: 'Write it like 2026-11-21T00:00:00Z.',
    });
  }
  return instant;
}

/** Microseconds since 1970-01-01T00:00:00Z. */
export function toMicros(instant: Instant): bigint {
  return BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n + BigInt(instant.slice(20, 26));
}

/** Milliseconds since 1970-01-01T00:00:00Z, the microseconds as a fraction. */
export function toMillis(instant: Instant): number {
  return Date.parse(`${instant.slice(0, 19)}Z`) + Number(instant.slice(20, 26)) / 1000;
}

export function fromMicros(micros: bigint): Instant {
  const second = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const rest = micros - second * 1_000_000n;
  const head = new Date(Number(second) * 1000).toISOString().slice(0, 19);
  return `${head}.${String(rest).padStart(6, '0')}Z` as Instant;
}

export function fromMillis(millis: number): Instant {
  return fromMicros(BigInt(Math.round(millis * 1000)));
}

export function addMillis(instant: Instant, millis: number): Instant {
  return fromMicros(toMicros(instant) + BigInt(Math.round(millis * 1000)));
}

/** The form that ClickHouse takes for a DateTime64(6, 'UTC') parameter: it refuses the trailing Z. */
export function toSqlTime(instant: Instant): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 26)}`;
}

/** Half-open: `from` belongs to the period, `to` does not. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/** An interval during which something was unknown. */
export interface Interval extends Period {
  readonly reason: string;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
