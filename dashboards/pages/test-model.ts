import type { Evaluation, TestItem, TestResult } from '../../domain/evaluation.ts';
import { formatDuration } from '../../domain/duration.ts';
import { limitDefinitions, type Limit } from '../../domain/limits.ts';
import { toMillis } from '../../domain/time.ts';
import { subjectHref, type HistoryMark } from '../controls-model.ts';
import { faceOf } from '../outcomes.ts';
import type { Desk, Visit } from '../page.ts';
import { day, dayAndMinute, shortId, shortPerson } from '../words.ts';

/** Blind intervals told beside a test; the page of the sources has all. */
const MAX_BLIND = 3;

export interface TestModelOptions {
  readonly desk: Desk;
  readonly visit: Visit;
  readonly evaluation: Evaluation;
  readonly history: readonly HistoryMark[];
  /** Exceptions shown at most. */
  readonly rows: number;
  /** Whether the question links to the page of the test. */
  readonly link: boolean;
}

/** A test as its partial draws it: facts, exceptions, SQL. */
export function testModel(test: TestResult, options: TestModelOptions): object {
  const { visit, evaluation } = options;
  const rows = test.items.slice(0, options.rows);
  const notTested = test.outcome === 'not-tested';
  const notCounted = notTested && test.missing.length > 0;
  return {
    id: test.id,
    short: test.id.split('-').at(-1) ?? test.id,
    question: test.question,
    href: options.link ? visit.link(`/tests/${test.id}`) : '',
    face: faceOf(test.outcome),
    counted: !notCounted,
    population: test.population,
    tested: test.population - test.excluded,
    excluded: test.excluded,
    excludedBy: Object.entries(test.excludedBy).map(([reason, count]) => ({ reason, count })),
    exceptions: test.exceptions,
    accepted: test.accepted,
    open: test.open,
    limits: evaluation.limits.filter((limit) => test.limits.includes(limit.name)).map(limitModel),
    missing: test.missing.join(', '),
    reason: test.reason ?? '',
    notTested,
    blind: test.blind.slice(0, MAX_BLIND).map((interval) => ({
      from: dayAndMinute(interval.from),
      to: dayAndMinute(interval.to),
      lengthMs: toMillis(interval.to) - toMillis(interval.from),
      reason: interval.reason,
    })),
    moreBlind: Math.max(0, test.blind.length - MAX_BLIND),
    sourcesHref: visit.link('/sources#blind'),
    notes: test.notes,
    history: options.history,
    items: rows.map((item) => itemModel(item, visit)),
    shown: rows.length,
    allHref: visit.link('/exceptions', { test: test.id }),
    sql: options.desk.testSql(test.id) ?? '',
    sqlSha256: test.sqlSha256,
    from: evaluation.period.from,
    to: evaluation.period.to,
    control: test.id.split('-')[0] ?? test.id,
  };
}

/** A limit as people read it: durations in words, all others as they are configured. */
export function limitModel(limit: Limit): {
  readonly name: string;
  readonly text: string;
  readonly adopted: boolean;
} {
  const isDuration = limitDefinitions[limit.name].unit === 'duration';
  return {
    name: limit.name,
    text: isDuration ? formatDuration(limit.value) : limit.text,
    adopted: limit.adopted,
  };
}

export function itemModel(item: TestItem, visit: Visit): object {
  return {
    subject: item.subject,
    short: shortSubject(item.subject),
    href: subjectHref(item, visit.link),
    time: item.time,
    code: item.code,
    detail: item.detail,
    person: item.person === '' && item.who === '' ? 'nobody' : shortPerson(item.person),
    resource: item.resource === '' ? 'none' : item.resource,
    index: item.index,
    entryHref: visit.link('/log', { look: item.index }),
    state: item.accepted === null ? 'open' : 'accepted',
    stateDetail:
      item.accepted === null ? '' : `by ${shortPerson(item.accepted.by)} until ${day(item.accepted.until)}`,
  };
}

/** `e5befba8` for a session, `approval 3f1c22aa` for another kind of subject. */
export function shortSubject(subject: string): string {
  const [kind = '', ...rest] = subject.split('/');
  const id = shortId(rest.join('/'));
  return kind === 'session' || id === '' ? id || kind : `${kind} ${id}`;
}
