import { formatDuration } from '../../domain/duration.ts';
import type { Evaluation } from '../../domain/evaluation.ts';
import { addMillis, fromMillis, toMillis, type Instant, type Period } from '../../domain/time.ts';
import { parseCursor, toCursor } from '../cursor.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { between, PAGE_ROWS } from '../search.ts';
import { capitalised, counted, day, dayAndMinute, listed } from '../words.ts';
import {
  blindIntervals,
  coveredMs,
  readSources,
  type BlindInterval,
  type SourceRow,
} from './sources-model.ts';
import { waitingPage } from './waiting.ts';

const DAY_MS = 86_400_000;
/** The calendar has room for one month; longer periods show their last days, and say so. */
const MAX_DAYS = 31;
const MAX_DAY_ROWS = 10_000;
const MAX_BLIND = 20;
/** A poll that saw its events later than this was late. */
const LATE_MS = 600_000;

interface DayRow {
  readonly source: string;
  readonly day: string;
  readonly polls: number;
  readonly events: number;
  readonly refused: number;
  readonly lagMs: number;
}

interface RefusalRow {
  readonly source: string;
  readonly index: number;
  readonly received: Instant;
  readonly line: number;
  readonly code: string;
  readonly reason: string;
}

/** When were we blind? */
export async function sourcesPage(desk: Desk, visit: Visit): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'sources', title: 'Sources' });
  const cursor = parseCursor(visit.query.get('after'), 1);
  const span = calendarSpan(visit.period, desk.clock());
  const [sources, polled, entered, refusals, refusalsTotal] = await Promise.all([
    readSources(desk, visit.period),
    desk.ask<DayRow>('source-days', { ...between(span), limit: MAX_DAY_ROWS }),
    desk.ask<Pick<DayRow, 'source' | 'day' | 'events'>>('source-entries', {
      ...between(span),
      limit: MAX_DAY_ROWS,
    }),
    desk.ask<RefusalRow>('refusals', {
      ...between(visit.period),
      cursorIndex: Number(cursor?.[0] ?? -1),
      limit: PAGE_ROWS + 1,
    }),
    desk.ask<{ total: number }>('refusals-total', between(visit.period)),
  ]);
  const blind = blindIntervals(evaluation);
  const shown = refusals.slice(0, PAGE_ROWS);
  const last = shown.at(-1);
  return {
    template: 'sources',
    title: 'Sources',
    section: 'sources',
    crumbs: [{ href: null, text: 'Sources' }],
    hasPeriod: true,
    model: {
      sentence: sourcesSentence(sources, blind),
      within: visit.period.within,
      label: visit.period.label,
      costs: blindCosts(evaluation),
      sources: sources.map((source) => sourceModel(source, desk.clock())),
      calendar:
        span.to <= span.from ? null : calendar(sources, { span, polled, entered, blind, now: desk.clock() }),
      cutCalendar: span.from > visit.period.from,
      spanLabel: `${day(span.from)} to ${day(span.to)}, end excluded`,
      blind: blind.slice(0, MAX_BLIND).map((interval) => blindModel(interval, evaluation)),
      blindTotal: blind.length,
      blindShown: Math.min(blind.length, MAX_BLIND),
      refusals: shown.map((row) => ({ ...row, entryHref: visit.link('/log', { look: row.index }) })),
      refusalsShown: shown.length,
      refusalsTotal: refusalsTotal[0]?.total ?? 0,
      refusalsContinued: cursor !== undefined,
      nextHref:
        refusals.length > shown.length && last !== undefined
          ? visit.link('/sources', { after: toCursor([last.index]) })
          : '',
    },
  };
}

/** `2 sources report; relay was blind for 42 min on 14 Oct 2026.` */
export function sourcesSentence(sources: readonly SourceRow[], blind: readonly BlindInterval[]): string {
  if (sources.length === 0) return 'No source has delivered anything yet.';
  const report = `${counted(sources.length, 'source')} ${sources.length === 1 ? 'reports' : 'report'}`;
  const [first] = blind;
  if (first === undefined) return `${report}; no blind interval is known.`;
  const names = [...new Set(blind.map((interval) => interval.source))];
  if (names.length > 1)
    return `${report}; ${listed(names)} were blind in ${counted(blind.length, 'interval')}.`;
  const length = formatDuration(coveredMs(blind));
  if (blind.length === 1) return `${report}; ${first.source} was blind for ${length} on ${day(first.from)}.`;
  return `${report}; ${first.source} was blind for ${length} in ${blind.length} intervals.`;
}

function sourceModel(source: SourceRow, now: Instant): object {
  return {
    ...source,
    kind: source.kind === '' ? 'pushed or imported' : source.kind,
    polled: source.polls > 0,
    lagMs: source.polls > 0 ? source.lagMs : null,
    lastRun: source.lastRun ?? '',
    lastReceived: source.lastReceived ?? '',
    sinceMs: source.lastReceived === null ? null : Math.max(0, toMillis(now) - toMillis(source.lastReceived)),
  };
}

