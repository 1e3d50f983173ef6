import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Desk } from '../dashboards/page.ts';
import { listFindings } from '../dashboards/pages/exceptions.ts';
import { readSession } from '../dashboards/pages/session-read.ts';
import { listEvents, listPolicies } from '../dashboards/lists.ts';
import { choosePeriod } from '../dashboards/period.ts';
import {
  filterText,
  pageLimit,
  searchApprovals,
  searchSessions,
  sessionFilter,
} from '../dashboards/search.ts';
import type { Evaluate } from '../domain/ports.ts';
import { toInstant, type Period } from '../domain/time.ts';

const BEGINNING = toInstant('1970-01-01T00:00:00Z', 'period');
const END = toInstant('2200-01-01T00:00:00Z', 'period');
const MAX_CONTROLS = 200;

/**
 * Reading what the store holds, as JSON. A list answers `{items, total, next}`: `next` is the cursor of the page
 * after, to be sent as `after`, or null at the end. Without a period a list covers all time.
 */
export function addApi(
  app: FastifyInstance,
  options: { readonly desk: Desk; readonly evaluate: Evaluate },
): void {
  const { desk, evaluate } = options;
  app.get('/v1/sessions', async (request) => {
    const query = queryOf(request);
    const page = await searchSessions(desk.ask, periodOf(query), {
      filter: sessionFilter(query),
      after: query.get('after'),
      limit: pageLimit(query),
    });
    return { items: page.rows, total: page.total, next: page.next };
  });
  app.get<{ Params: { id: string } }>('/v1/sessions/:id', async (request) =>
    readSession(desk.ask, request.params.id),
  );
  app.get('/v1/events', async (request) => {
    const query = queryOf(request);
    const filter = {
      kind: filterText(query, 'kind'),
      person: filterText(query, 'person'),
      resource: filterText(query, 'resource'),
      session: filterText(query, 'session'),
    };
    const { rows, next } = await listEvents(desk.ask, periodOf(query), {
      filter,
      after: query.get('after'),
      limit: pageLimit(query),
    });
    return { items: rows, next };
  });
  app.get('/v1/approvals', async (request) => {
    const query = queryOf(request);
    const page = await searchApprovals(desk.ask, periodOf(query), {
      text: filterText(query, 'text'),
      after: query.get('after'),
      limit: pageLimit(query),
    });
    return { items: page.rows, total: page.total, next: page.next };
  });
  app.get('/v1/policies', async (request) => {
    const query = queryOf(request);
    const page = await listPolicies(desk.ask, periodOf(query), {
      after: query.get('after'),
      limit: pageLimit(query),
    });
    return { items: page.rows, total: page.total, next: page.next };
  });
  addEvaluations(app, { desk, evaluate });
}

function addEvaluations(
  app: FastifyInstance,
  { desk, evaluate }: { readonly desk: Desk; readonly evaluate: Evaluate },
): void {
  app.get('/v1/exceptions', async (request) => {
    const query = queryOf(request);
    const evaluation = await desk.shelf.evaluation(choosePeriod(query, desk.clock()));
    const filter = {
      state: filterText(query, 'state'),
      test: filterText(query, 'test'),
      code: filterText(query, 'code'),
      text: filterText(query, 'text'),
    };
    const page = listFindings(evaluation, filter, { after: query.get('after'), limit: pageLimit(query) });
    const items = page.rows.map(({ item, test, control }) => ({
      control: control.id,
      test: test.id,
      ...item,
    }));
    return { period: evaluation.period, asOf: evaluation.asOf, items, total: page.total, next: page.next };
  });
  app.get('/v1/evaluations', async (request) => {
    const query = queryOf(request);
    const { from, to } = choosePeriod(query, desk.clock());
    const controls = query
      .getAll('control')
      .flatMap((ids) => ids.split(','))
      .filter((id) => id !== '')
      .slice(0, MAX_CONTROLS);
    return controls.length === 0
      ? desk.shelf.evaluation({ from, to })
      : evaluate({ period: { from, to }, controls });
  });
}

export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split('?')[1] ?? '');
}

function periodOf(query: URLSearchParams): Period {
  if (!query.has('period') && !query.has('from') && !query.has('to')) return { from: BEGINNING, to: END };
  const whole = new URLSearchParams(query);
  if (!whole.has('period') && !whole.has('from')) whole.set('from', BEGINNING);
  if (!whole.has('period') && !whole.has('to')) whole.set('to', END);
  const { from, to } = choosePeriod(whole, BEGINNING);
  return { from, to };
}
