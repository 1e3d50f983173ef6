import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnnexaError } from '../../domain/errors.ts';
import type { LogStore, Receipt } from '../../domain/ports.ts';
import type { LogAppender } from '../../ingest/append.ts';
import { ingestRoutes } from '../../ingest/routes.ts';
import { PROBLEM_TYPE, problemOf } from '../../http/errors.ts';
import { fromBase64 } from '../../ledger/bytes.ts';
import { createReader } from '../../ledger/reader.ts';
import { createSealer, type Sealer } from '../../ledger/seal.ts';
import { verifyTlogProof } from '../../ledger/tlog-proof.ts';
import { testSigner, verifyByOpenSsl } from '../ledger/keys-for-tests.ts';
import { appenderOf, cloudEvent, freshDirectory, openTestStore, origin } from './parts.ts';

const directory = freshDirectory();
const signer = testSigner(origin);
let store: LogStore;
let app: FastifyInstance;
let sealer: Sealer;
let address: string;
let appender: LogAppender;

beforeAll(async () => {
  store = await openTestStore(directory.path);
  const ledger = { store, dataDirectory: directory.path, log: 0, origin, signer };
  sealer = createSealer(ledger);
  appender = appenderOf(store);
  app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler(async (error, _request, reply) => {
    const problem = problemOf(error);
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  });
  await app.register(
    ingestRoutes({
      appender: { append: (...given) => appender.append(...given), drain: () => appender.drain() },
      store,
      reader: createReader(ledger),
      authorise: async (request) => {
        const { authorization } = request.headers;
        if (authorization === undefined) throw new AnnexaError('UNAUTHENTICATED', 'no token');
        if (authorization !== 'Bearer good') throw new AnnexaError('FORBIDDEN', 'this token may not ingest');
        return 'token/test';
      },
    }),
  );
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await appender.drain();
  await store.close();
  directory.remove();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Receipt & { readonly code: string; readonly detail: string };
}

async function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${address}/v1/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer good', 'content-type': LINES, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  return { status: response.status, type, body: (await response.json()) as Answer['body'] };
}

