import { AnnexaError } from '../../domain/errors.ts';
import type { Evaluation } from '../../domain/evaluation.ts';
import { toMillis } from '../../domain/time.ts';
import { trendOf } from '../charts.ts';
import { heatMap } from '../controls-model.ts';
import { faceOf, namingOrder, tallyOf, type Tally } from '../outcomes.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { historyUntil, type EvaluatedMonth } from '../history.ts';
import { between } from '../search.ts';
import { attention } from '../attention.ts';
import { waitingPage } from './waiting.ts';
import { firstRunPage } from './first-run.ts';
import { readSources } from './sources-model.ts';
import { faceOfSource } from './sources-model.ts';

const TREND_MONTHS = 12;
const ATTENTION_ROWS = 7;

interface Activity {
  readonly sessions: number;
  readonly approvals: number;
  readonly commands: number;
  readonly observed: number;
}

/** What is wrong, and what could we not see? */
export async function overviewPage(desk: Desk, visit: Visit): Promise<PageView> {
  const [activity, evaluation] = await Promise.all([
    readActivity(desk, visit),
    desk.shelf.shown(visit.period),
  ]);
  if (evaluation === undefined) return waitingPage(visit, { section: 'overview', title: 'Overview' });
  if (activity.observed === 0) return firstRunPage(visit, evaluation);
  const counts = tallyOf(evaluation.controls);
  const outcome = visit.query.get('outcome') ?? '';
  const todo = attention(evaluation, visit.link, desk.clock());
  const months = await historyUntil(desk, visit.period, TREND_MONTHS);
  const sources = await readSources(desk, visit.period);
  return {
    template: 'overview',
    title: 'Overview',
    section: 'overview',
    crumbs: [{ href: null, text: 'Overview' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      label: visit.period.label,
      total: total(counts),
      counts: plain(counts),
      tested: evaluation.controls.filter((control) =>
        control.tests.some((test) => test.outcome !== 'not-tested'),
      ).length,
      activity,
      lists: missingLists(evaluation),
      blindTests: blindTests(evaluation),
      tallies: tallies(visit, evaluation, months),
      asOf: evaluation.asOf,
      withoutEvidence: evaluation.controls.filter((control) => control.tests.length === 0).length,
      withoutEvidenceHref: visit.link('/', { outcome: 'none' }),
      withoutEvidenceChosen: outcome === 'none',
      filtered: outcome !== '',
      allHref: visit.link('/'),
      themes: heatMap(evaluation, visit.link, outcome),
      controls: evaluation.controls.length,
      controlsHref: visit.link('/controls'),
      todo: todo.slice(0, ATTENTION_ROWS),
      todoTotal: todo.length,
      exceptionsHref: visit.link('/exceptions'),
      sources: sources.slice(0, 8).map((source) => faceOfSource(source, evaluation, desk.clock())),
      sourcesTotal: sources.length,
      sourcesHref: visit.link('/sources'),
      logHref: visit.link('/log'),
      lastCheck: lastCheck(desk),
      buildHref: visit.link('/packets/new'),
      trend: trendOf(months) ?? null,
      trendMonths: months.length,
    },
  };
}

async function readActivity(desk: Desk, visit: Visit): Promise<Activity> {
  const [row] = await desk.ask<Activity>('activity', between(visit.period));
  if (row === undefined)
    throw new AnnexaError('INTERNAL', 'the store counted nothing', { where: 'activity.sql' });
  return row;
}

function tallies(visit: Visit, evaluation: Evaluation, months: readonly EvaluatedMonth[]): readonly object[] {
  const counts = tallyOf(evaluation.controls);
  const chosen = visit.query.get('outcome') ?? '';
  const before = months.find((month) => month.period.to === visit.period.from);
  const isMonth = months.some(
    (month) => month.period.from === visit.period.from && month.period.to === visit.period.to,
  );
  const earlier = isMonth ? before?.evaluation : undefined;
  const earlierCounts = earlier === undefined ? undefined : tallyOf(earlier.controls);
  return namingOrder.map((outcome) => ({
    face: faceOf(outcome),
    count: counts[outcome],
    href: visit.link('/', { outcome }),
    chosen: chosen === outcome,
    change: earlierCounts === undefined ? null : signed(counts[outcome] - earlierCounts[outcome]),
    since: before?.period.label.split(' ')[0] ?? '',
  }));
}

function signed(difference: number): string {
  if (difference === 0) return 'as many as';
  return difference > 0 ? `+${difference} since` : `−${-difference} since`;
}

function missingLists(evaluation: Evaluation): number {
  return evaluation.controls.flatMap((control) => control.tests).filter((test) => test.missing.length > 0)
    .length;
}

function blindTests(evaluation: Evaluation): number {
  return evaluation.controls
    .flatMap((control) => control.tests)
    .filter((test) => test.outcome === 'not-tested' && test.missing.length === 0 && test.blind.length > 0)
    .length;
}

function lastCheck(desk: Desk): object | null {
  const check = desk.memory.log;
  if (check === undefined) return null;
  return {
    valid: check.checks.every((line) => line.valid),
    at: check.at,
    last: check.size - 1,
    seconds: check.durationMs,
    ageMs: toMillis(desk.clock()) - toMillis(check.at),
  };
}

function total(counts: Tally): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function plain(counts: Tally): object {
  return {
    exceptions: counts.exceptions,
    notTested: counts['not-tested'],
    noOccurrence: counts['no-occurrence'],
    pass: counts.pass,
  };
}
