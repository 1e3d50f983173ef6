import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecordedGateway, recordedToken, type RecordedGateway } from '../../demo/recorded-gateway.ts';
import { recording } from './replay.ts';

interface Row {
  readonly id: string;
  readonly start_date: string;
  readonly user_id: string;
}

let gateway: RecordedGateway;
let url: string;
beforeEach(async () => {
  gateway = createRecordedGateway({ directory: recording });
  ({ url } = await gateway.listen());
  while (gateway.advance());
});
afterEach(() => gateway.close());

/** Any answer that these tests look into. */
interface Body {
  readonly data: Row[];
  readonly total: number | null;
  readonly has_next_page: boolean;
  readonly pages: unknown;
  readonly script: unknown;
  readonly event_stream?: unknown[];
}

async function get(path: string, token: string = recordedToken): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${url}/api${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Body };
}

describe('the recorded gateway', () => {
  it('lists newest first and pages without overlap', async () => {
    const pages = await Promise.all([0, 20, 40, 60].map((offset) => get(`/sessions?offset=${offset}`)));
    const rows = pages.flatMap(({ body }) => body.data);
    expect(rows).toHaveLength(69);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(69);
    const dates = rows.map(({ start_date: date }) => date.replace('Z', '').padEnd(26, '0'));
    expect(dates).toEqual(dates.toSorted().toReversed());
    expect(pages.map(({ body }) => body.has_next_page)).toEqual([true, true, true, false]);
  });

  it('clamps a large page and refuses an empty one', async () => {
    expect((await get('/sessions?limit=500')).body.data).toHaveLength(69);
    for (const query of ['limit=0', 'offset=10001', 'start_date=yesterday', 'count=some', 'limit=x']) {
      expect((await get(`/sessions?${query}`)).status, query).toBe(422);
    }
  });

  it('counts only where it is asked to', async () => {
    expect((await get('/sessions?limit=1&count=exact')).body.total).toBe(69);
    expect((await get('/sessions?limit=1&count=none')).body.total).toBeNull();
  });

  it('reads dates as whole seconds, inclusive, without their offset, and an end only beside a start', async () => {
    const within = async (query: string): Promise<number> =>
      (await get(`/sessions?limit=100&${query}`)).body.data.length;
    expect(await within('start_date=2026-11-21T08:29:15Z&end_date=2026-11-21T08:31:15Z')).toBe(29);
    // What the real gateway answered to the same windows.
    expect(await within('start_date=2026-11-21T08:31:15Z&end_date=2026-11-21T08:32:15Z')).toBe(31);
    expect(await within('start_date=2026-11-21T07:33:15Z&end_date=2026-11-21T08:33:15Z')).toBe(69);
    expect(await within('start_date=2026-11-21T08:29:15%2B05:00&end_date=2026-11-21T08:31:15.9Z')).toBe(29);
    expect(await within('end_date=2026-11-21T08:31:15Z')).toBe(69);
    expect(await within('start_date=2026-11-21T08:32:26Z')).toBe(0);
  });

  it('filters by user, connection and review status', async () => {
    expect((await get('/sessions?user=dan.dev@lab.example&limit=100')).body.data).toHaveLength(20);
    expect((await get('/sessions?user=dan%25&limit=100')).body.data).toHaveLength(20);
    expect((await get('/sessions?connection=bash-prod&limit=100')).body.data).toHaveLength(23);
    expect((await get('/sessions?review.status=PENDING&limit=100')).body.data).toHaveLength(3);
    expect((await get('/sessions?no-such-filter=1&limit=100')).body.data).toHaveLength(69);
  });

  it('gives input and stream only where they are asked for', async () => {
    const path = '/sessions/49db3c1d-ae17-4d5d-9e16-e7a27d8b6a5d';
    expect((await get(path)).body).toMatchObject({ script: { data: 'id' } });
    expect((await get(path)).body.event_stream).toBeUndefined();
    const stream = await get(`${path}?expand=event_stream`);
    expect(stream.body.script).toEqual({ data: '' });
    expect(stream.body.event_stream).toHaveLength(2);
    expect((await get('/sessions/not-a-uuid')).status).toBe(500);
    expect((await get('/sessions/00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });

  it('knows one token, and keeps administrators’ lists from it', async () => {
    expect((await get('/sessions', 'another')).status).toBe(401);
    expect((await fetch(`${url}/api/sessions`)).status).toBe(401);
    for (const path of [
      '/api-keys',
      '/ai-agents',
      '/rulepacks',
      '/server-logs',
      '/orgs/protection-profile',
    ]) {
      expect((await get(path)).status, path).toBe(403);
    }
  });

  it('pages and filters the administration log', async () => {
    const first = await get('/audit/logs?page=1&page_size=30');
    const second = await get('/audit/logs?page=2&page_size=30');
    expect(first.body.pages).toEqual({ total: 42, page: 1, size: 30 });
    expect([...first.body.data, ...second.body.data]).toHaveLength(42);
    expect((await get('/audit/logs?outcome=false')).body.data).toHaveLength(1);
    expect((await get('/audit/logs?created_after=2026-11-21T08:31:40Z')).body.data).toHaveLength(12);
    expect((await get('/audit/logs?page_size=101')).status).toBe(422);
    expect((await get('/audit/logs?created_after=yesterday')).status).toBe(500);
  });

  it('keeps recorded time: it begins with the step, follows the answers and never goes back', async () => {
    const fresh = createRecordedGateway({ directory: recording });
    const { url: address } = await fresh.listen();
    expect(fresh.clock()).toBe('2026-11-21T08:31:08.821060Z');
    const headers = { authorization: `Bearer ${recordedToken}` };
    const late = await fetch(`${address}/api/userinfo`, { headers });
    const after = fresh.clock();
    await fetch(`${address}/api/serverinfo`, { headers });
    expect(fresh.clock() > after).toBe(true);
    expect(late.headers.get('date')).toMatch(/^Sat, 21 Nov 2026 08:31:0\d GMT$/);
    expect([fresh.step, fresh.advance(), fresh.step]).toEqual([1, true, 2]);
    await fresh.close();
  });
});
