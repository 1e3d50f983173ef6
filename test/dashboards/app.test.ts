import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../http/headers.ts';
import { BUILDING, createFixture, PACKET, type Fixture } from './fixture.ts';

const HTML = { accept: 'text/html' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the application', () => {
  let fixture: Fixture;
  let cookie: string;

  beforeEach(() => {
    fixture = createFixture();
    cookie = fixture.cookie();
  });
  afterEach(async () => fixture.app.close());

  const get = async (url: string, headers: Record<string, string> = {}) =>
    fixture.app.inject({ url, headers: { cookie, ...headers } });
  const csrfOf = async (): Promise<string> =>
    /name="csrf" value="([^"]+)"/.exec((await get('/settings', HTML)).body)![1]!;
  const post = async (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fixture.app.inject({
      method: 'POST',
      url,
      headers: { cookie, ...FORM, ...HTML, ...headers },
      payload: new URLSearchParams(fields).toString(),
    });

  describe('sign-in', () => {
    const code = (): string => fixture.signIn.issueCode({ name: 'Ines Roth', role: 'compliance' });

    it('leads a browser to the sign-in and tells a program', async () => {
      const browser = await fixture.app.inject({ url: '/exceptions?period=2026-10', headers: HTML });
      expect([browser.statusCode, browser.headers.location]).toEqual([
        303,
        '/sign-in?next=%2Fexceptions%3Fperiod%3D2026-10',
      ]);
      const program = await fixture.app.inject({ url: '/v1/sessions' });
      expect([program.statusCode, program.headers['content-type'], program.json<{ code: string }>().code]).toEqual([
        401, 'application/problem+json', 'UNAUTHENTICATED',
      ]); // prettier-ignore
    });

    it('takes a link once', async () => {
      const url = `/sign-in?code=${code()}`;
      const first = await fixture.app.inject({ url });
      expect([first.statusCode, first.headers.location]).toEqual([303, '/']);
      const second = await fixture.app.inject({ url });
      expect(second.statusCode).toBe(403);
      expect(second.headers['set-cookie']).toBeUndefined();
    });

    it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
      const { headers } = await fixture.app.inject({ url: `/sign-in?code=${code()}` });
      expect(headers['set-cookie']).toMatch(
        /^annexa=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
      );
    });

    it('refuses a code after ten minutes', async () => {
      const late = code();
      fixture.pass(600_000);
      expect((await fixture.app.inject({ url: `/sign-in?code=${late}` })).statusCode).toBe(403);
    });

    it('does not send a browser to another site afterwards', async () => {
      for (const next of [
        'https://evil.example/',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
      ]) {
        const { headers } = await fixture.app.inject({
          url: `/sign-in?code=${code()}&next=${encodeURIComponent(next)}`,
        });
        expect(headers.location).toBe('/');
      }
      const own = await fixture.app.inject({
        url: `/sign-in?code=${code()}&next=${encodeURIComponent('/?from=2026-10-01T00:00:00.000000Z&to=2026-11-01T00:00:00.000000Z')}`,
      });
      expect(own.headers.location).toBe('/?from=2026-10-01T00:00:00.000000Z&to=2026-11-01T00:00:00.000000Z');
    });

    it('stops comparing codes after ten attempts in a minute, and starts again', async () => {
      for (let attempt = 0; attempt < 10; attempt += 1)
        await fixture.app.inject({ url: '/sign-in?code=wrong' });
      const limited = await fixture.app.inject({ url: `/sign-in?code=${code()}` });
      expect([limited.statusCode, limited.headers['retry-after']]).toEqual([429, '60']);
      fixture.pass(60_000);
      expect((await fixture.app.inject({ url: `/sign-in?code=${code()}` })).statusCode).toBe(303);
    });

    it('ends a session that is idle for an hour, or twelve hours old', async () => {
      fixture.pass(3_599_000);
      expect((await get('/settings', HTML)).statusCode).toBe(200);
      fixture.pass(1_000);
      expect((await get('/settings', HTML)).statusCode).toBe(303);
      let held = fixture.cookie();
      for (let half = 0; half < 23; half += 1) {
        fixture.pass(1_800_000);
        const { headers } = await fixture.app.inject({
          url: '/settings',
          headers: { cookie: held, ...HTML },
        });
        held = String(headers['set-cookie']).split(';')[0]!;
      }
      fixture.pass(1_800_000);
      expect(
        (await fixture.app.inject({ url: '/settings', headers: { cookie: held, ...HTML } })).statusCode,
      ).toBe(303);
    });

    it('takes no cookie that was changed or made by another key', async () => {
      const [body = '', signature = ''] = cookie.slice('annexa='.length).split('.');
      const forged = Buffer.from(
        Buffer.from(body, 'base64url').toString().replace('compliance', 'admin'),
      ).toString('base64url');
      for (const value of [
        `${forged}.${signature}`,
        `${body}.`,
        body,
        `${body}.${signature.slice(0, -2)}`,
        `${body}.${signature}.x`,
      ]) {
        expect(
          (await fixture.app.inject({ url: '/settings', headers: { cookie: `annexa=${value}`, ...HTML } }))
            .statusCode,
        ).toBe(303);
      }
    });

    it('signs out for good: the old cookie is worth nothing', async () => {
      const csrf = await csrfOf();
      const out = await post('/sign-out', { csrf });
      expect(out.headers['set-cookie']).toContain('Max-Age=0');
      expect((await get('/settings', HTML)).statusCode).toBe(303);
    });
  });

  describe('guards', () => {
    it('sends the policy and the other headers with every answer, errors too', async () => {
      for (const url of ['/', '/nowhere', '/v1/sessions/zzz', '/healthz', '/sign-in']) {
        const { headers } = await get(url, HTML);
        expect(headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY);
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      }
      expect(CONTENT_SECURITY_POLICY).toBe(
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
    });

    it('answers only by names it knows, whatever the port', async () => {
      const status = async (host: string): Promise<number> =>
        (await get('/settings', { host, ...HTML })).statusCode;
      for (const host of [
        'localhost',
        'localhost:8080',
        '127.0.0.1:9',
        '[::1]:8080',
        'annexa.acme.example',
        'ANNEXA.acme.example:443',
      ]) {
        expect(await status(host)).toBe(200);
      }
      for (const host of [
        'evil.example',
        'localhost.evil.example',
        '127.0.0.1.nip.io:8080',
        '10.0.0.1',
        'localhost.',
      ])
        expect(await status(host)).toBe(403);
      expect((await get('/healthz', { host: '10.0.0.1:8080' })).statusCode).toBe(200);
    });

    it('refuses a form without the token of its session', async () => {
      const csrf = await csrfOf();
      const other = /name="csrf" value="([^"]+)"/.exec(
        (await fixture.app.inject({ url: '/settings', headers: { cookie: fixture.cookie(), ...HTML } })).body,
      )![1]!;
      expect(other).not.toBe(csrf);
      for (const token of ['', 'wrong', other]) {
        expect((await post('/settings', { csrf: token, theme: 'dark' })).statusCode).toBe(403);
        expect(
          (await post('/packets', { csrf: token, from: '2026-10-01', to: '2026-11-01' })).statusCode,
        ).toBe(403);
        expect((await post('/log/verify', { csrf: token })).statusCode).toBe(403);
      }
      expect((await post('/settings', { csrf, theme: 'dark' })).statusCode).toBe(303);
    });

    it('refuses a change that another site asks for, by form or by JSON', async () => {
      const csrf = await csrfOf();
      for (const foreign of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const headers = foreign as unknown as Record<string, string>;
        expect((await post('/settings', { csrf, theme: 'dark' }, headers)).statusCode).toBe(403);
        const json = await fixture.app.inject({
          method: 'POST',
          url: '/v1/packets',
          headers: { cookie, ...headers },
          payload: { from: '2026-10-01', to: '2026-11-01' },
        });
        expect(json.statusCode).toBe(403);
      }
      expect(
        (await post('/settings', { csrf, theme: 'dark' }, { origin: 'http://localhost:80' })).statusCode,
      ).toBe(303);
    });

    it('takes only forms on pages and only JSON in the API, both small', async () => {
      const csrf = await csrfOf();
      const text = await fixture.app.inject({
        method: 'POST',
        url: '/settings',
        headers: { cookie, 'content-type': 'text/plain' },
        payload: `csrf=${csrf}`,
      });
      expect(text.statusCode).toBe(415);
      expect((await post('/settings', { csrf, theme: 'x'.repeat(70_000) })).statusCode).toBe(413);
      const form = await fixture.app.inject({
        method: 'POST',
        url: '/v1/packets',
        headers: { cookie, ...FORM },
        payload: 'from=2026-10-01',
      });
      expect([form.statusCode, form.headers['content-type']]).toEqual([415, 'application/problem+json']);
    });

    it('lets a program in by token, and the owner by the socket', async () => {
      const bearer = createFixture({
        bearer: async (header) =>
          header === 'Bearer good' ? { name: 'reader', role: 'auditor' } : undefined,
      });
      expect(
        (await bearer.app.inject({ url: '/v1/sessions', headers: { authorization: 'Bearer good' } }))
          .statusCode,
      ).toBe(200);
      expect(
        (
          await bearer.app.inject({
            url: '/v1/sessions',
            headers: { authorization: 'Bearer bad', cookie: bearer.cookie() },
          })
        ).statusCode,
      ).toBe(401);
      const owner = createFixture({ operator: { name: 'owner', role: 'admin' } });
      expect((await owner.app.inject({ url: '/v1/sessions' })).statusCode).toBe(200);
      await Promise.all([bearer.app.close(), owner.app.close()]);
    });

    it('says nothing of its insides when something unforeseen fails', async () => {
      const broken = createFixture({
        verifyLog: async () => Promise.reject(new Error('secret path /var/lib/annexa')),
      });
      const held = broken.cookie();
      const token = /name="csrf" value="([^"]+)"/.exec(
        (await broken.app.inject({ url: '/settings', headers: { cookie: held, ...HTML } })).body,
      )![1]!;
      const { statusCode, body } = await broken.app.inject({
        method: 'POST',
        url: '/log/verify',
        headers: { cookie: held, ...FORM, ...HTML },
        payload: `csrf=${token}`,
      });
      expect(statusCode).toBe(500);
      expect(body).not.toContain('secret');
      expect(String(broken.failures[0])).toContain('secret path');
      await broken.app.close();
    });
  });

  describe('reading API', () => {
    it('lists sessions page by page', async () => {
      const first = (await get('/v1/sessions?limit=3')).json<{
        items: { session: string }[];
        total: number;
        next: string;
      }>();
      expect([first.items.length, first.total]).toEqual([3, 412]);
      const rest = (await get(`/v1/sessions?limit=500&after=${first.next}`)).json<{
        items: { session: string }[];
        next: null;
      }>();
      expect(rest.next).toBeNull();
      expect(new Set([...first.items, ...rest.items].map((row) => row.session)).size).toBe(7);
    });

    it('never gives more than 500 rows', async () => {
      for (const limit of ['501', '0', '-1', '1.5', 'all'])
        expect((await get(`/v1/events?limit=${limit}`)).statusCode).toBe(400);
    });

    it('walks the entries of the log without a gap', async () => {
      const seen: number[] = [];
      let after = '';
      for (let page = 0; page < 10; page += 1) {
        const answer = (await get(`/v1/events?limit=50&after=${after}`)).json<{
          items: { index: number }[];
          next: string | null;
        }>();
        seen.push(...answer.items.map((row) => row.index));
        if (answer.next === null) break;
        after = answer.next;
      }
      expect(seen).toEqual(Array.from({ length: 120 }, (_, at) => at));
    });

    it('gives exceptions with the test that found each, and evaluations whole', async () => {
      const list = (await get('/v1/exceptions?period=2026-10&limit=5')).json<{
        items: { test: string; code: string }[];
        total: number;
        next: string;
      }>();
      expect([list.total, list.items.length]).toEqual([12, 5]);
      const rest = (await get(`/v1/exceptions?period=2026-10&after=${list.next}`)).json<{
        items: object[];
      }>();
      expect(rest.items).toHaveLength(7);
      const evaluation = (await get('/v1/evaluations?from=2026-10-01&to=2026-11-01')).json<{
        controls: object[];
        period: { from: string };
      }>();
      expect([evaluation.controls.length, evaluation.period.from]).toEqual([
        93,
        '2026-10-01T00:00:00.000000Z',
      ]);
    });

    it.each(['/v1/approvals', '/v1/policies'])('%s answers with items, total and next', async (url) => {
      expect(Object.keys((await get(url)).json<object>()).sort()).toEqual(['items', 'next', 'total']);
    });
  });

  describe('packets', () => {
    it('takes a request for a packet and says where to look', async () => {
      const payload = {
        from: '2026-10-01',
        to: '2026-11-01',
        controls: ['A.5.18', 'A.9.2'],
        reader: { person: 'full' },
        complete: true,
      };
      const { statusCode, headers, body } = await fixture.app.inject({
        method: 'POST',
        url: '/v1/packets',
        headers: { cookie },
        payload,
      });
      expect([statusCode, headers.location, JSON.parse(body)]).toEqual([
        202,
        '/v1/packets/started-2',
        { id: 'started-2', state: 'building' },
      ]);
    });

    it.each([
      [{ from: '2026-10-01' }, 'period'],
      [{ from: '2026-11-01', to: '2026-10-01' }, 'period'],
      [{ from: '2026-10-01', to: '2026-11-01', controls: ['5.18; DROP'] }, 'controls'],
      [{ from: '2026-10-01', to: '2026-11-01', colour: 'red' }, 'colour'],
      [[], undefined],
    ])('refuses %j, naming the field', async (payload, where) => {
      const { statusCode, body } = await fixture.app.inject({
        method: 'POST',
        url: '/v1/packets',
        headers: { cookie },
        payload,
      });
      expect([statusCode, JSON.parse(body).where]).toEqual([400, where]);
    });

    it('gives the form back with what was typed and what is wrong', async () => {
      const { statusCode, body } = await post('/packets', {
        csrf: await csrfOf(),
        from: '2026-11-01',
        to: '2026-10-01',
        which: 'some',
        controls: 'A.5.18 nonsense',
      });
      expect(statusCode).toBe(400);
      expect(body).toContain('value="A.5.18 nonsense"');
      expect(body).toContain('value="2026-11-01"');
      expect(body.match(/aria-invalid="true"/g)).toHaveLength(3);
      expect(body).toContain('role="alert"');
    });

    it('records that a packet was read before it sends it', async () => {
      const { statusCode, headers, body } = await get(`/v1/packets/${PACKET}/packet.zip`);
      expect([statusCode, headers['content-type'], headers['content-disposition'], body]).toEqual([
        200, 'application/zip', `attachment; filename="packet-${PACKET}.zip"`, 'bytes of packet.zip',
      ]); // prettier-ignore
      expect(fixture.readings).toEqual([{ kind: 'packet.read', packet: PACKET, by: 'Ines Roth' }]);
    });

    it('sends nothing when the reading cannot be recorded', async () => {
      const broken = createFixture({ record: async () => Promise.reject(new Error('log is frozen')) });
      const headers = { cookie: broken.cookie() };
      for (const url of [
        `/v1/packets/${PACKET}/packet.zip`,
        '/sessions/e5befba8-4f35-4b26-9f35-6f2b81a0c005/recording',
      ]) {
        const { statusCode, body } = await broken.app.inject({ url, headers });
        expect(statusCode).toBe(500);
        expect(body).not.toContain('bytes of');
      }
      await broken.app.close();
    });

    it('offers no file of a packet that is not built', async () => {
      expect((await get(`/v1/packets/${BUILDING}/packet.zip`)).statusCode).toBe(404);
      expect((await get(`/packets/${BUILDING}`, HTML)).body).not.toContain('packet.zip" download');
    });

    it('streams progress until the packet is done', async () => {
      const { headers, body } = await get(`/v1/packets/${PACKET}`, { accept: 'text/event-stream' });
      expect(headers['content-type']).toContain('text/event-stream');
      const data = JSON.parse(/^data: (.*)$/m.exec(body)![1]!);
      expect([data.stage, data.steps.length, data.steps[1].duration]).toEqual(['built', 9, '4 s']);
    });

    it('shows a verification line by line after it ran', async () => {
      const done = await post(`/packets/${PACKET}/verify`, { csrf: await csrfOf() });
      expect(done.headers.location).toBe(`/packets/${PACKET}#verify`);
      const { body } = await get(`/packets/${PACKET}`, HTML);
      expect(body).toContain('is valid: 6 checks of 6 hold.');
      expect(body.match(/valid: <\/span>/g)).toHaveLength(6);
    });

    it('downloads a recording, and writes down who did', async () => {
      const { statusCode, headers } = await get(
        '/v1/sessions/e5befba8-4f35-4b26-9f35-6f2b81a0c005/recording',
      );
      expect([statusCode, headers['content-type']]).toEqual([200, 'application/x-asciicast']);
      expect(fixture.readings[0]).toMatchObject({ kind: 'recording.viewed', by: 'Ines Roth' });
    });
  });

  describe('log files', () => {
    const base = '/log/annexa.example.com/acme/main';

    it('serves checkpoint, tiles and bundles as tlog-tiles does', async () => {
      const checkpoint = await get(`${base}/checkpoint`);
      expect([
        checkpoint.statusCode,
        checkpoint.headers['content-type'],
        checkpoint.headers['cache-control'],
      ]).toEqual([200, 'text/plain; charset=utf-8', 'no-cache']);
      expect(checkpoint.body.startsWith('annexa.example.com/acme/main\n48211\n')).toBe(true);
      const tile = await get(`${base}/tile/0/000`);
      expect([tile.rawPayload.length, tile.headers['cache-control']]).toEqual([
        8192,
        'private, max-age=31536000, immutable',
      ]);
      expect((await get(`${base}/tile/0/188.p/83`)).rawPayload.length).toBe(83 * 32);
      expect((await get(`${base}/tile/1/000.p/188`)).rawPayload.length).toBe(188 * 32);
      const bundle = (await get(`${base}/tile/entries/000`)).rawPayload;
      const first = bundle.subarray(2, 2 + bundle.readUInt16BE(0)).toString();
      expect(JSON.parse(first).id).toBe('id-0');
    });

    it.each([
      'tile/0/1', 'tile/0/0001', 'tile/0/x000/001', 'tile/00/000', 'tile/64/000', 'tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/01',
      'tile/0/999', 'tile/entries/999', 'other/checkpoint',
    ])('has no %s', async (path) => {
      expect((await get(`${base}/${path}`)).statusCode).toBe(404);
    }); // prettier-ignore

    it('keeps the log to those who are signed in, unless hashes are public; entries stay private', async () => {
      expect((await fixture.app.inject({ url: `${base}/checkpoint` })).statusCode).toBe(401);
      const open = createFixture({ publicLog: true });
      expect((await open.app.inject({ url: `${base}/checkpoint` })).statusCode).toBe(200);
      expect((await open.app.inject({ url: `${base}/tile/0/000` })).headers['cache-control']).toContain(
        'public',
      );
      expect((await open.app.inject({ url: `${base}/tile/entries/000` })).statusCode).toBe(401);
      const held = open.cookie();
      expect(
        (await open.app.inject({ url: `${base}/tile/entries/000`, headers: { cookie: held } })).statusCode,
      ).toBe(200);
      await open.app.close();
    });
  });

  describe('around', () => {
    it('answers probes without a sign-in', async () => {
      expect((await fixture.app.inject({ url: '/healthz' })).body).toBe('ok\n');
      expect((await fixture.app.inject({ url: '/readyz' })).statusCode).toBe(200);
      fixture.store.down = true;
      expect((await fixture.app.inject({ url: '/readyz' })).statusCode).toBe(503);
      const metrics = (await fixture.app.inject({ url: '/metrics' })).body;
      expect(metrics).toContain('annexa_log_entries 48211');
      expect(metrics).toContain('annexa_http_requests_total{method="GET",route="/readyz",status="503"} 1');
    });

    it('serves its few files for ever by a name that changes with them', async () => {
      const page = (await get('/', HTML)).body;
      const files = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1]!);
      expect(files).toHaveLength(4);
      for (const url of files) {
        const { statusCode, headers } = await fixture.app.inject({
          url,
          headers: { 'accept-encoding': 'gzip' },
        });
        expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
      }
      const css = await fixture.app.inject({
        url: files.find((url) => url.endsWith('.css'))!,
        headers: { 'accept-encoding': 'gzip' },
      });
      expect(css.rawPayload.length).toBeLessThan(10_240);
      for (const font of ['inter-latin', 'inter-latin-ext', 'plex-mono-400', 'plex-mono-500']) {
        const url = `${files[0]!.slice(0, files[0]!.lastIndexOf('/'))}/${font}.woff2`;
        expect((await fixture.app.inject({ url })).rawPayload.subarray(0, 4).toString()).toBe('wOF2');
      }
      expect((await fixture.app.inject({ url: '/assets/0000/annexa.css' })).statusCode).toBe(404);
      expect(
        (await fixture.app.inject({ url: `${files[0]!.slice(0, 24)}/..%2f..%2fpackage.json` })).statusCode,
      ).toBe(404);
    });

    it('keeps the chosen theme in a cookie', async () => {
      const saved = await post('/settings', { csrf: await csrfOf(), theme: 'dark', keys: 'on' });
      expect(saved.headers['set-cookie']).toEqual([
        expect.stringContaining('annexa-theme=dark;'),
        expect.stringContaining('annexa-keys=on;'),
      ]);
      expect((await get('/settings', { cookie: `${cookie}; annexa-theme=dark`, ...HTML })).body).toContain(
        '<html lang="en" data-theme="dark">',
      );
    });
  });
});
