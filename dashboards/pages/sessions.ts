import type { Evaluation } from '../../domain/evaluation.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { PAGE_ROWS, searchSessions, sessionFilter, type SessionRow } from '../search.ts';
import { capitalised, shortId, shortPerson } from '../words.ts';
import { hiddenFields, options } from './exceptions.ts';

const OUTCOMES = ['ok', 'failed', 'blocked', 'killed', 'rejected', 'abandoned', 'open', 'requested'];

/** Find the one: by person, target, kind, outcome, text and time; newest first. */
export async function sessionsPage(desk: Desk, visit: Visit): Promise<PageView> {
  const filter = sessionFilter(visit.query);
  const page = await searchSessions(desk.ask, visit.period, {
    filter,
    after: visit.query.get('after'),
    limit: PAGE_ROWS,
  });
  const evaluation = desk.shelf.known(visit.period);
  const exceptions = exceptionsBySession(evaluation);
  const link = (parameters: object): string => visit.link('/sessions', { ...filter, ...parameters });
  return {
    template: 'sessions',
    title: 'Sessions',
    section: 'sessions',
    crumbs: [{ href: null, text: 'Sessions' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      total: page.total,
      shown: page.rows.length,
      continued: visit.query.get('after') !== null,
      nextHref: page.next === null ? '' : link({ after: page.next }),
      filter,
      hidden: hiddenFields(visit.period.query),
      kinds: options(page.kinds, filter.kind),
      outcomes: options(OUTCOMES, filter.outcome),
      active: Object.entries(filter)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => ({
          name: capitalised(FILTER_WORDS[name] ?? name),
          value,
          href: link({ [name]: '' }),
        })),
      clearHref: visit.link('/sessions'),
      evaluated: evaluation !== undefined,
      rows: page.rows.map((row) => rowModel(row, visit, exceptions)),
    },
  };
}

const FILTER_WORDS: Readonly<Record<string, string>> = { resource: 'target', kind: 'type' };

/** Exception codes by session id. */
export function exceptionsBySession(
  evaluation: Evaluation | undefined,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const control of evaluation?.controls ?? []) {
    for (const test of control.tests) {
      for (const item of test.items) {
        if (!item.subject.startsWith('session/')) continue;
        const session = item.subject.slice('session/'.length);
        const codes = found.get(session) ?? [];
        if (!codes.includes(item.code)) found.set(session, [...codes, item.code]);
      }
    }
  }
  return found;
}

function rowModel(row: SessionRow, visit: Visit, exceptions: ReadonlyMap<string, readonly string[]>): object {
  return {
    session: row.session,
    short: shortId(row.session),
    href: visit.link(`/sessions/${encodeURIComponent(row.session)}`),
    time: row.time,
    person: row.personName === '' ? shortPerson(row.person) : row.personName,
    identity: row.person,
    identityType: row.identityType === 'human' ? '' : row.identityType,
    resource: row.resource === '' ? 'unknown' : row.resource,
    resourceType: row.resourceType,
    state: row.state === 'ended' ? row.outcome || 'ended' : row.state,
    durationMs: row.durationMs,
    approved: row.approval !== '',
    approval: shortId(row.approval),
    codes: (exceptions.get(row.session) ?? []).join(', '),
  };
}
