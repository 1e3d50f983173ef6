import { AnnexaError } from '../domain/errors.ts';
import { parseInstant, type Instant, type Period } from '../domain/time.ts';
import { day, monthName } from './words.ts';

/** A period as people choose and name it, and the query that carries it from link to link. */
export interface ChosenPeriod extends Period {
  /** `October 2026`, or `1 Oct to 15 Nov 2026`. */
  readonly label: string;
  /** For the start of a sentence: `In October 2026`, `From 1 Oct to 15 Nov 2026`. */
  readonly within: string;
  /** Parameters that name it in a URL. */
  readonly query: Readonly<Record<string, string>>;
  /** The month, quarter or year before and after; null where the period is a free one. */
  readonly previous: ChosenStep | null;
  readonly next: ChosenStep | null;
}

export interface ChosenStep {
  readonly label: string;
  readonly query: Readonly<Record<string, string>>;
}

const MONTH = /^(\d{4})-(\d\d)$/;
const QUARTER = /^(\d{4})-Q([1-4])$/;
const YEAR = /^(\d{4})$/;

/**
 * Reads `period` (2026-10, 2026-Q4, 2026) or `from` and `to` (a day or an instant, end excluded) from a query;
 * without them, the month of `fallback`. Throws USAGE when the text names no period.
 */
export function choosePeriod(query: URLSearchParams, fallback: Instant): ChosenPeriod {
  const from = query.get('from') ?? '';
  const to = query.get('to') ?? '';
  if (from !== '' || to !== '') return freePeriod(from, to);
  return calendarPeriod(query.get('period') ?? fallback.slice(0, 7));
}

/** The months before a period's end, oldest first, the month of its last moment included. */
export function monthsUntil(period: Period, amount: number): readonly ChosenPeriod[] {
  const end = new Date(Date.parse(period.to) - 1);
  return Array.from({ length: amount }, (_, at) =>
    month(end.getUTCFullYear(), end.getUTCMonth() + 1 - (amount - 1 - at)),
  );
}

function calendarPeriod(text: string): ChosenPeriod {
  const monthly = MONTH.exec(text);
  if (monthly !== null && Number(monthly[2]) >= 1 && Number(monthly[2]) <= 12)
    return month(Number(monthly[1]), Number(monthly[2]));
  const quarterly = QUARTER.exec(text);
  if (quarterly !== null) return quarter(Number(quarterly[1]), Number(quarterly[2]));
  const yearly = YEAR.exec(text);
  if (yearly !== null) return year(Number(yearly[1]));
  throw refuse(text);
}

/** Months beyond 1 to 12 run over into the years around. */
function month(yearNumber: number, monthNumber: number): ChosenPeriod {
  const [before, here, after, last] = [-1, 0, 1, 2].map((step) => monthAt(yearNumber, monthNumber + step));
  if (before === undefined || here === undefined || after === undefined || last === undefined)
    throw new TypeError('four months');
  return {
    from: here.start,
    to: after.start,
    label: here.label,
    within: `In ${here.label}`,
    query: { period: here.name },
    previous: { label: before.label, query: { period: before.name } },
    next: { label: after.label, query: { period: after.name } },
  };
}

function monthAt(yearNumber: number, monthNumber: number): { start: Instant; label: string; name: string } {
  const date = new Date(Date.UTC(yearNumber, monthNumber - 1, 1)).toISOString();
  const name = date.slice(0, 7);
  return {
    start: midnight(`${name}-01`),
    label: `${monthName(Number(name.slice(5)))} ${name.slice(0, 4)}`,
    name,
  };
}

function quarter(yearNumber: number, number: number): ChosenPeriod {
  const step = (by: number): ChosenStep => {
    const at = yearNumber * 4 + number - 1 + by;
    const label = `Q${(at % 4) + 1} ${Math.floor(at / 4)}`;
    return { label, query: { period: `${Math.floor(at / 4)}-Q${(at % 4) + 1}` } };
  };
  return {
    from: monthAt(yearNumber, number * 3 - 2).start,
    to: monthAt(yearNumber, number * 3 + 1).start,
    label: step(0).label,
    within: `In ${step(0).label}`,
    query: step(0).query,
    previous: step(-1),
    next: step(1),
  };
}

function year(number: number): ChosenPeriod {
  const step = (at: number): ChosenStep => ({
    label: String(at),
    query: { period: String(at).padStart(4, '0') },
  });
  return {
    from: monthAt(number, 1).start,
    to: monthAt(number + 1, 1).start,
    label: String(number),
    within: `In ${number}`,
    query: step(number).query,
    previous: step(number - 1),
    next: step(number + 1),
  };
}

/** A pair of days that is exactly a month, a quarter or a year is named so. */
function freePeriod(from: string, to: string): ChosenPeriod {
  const start = parseDay(from);
  const end = parseDay(to);
  if (end <= start) throw refuse(`${from} to ${to}`);
  const [yearNumber, monthNumber] = [Number(start.slice(0, 4)), Number(start.slice(5, 7))];
  const named = [
    month(yearNumber, monthNumber),
    quarter(yearNumber, Math.ceil(monthNumber / 3)),
    year(yearNumber),
  ];
  const same = named.find((period) => period.from === start && period.to === end);
  if (same !== undefined) return same;
  const label = `${dayOrMinute(start)} to ${dayOrMinute(end)}`;
  return {
    from: start,
    to: end,
    label,
    within: `From ${label}`,
    query: { from, to },
    previous: null,
    next: null,
  };
}

function dayOrMinute(instant: Instant): string {
  return instant.slice(11) === '00:00:00.000000Z' ? day(instant) : `${day(instant)} ${instant.slice(11, 16)}`;
}

function parseDay(text: string): Instant {
  const instant = parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant === undefined) throw refuse(text);
  return instant;
}

function midnight(date: string): Instant {
  return parseDay(date);
}

function refuse(text: string): AnnexaError {
  return new AnnexaError('USAGE', `"${text}" names no period`, {
    where: 'period',
    hint: 'Write period=2026-10, period=2026-Q4, period=2026, or from=2026-10-01&to=2026-11-01.',
  });
}
