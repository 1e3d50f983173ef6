import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnnexaError } from '../../domain/errors.ts';
import { BUILDING, createFixture, PACKET, type Fixture } from './fixture.ts';
import { HOSTILE } from './fake-store.ts';

const SESSION = '/sessions/e5befba8-4f35-4b26-9f35-6f2b81a0c005';
const PAGES = [
  '/', '/?outcome=exceptions', '/controls', '/controls?find=A.9.2', '/controls/A.5.18', '/controls/A.5.1', '/tests/A.5.18-T1', '/tests/A.5.18-T4',
  '/exceptions', '/exceptions?text=zzz', '/sessions', '/sessions?text=nothing', SESSION, '/approvals', '/policies', '/people', '/packets',
  '/packets/new', `/packets/${PACKET}`, `/packets/${BUILDING}`, '/packets/f0f0f0f0f0f0f0f0', '/sources', '/log', '/log?look=44131', '/log?look=zzz',
  '/settings', '/period',
]; // prettier-ignore

/** Addresses as a browser reads them. */
const hrefs = (body: string): readonly string[] =>
  [...body.matchAll(/href="(\/[^"]*)"/g)].map((match) =>
    match[1]!.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'),
  );
const nextOf = (body: string): string => hrefs(body).find((href) => href.includes('after='))!;

const UNKNOWN = ['/controls/A.99', '/tests/A.5.18-T9', '/sessions/zzz', '/packets/zzz', '/nowhere'];