function blindModel(interval: BlindInterval, evaluation: Evaluation): object {
  const tests = evaluation.controls
    .flatMap((control) => control.tests)
    .filter(
      (test) =>
        test.outcome === 'not-tested' &&
        test.blind.some((other) => other.from < interval.to && other.to > interval.from),
    )
    .map((test) => test.id);
  return {
    source: interval.source,
    from: dayAndMinute(interval.from),
    to: dayAndMinute(interval.to),
    lengthMs: toMillis(interval.to) - toMillis(interval.from),
    reason: capitalised(interval.reason),
    tests: tests.join(', '),
  };
}

function blindCosts(evaluation: Evaluation): number {
  return evaluation.controls
    .flatMap((control) => control.tests)
    .filter((test) => test.outcome === 'not-tested' && test.missing.length === 0 && test.blind.length > 0)
    .length;
}

/** The last 31 days of the period, whole days in UTC, none of them in the future. */
function calendarSpan(period: Period, now: Instant): Period {
  const to =
    period.to < now ? period.to : addMillis(fromMillis(Math.floor(toMillis(now) / DAY_MS) * DAY_MS), DAY_MS);
  const end = fromMillis(Math.ceil(toMillis(to) / DAY_MS) * DAY_MS);
  const earliest = addMillis(end, -MAX_DAYS * DAY_MS);
  const from = fromMillis(Math.floor(toMillis(period.from) / DAY_MS) * DAY_MS);
  return { from: from > earliest ? from : earliest, to: end };
}

interface CalendarInput {
  readonly span: Period;
  readonly polled: readonly DayRow[];
  readonly entered: readonly Pick<DayRow, 'source' | 'day' | 'events'>[];
  readonly blind: readonly BlindInterval[];
  readonly now: Instant;
}

function calendar(sources: readonly SourceRow[], input: CalendarInput): object {
  const days: Instant[] = [];
  for (let at = input.span.from; at < input.span.to; at = addMillis(at, DAY_MS)) days.push(at);
  const polls = new Map(input.polled.map((row) => [`${row.source}/${row.day}`, row]));
  const entries = new Map(input.entered.map((row) => [`${row.source}/${row.day}`, row.events]));
  return {
    days: days.map((at) => ({
      number: Number(at.slice(8, 10)),
      letter: 'SMTWTFS'.charAt(new Date(toMillis(at)).getUTCDay()),
    })),
    rows: sources.map((source) => ({
      source: source.source,
      kind: source.kind === '' ? 'pushed or imported' : source.kind,
      cells: days.map((at) => {
        const key = `${source.source}/${at.slice(0, 10)}`;
        const minutes = blindMinutes(input.blind, source.source, at);
        return dayCell(
          dayState(polls.get(key), entries.get(key) ?? 0, minutes),
          `${source.source}, ${day(at)}`,
        );
      }),
    })),
  };
}

function dayCell(state: DayState, place: string): object {
  return { ...state, spoken: `${place}: ${state.words}` };
}

interface DayState {
  readonly look: string;
  readonly text: string;
  readonly words: string;
}

/** What is missing is loud, what is normal is quiet; blind comes before refused, refused before late. */
function dayState(polls: DayRow | undefined, entries: number, minutes: number): DayState {
  if (minutes > 0) return { look: 'blind', text: String(minutes), words: `blind for ${minutes} min` };
  if (polls === undefined) {
    if (entries > 0) return { look: '', text: '', words: counted(entries, 'event') };
    return { look: 'off', text: '·', words: 'nothing expected, nothing arrived' };
  }
  if (polls.refused > 0)
    return {
      look: 'refused',
      text: String(polls.refused),
      words: `${counted(polls.refused, 'event')} refused`,
    };
  if (polls.lagMs > LATE_MS)
    return { look: 'late', text: 'L', words: `late by ${formatDuration(polls.lagMs)}, caught up` };
  if (polls.events === 0) return { look: 'silent', text: '0', words: 'complete, no events' };
  return { look: '', text: '', words: `complete, ${counted(polls.events, 'event')}` };
}

function blindMinutes(blind: readonly BlindInterval[], source: string, start: Instant): number {
  const end = addMillis(start, DAY_MS);
  const ofDay = blind
    .filter((interval) => interval.source === source && interval.from < end && interval.to > start)
    .map((interval) => ({
      from: interval.from > start ? interval.from : start,
      to: interval.to < end ? interval.to : end,
    }));
  const covered = coveredMs(ofDay);
  return covered > 0 ? Math.max(1, Math.round(covered / 60_000)) : 0;
}
