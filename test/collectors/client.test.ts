import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHoopClient,
  MAX_RESPONSE_BYTES,
  type HoopClientOptions,
} from '../../collectors/hoop/client.ts';
import {
  createRecordedGateway,
  recordedToken,
  type Fault,
  type RecordedGateway,
} from '../../demo/recorded-gateway.ts';
import { addMillis, toInstant, toMillis } from '../../domain/time.ts';
import { recording } from './replay.ts';

let gateway: RecordedGateway;
let url: string;
beforeAll(async () => {
  gateway = createRecordedGateway({ directory: recording });
  ({ url } = await gateway.listen());
});
afterAll(() => gateway.close());

function client(options: Partial<HoopClientOptions> = {}) {
  const pauses: number[] = [];
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
  return {
    pauses,
    ...createHoopClient({ url, token: recordedToken, clock: gateway.clock, sleep, ...options }),
  };
}

async function count(work: () => Promise<unknown>): Promise<number> {
  const before = gateway.requests.length;
  await work().catch(() => undefined);
  return gateway.requests.length - before;
}

const fault = (kind: Fault['kind'], times: number): void => gateway.inject({ kind, times });

describe('the client of the gateway', () => {
  it('tries again after server errors, with growing pauses', async () => {
    fault('error', 3);
    const { get, pauses } = client();
    expect(await get('/users')).toMatchObject({ kind: 'ok' });
    expect(pauses).toEqual([250, 500, 1000]);
  });

  it('tries again when the gateway hangs up', async () => {
    fault('hang-up', 2);
    expect(await client().get('/users')).toMatchObject({ kind: 'ok' });
  });

  it('gives up after four tries and says so', async () => {
    fault('error', 4);
    const { get } = client();
    const before = gateway.requests.length;
    await expect(get('/users')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(gateway.requests.length - before).toBe(4);
  });

  it('never tries again when the token is refused', async () => {
    expect(await count(() => client({ token: 'another' }).get('/users'))).toBe(1);
    await expect(client({ token: 'another' }).get('/users')).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
    });
  });

  it.each([
    ['/api-keys', 403],
    ['/sessions?limit=0', 422],
    ['/no-such-route', 404],
  ])('takes a declined request for an answer: %s', async (path, status) => {
    const { get } = client();
    const before = gateway.requests.length;
    expect(await get(path)).toMatchObject({ kind: 'declined', status });
    expect(gateway.requests.length - before).toBe(1);
  });

  it.each(['truncated', 'html'] as const)(
    'calls %s answers malformed and does not repeat them',
    async (kind) => {
      fault(kind, 1);
      const before = gateway.requests.length;
      await expect(client().get('/users')).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
      expect(gateway.requests.length - before).toBe(1);
    },
  );

  it('stops reading an answer that is too large', async () => {
    const chunk = new Uint8Array(8 * 1024 * 1024);
    let given = 0;
    const body = new ReadableStream({
      pull(controller) {
        given += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const { get } = client({ fetch: async () => new Response(body) });
    await expect(get('/users')).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
    expect(given).toBeLessThan(MAX_RESPONSE_BYTES * 2);
  });

  it('ends at once when the poll is called off', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await count(() => client({ signal: stop.signal }).get('/users'))).toBe(0);
  });

  it('makes values that JSON can carry and canonical JSON cannot harmless', async () => {
    const { get } = client({ fetch: async () => new Response('{"a":"\\ud800x","b":1e999,"c":[1e2]}') });
    expect(await get('/x')).toEqual({ kind: 'ok', value: { a: '\ufffdx', b: null, c: [100] } });
  });

  it('measures the clock of the gateway against the middle of the request', async () => {
    const start = toInstant('2026-01-01T00:00:00Z', 'test');
    let calls = 0;
    const clock = () => addMillis(start, 200 * calls++);
    const date = new Date(toMillis(start) + 3000).toUTCString();
    const { get, clockOffsetMs } = client({
      clock,
      fetch: async () => new Response('{}', { headers: { date } }),
    });
    expect(clockOffsetMs()).toBeUndefined();
    await get('/users');
    expect(clockOffsetMs()).toBe(3000 + 500 - 100);
  });
});