const LINES = 'application/x-ndjson';
const toLines = (...values: unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n');
const refusalCount = async (): Promise<number> => {
  const [row] = await store.select<{ rows: number }>('SELECT count() AS rows FROM refusals');
  return row?.rows ?? 0;
};
const size = async (): Promise<number> => (await store.head(0)).size;

describe('POST /v1/events', () => {
  it('takes one event a line, and says where they stand', async () => {
    const answer = await post(`\n${toLines(cloudEvent(1), '', cloudEvent(2))}\r\n`);
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(answer.body).toEqual({ log: origin, accepted: 2, repeated: 0, refused: [], first: 0, last: 1 });
  });

  it('takes one event, a batch, and binary mode', async () => {
    const single = await post(JSON.stringify(cloudEvent(10)), {
      'content-type': 'application/cloudevents+json',
    });
    expect(single.body).toMatchObject({ accepted: 1 });
    const batch = await post(JSON.stringify([cloudEvent(11), cloudEvent(12, { type: 'command.executed' })]), {
      'content-type': 'application/cloudevents-batch+json; charset=utf-8',
    });
    expect(batch.body).toMatchObject({ accepted: 2 });
    const { data, ...attributes } = cloudEvent(13, { subject: 'session/%C3%A9', traceparent: '00-ab' });
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]),
    );
    const binary = await post(JSON.stringify(data), { ...headers, 'content-type': 'application/json' });
    expect(binary.body).toMatchObject({ accepted: 1, refused: [] });
    const [row] = await store.entries(0, binary.body.first ?? 0, (binary.body.first ?? 0) + 1);
    expect(row?.entry).toContain('"subject":"session/é"');
    expect(row?.values['content']).toContain('"attributes":{"traceparent":"00-ab"}');
  });

  it('takes gzip', async () => {
    const answer = await post(gzipSync(toLines(cloudEvent(20))), { 'content-encoding': 'gzip' });
    expect(answer.body).toMatchObject({ accepted: 1 });
  });

  it('keeps more digits of a time than six beside the event, and takes any offset', async () => {
    const answer = await post(toLines(cloudEvent(21, { time: '2026-06-15T10:00:00.123456789+02:00' })));
    const [row] = await store.entries(0, answer.body.first ?? 0, (answer.body.first ?? 0) + 1);
    expect(row?.entry).toContain('"time":"2026-06-15T08:00:00.123456Z"');
    expect(row?.values['content']).toContain('"time":"2026-06-15T10:00:00.123456789+02:00"');
  });

  it('lets no bad line cost a good one, and keeps each bad one with its reason', async () => {
    const bad: [RegExp, unknown][] = [
      [/not JSON/, '{"specversion":"1.0",'],
      [/not a JSON object/, '"text"'],
      [/not a JSON object/, '[]'],
      [/specversion/, cloudEvent(30, { specversion: '0.3' })],
      [/id or source/, cloudEvent(30, { id: 7 })],
      [/not a known kind/, cloudEvent(30, { type: 'com.example.thing' })],
      [/not a known kind/, cloudEvent(30, { type: '__proto__' })],
      [/only annexa/, cloudEvent(30, { type: 'token.created', data: { token: 't', role: 'admin' } })],
      [/annexa itself/, cloudEvent(30, { source: 'annexa/ingest' })],
      [/RFC 3339/, cloudEvent(30, { time: 'yesterday' })],
      [/RFC 3339/, cloudEvent(30, { time: '2026-02-30T00:00:00Z' })],
      [/before the year 2000/, cloudEvent(30, { time: '1969-07-20T20:17:40Z' })],
      [/more than a day ahead/, cloudEvent(30, { time: '9999-12-31T23:59:59Z' })],
      [/data is not/, cloudEvent(30, { data: [1] })],
      [/data\.seq/, cloudEvent(30, { data: { seq: '1' } })],
      [/data.*required/, cloudEvent(30, { data: {} })],
      [/control character/, cloudEvent(30, { id: 'a\u0000b' })],
      [/well-formed/, JSON.stringify(cloudEvent(30)).replace('orders"', String.raw`\ud800"`)],
      [
        /nested/,
        JSON.stringify(cloudEvent(30)).replace(
          '"seq":30',
          `"seq":30,"x":${'['.repeat(5000)}${']'.repeat(5000)}`,
        ),
      ],
      [/2\^53/, JSON.stringify(cloudEvent(30)).replace('"seq":30', '"seq":30,"x":12345678901234567890')],
      [/conflict|other content/, cloudEvent(1, { subject: 'session/changed' })],
    ];
    const before = { refusals: await refusalCount(), size: await size() };
    const lines = bad.flatMap(([, value], i) => [value, cloudEvent(1000 + i)]);
    const { status, body } = await post(toLines(...lines));
    expect(status).toBe(200);
    expect(body.accepted).toBe(bad.length);
    expect(body.last).toBe((body.first ?? 0) + bad.length - 1);
    expect(body.refused.map(({ line }) => line)).toEqual(bad.map((_, i) => 2 * i + 1));
    for (const [i, [reason]] of bad.entries()) expect(body.refused[i]?.reason).toMatch(reason);
    expect(await refusalCount()).toBe(before.refusals + bad.length);
    expect(await size()).toBe(before.size + 2 * bad.length);
    // The same body again: nothing is doubled, neither the good nor the bad.
    const again = await post(toLines(...lines));
    expect(again.body).toMatchObject({ accepted: 0, repeated: bad.length });
    expect(again.body.refused).toHaveLength(bad.length);
    expect(await size()).toBe(before.size + 2 * bad.length);
  });

  it('refuses a line that is not UTF-8, and takes the others', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${toLines(cloudEvent(40))}\n{"id":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n${toLines(cloudEvent(41))}`),
    ]);
    const { body } = await post(bytes);
    expect(body).toMatchObject({ accepted: 2, refused: [{ line: 2, code: 'EVENT_INVALID' }] });
  });

  it('answers a body that is no JSON with 400, and keeps it', async () => {
    const before = await refusalCount();
    for (const [type, text] of [
      ['application/cloudevents+json', '{"a":'],
      ['application/cloudevents-batch+json', '{}'],
      ['application/cloudevents+json', '[7]'],
    ] as const) {
      const answer = await post(text, { 'content-type': type });
      expect(answer).toMatchObject({ status: 400, type: PROBLEM_TYPE, body: { code: 'BODY_INVALID' } });
    }
    const gzip = await post('not gzip', { 'content-encoding': 'gzip' });
    expect(gzip).toMatchObject({ status: 400, body: { code: 'BODY_INVALID' } });
    expect(await refusalCount()).toBe(before + 4);
  });

  it('answers 20 MB with 413 while the sender is listening, and stores nothing but that', async () => {
    const before = await size();
    const event = toLines(cloudEvent(50));
    const answer = await post(`${event}\n`.repeat(Math.ceil(20_000_000 / event.length)));
    expect(answer).toMatchObject({ status: 413, type: PROBLEM_TYPE, body: { code: 'BODY_TOO_LARGE' } });
    expect(await size()).toBe(before + 1);
  });

  it('stops inflating a bomb at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, 10));
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage().arrayBuffers;
    const answer = await post(bomb, { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
  });

  it('refuses what it cannot read before it reads it', async () => {
    expect(await post('{}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { code: 'MEDIA_TYPE_UNSUPPORTED' },
    });
    expect((await post('{}', { 'content-type': 'application/json' })).status).toBe(415);
    expect((await post('{}', { 'content-encoding': 'br' })).status).toBe(415);
    expect((await post('{}', { authorization: 'Bearer bad' })).status).toBe(403);
    const nobody = await fetch(`${address}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': LINES },
      body: '{}',
    });
    expect(nobody.status).toBe(401);
  });

  it('asks for patience when too much is waiting, and takes the same body later', async () => {
    const real = appender;
    appender = { ...real, append: () => Promise.reject(new AnnexaError('OVERLOADED', 'full')) };
    const response = await fetch(`${address}/v1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer good', 'content-type': LINES },
      body: toLines(cloudEvent(60)),
    });
    appender = real;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await post(toLines(cloudEvent(60)))).body.accepted).toBe(1);
  });

  it('moves a policy document to an artefact, with pseudonyms for people', async () => {
    const document = {
      resources: [{ name: 'b' }, { name: 'a' }],
      grants: [{ principal: 'user:dan@example.com', resource: 'a', roles: ['read'], until: null }],
      members: [{ group: 'dev', identity: 'dan@example.com' }],
    };
    const data = { document, observedBetween: [null, '2026-06-15T08:00:00.000000Z'] };
    const { body } = await post(
      toLines(cloudEvent(70, { type: 'policy.snapshotted', subject: undefined, data })),
    );
    expect(body).toMatchObject({ accepted: 1, refused: [] });
    const [policy] = await store.select<{ document: string }>('SELECT document FROM policies');
    expect(policy?.document).not.toContain('dan@example.com');
    expect(policy?.document).toMatch(
      /"identity":"([a-z2-7]{26})".*"resources":\[\{"name":"a"\},\{"name":"b"\}\]/,
    );
  });
});

describe('GET /v1/receipts', () => {
  it('proves an event once its checkpoint is signed', async () => {
    const { body } = await post(toLines(cloudEvent(80)));
    const ask = async (query: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await fetch(`${address}/v1/receipts?${query}`, {
        headers: { authorization: 'Bearer good' },
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const waiting = await ask('source=gateway&id=command-80');
    expect(waiting.body).toMatchObject({ log: origin, index: body.first, sealed: false, proof: null });
    await sealer.seal();
    const sealed = await ask('source=gateway&id=command-80');
    expect(sealed.body).toMatchObject({
      sealed: true,
      size: (body.first ?? 0) + 1,
      leaf: waiting.body['leaf'],
    });
    const leaf = fromBase64(String(sealed.body['leaf'])) ?? new Uint8Array(0);
    const proof = await verifyTlogProof(String(sealed.body['proof']), leaf, {
      origin,
      keys: [signer.key],
      verify: verifyByOpenSsl,
    });
    expect(proof.ok).toBe(true);
    expect((await ask('source=gateway&id=unheard-of')).status).toBe(404);
    expect((await ask('source=gateway')).status).toBe(400);
  });
});