describe('pages', () => {
  let fixture: Fixture;
  let cookie: string;
  const get = async (url: string) => fixture.app.inject({ url, headers: { cookie, accept: 'text/html' } });

  beforeAll(() => {
    fixture = createFixture();
    cookie = fixture.cookie();
  });
  afterAll(async () => fixture.app.close());

  it.each(PAGES)(
    '%s answers with one heading, the sentence about the denominator, and nothing inline',
    async (url) => {
      const { statusCode, headers, body } = await get(url);
      expect(statusCode, String(fixture.failures.at(-1))).toBe(200);
      expect(headers['content-type']).toContain('text/html');
      expect(body.match(/<h1[ >]/g)).toHaveLength(1);
      expect(body).toContain('The denominator is access through the gateway.');
      expect(body).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+="|javascript:/i);
      expect(body.toLowerCase()).not.toContain('compliant');
      expect(body).not.toMatch(/\[object|undefined|NaN|Invalid Date/);
      expect(Buffer.byteLength(body)).toBeLessThan(120_000);
      expect(fixture.failures).toEqual([]);
    },
  );

  it.each(PAGES)('%s has no id twice and names every form field', async (url) => {
    const { body } = await get(url);
    const ids = [...body.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    for (const label of body.matchAll(/<label[^>]*\sfor="([^"]+)"/g)) expect(ids).toContain(label[1]);
  });

  it.each(UNKNOWN)('%s is not found', async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });

  it('keeps the period in every link to another page', async () => {
    const { body } = await get('/?period=2026-Q3');
    const links = hrefs(body).filter((href) => !href.startsWith('/assets/') && !href.startsWith('//'));
    expect(links.length).toBeGreaterThan(100);
    const stepping = ['period=2026-Q2', 'period=2026-Q4'];
    expect(
      links.filter(
        (href) => !href.includes('period=2026-Q3') && !stepping.some((step) => href.includes(step)),
      ),
    ).toEqual([]);
  });

  it('says in its first line what was found and what could not run', async () => {
    expect((await get('/')).body).toContain(
      '<h1>In October 2026, 10 of 88 tests found exceptions and 23 could not run.</h1>',
    );
  });

  it('shows one mark a test, and none where there is no test', async () => {
    const { body } = await get('/');
    const heat = body.slice(body.indexOf('class="heat"'), body.indexOf('id="after-heat"'));
    expect(heat.match(/<use href="#m-/g)).toHaveLength(88);
    expect(heat.match(/class="cell /g)).toHaveLength(93);
  });

  it('shows what a control cannot show outside of any disclosure', async () => {
    for (const url of ['/controls/A.5.18', '/controls/A.5.1', '/tests/A.5.18-T1']) {
      const { body } = await get(url);
      const before = body.slice(0, body.indexOf('What this cannot show'));
      expect(before.split('<details').length).toBe(before.split('</details>').length);
      expect(body).toContain('Access that does not pass the gateway');
    }
  });

  it('escapes what people typed', async () => {
    const { body } = await get(SESSION);
    expect(body).not.toContain(HOSTILE);
    expect(body).not.toContain('<script>alert');
    expect(body).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;b onmouseover');
  });

  it('escapes what comes in by the address', async () => {
    const { body } = await get(`/sessions?text=${encodeURIComponent('"><img src=x onerror=a()>')}`);
    expect(body).not.toContain('<img');
  });

  it('says erased where no value is left', async () => {
    const { body } = await get(SESSION);
    expect(body).toContain('Statement erased or withheld');
    expect((await get('/sessions')).body).toContain('<td>erased</td>');
  });

  it('tells a person that was blocked from a rule that worked: no exception mark at a blocked statement', async () => {
    const { body } = await get(SESSION);
    const events = body.slice(
      body.indexOf('class="events"'),
      body.indexOf('</ol>', body.indexOf('class="events"')),
    );
    expect(events).toContain('#i-blocked');
    expect(events).not.toContain('#o-exc');
  });

  it('finds controls by an objective of 2013', async () => {
    const { body } = await get('/controls?find=A.9.2');
    for (const id of ['A.5.16', 'A.5.17', 'A.5.18', 'A.8.2']) expect(body).toContain(`>${id}</a>`);
    expect(body).not.toContain('>A.5.1</a>');
  });

  it('shows the two policies as sentences', async () => {
    const { body } = await get('/policies');
    expect(body).toContain('Approval rule prod-approval: skip group oncall added.');
  });

  it('proves that an entry is included, with the side of every sibling', async () => {
    const { body } = await get('/log?look=44131');
    expect(body).toContain('Included:');
    expect(body).toContain('15 steps');
  });

  it('goes on at the row after the last one shown', async () => {
    const rows = Array.from({ length: 120 }, (_, at) => ({
      source: 'gateway', session: `s-${String(999 - at)}`, time: '2026-10-21T08:31:12.841000Z', state: 'ended', person: 'a@b', personName: '', who: 'w',
      identityType: 'human', resource: 'r', resourceType: 't', outcome: 'ok', durationMs: 1, approval: '',
    })); // prettier-ignore
    const asked: unknown[] = [];
    const paged = createFixture({
      storeChanges: {
        sessions: (parameters) => {
          asked.push([
            parameters.cursorTime,
            parameters.cursorSource,
            parameters.cursorSession,
            parameters.limit,
          ]);
          const from =
            parameters.cursorSession === ''
              ? 0
              : rows.findIndex((row) => row.session === parameters.cursorSession) + 1;
          return rows.slice(from, from + Number(parameters.limit));
        },
        'sessions-total': [{ total: 120, kinds: [] }],
      },
    });
    const headers = { cookie: paged.cookie(), accept: 'text/html' };
    const first = await paged.app.inject({ url: '/sessions', headers });
    expect(first.body).toContain('50 of 120 shown');
    const next = nextOf(first.body);
    const second = await paged.app.inject({ url: next, headers });
    expect(second.body).toContain('s-949');
    expect(second.body).not.toContain('s-950');
    expect(asked).toEqual([
      ['1970-01-01 00:00:00.000000', '', '', 51],
      ['2026-10-21 08:31:12.841000', 'gateway', 's-950', 51],
    ]);
    const third = await paged.app.inject({ url: nextOf(second.body), headers });
    expect(third.body).toContain('20 of 120 shown');
    expect(third.body).not.toContain('rel="next"');
    await paged.app.close();
  });

  it('refuses a cursor that is not its own, and a period that is none', async () => {
    for (const url of [
      '/sessions?after=zzz',
      '/sessions?after=WzEsMl0',
      '/?period=2026-13',
      '/?from=2026-10-02&to=2026-10-01',
      `/sessions?text=${'x'.repeat(201)}`,
    ]) {
      const { statusCode, body } = await get(url);
      expect(statusCode).toBe(400);
      expect(body.match(/<h1[ >]/g)).toHaveLength(1);
    }
  });

  it('says so when the store is down, and what still works', async () => {
    const broken = createFixture();
    const headers = { cookie: broken.cookie(), accept: 'text/html' };
    broken.store.down = true;
    const { statusCode, body } = await broken.app.inject({ url: '/sessions', headers });
    expect(statusCode).toBe(503);
    expect(body).toContain('The store cannot be reached.');
    expect(body).toContain('can still be read');
    expect(
      broken.failures.some((error) => error instanceof AnnexaError && error.code === 'STORE_UNAVAILABLE'),
    ).toBe(true);
    await broken.app.close();
  });

  it('shows the first steps while nothing was collected', async () => {
    const empty = createFixture({
      storeChanges: {
        activity: [{ sessions: 0, approvals: 0, commands: 0, observed: 0 }],
        'activity-span': [{ first: null, last: null }],
      },
    });
    const { body } = await empty.app.inject({
      url: '/',
      headers: { cookie: empty.cookie(), accept: 'text/html' },
    });
    expect(body).toContain('<h1>Nothing is collected yet. Connect a gateway to begin.</h1>');
    expect(body).toContain('43 of 93 can be tested');
    await empty.app.close();
  });

  it('never builds the outcome of a control out of those of its tests', async () => {
    const { body } = await get('/controls');
    expect(body).not.toMatch(/\d\s?%/);
  });
});
