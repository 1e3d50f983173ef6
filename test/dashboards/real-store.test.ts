import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, EventData } from '../../domain/event.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { LogStore } from '../../domain/ports.ts';
import { appenderOf, freshDirectory, openTestStore } from '../ingest/parts.ts';
import { at } from './evaluation.ts';
import { createFixture, type Fixture } from './fixture.ts';

const dan = { id: 'u-dan', email: 'dan@acme.example', name: 'Dan' };
const sam = { id: 'u-sam', email: 'sam@acme.example', name: 'Sam' };

const policy = (words: readonly string[]): string =>
  JSON.stringify({
    approvals: [{ rule: 'prod', resources: ['pg'], kinds: ['window'], requiredFor: ['dev'], reviewers: ['sre'], needed: 1, force: [], skip: [] }],
    blocking: [{ rule: 'no-drop', resources: ['*'], direction: 'input', action: 'block', words, patterns: [], operations: [], caseSensitive: false }],
    grants: [], masking: [], members: [], resources: [], signIn: {},
  }); // prettier-ignore
const first = policy(['DROP']);
const second = policy(['DROP', 'TRUNCATE']);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const snapshot = (text: string): NonNullable<Event['artefacts']> => [
  { sha256: digest(text), mediaType: 'application/json', bytes: Buffer.from(text) },
];

let made = 0;
const event = (
  kind: Kind,
  time: string,
  fields: { subject: string; data: EventData; source?: string; artefacts?: NonNullable<Event['artefacts']> },
): Event => {
  made += 1;
  return { source: 'gateway', id: `event-${made}`, kind, time: at(time), ...fields };
};

const started = (number: number): readonly Event[] => {
  const session = `s-${String(number).padStart(3, '0')}`;
  const minute = String(number % 60).padStart(2, '0');
  const hour = String(8 + Math.floor(number / 60)).padStart(2, '0');
  return [
    event('session.started', `2026-06-02T${hour}:${minute}:00Z`, { subject: `session/${session}`, data: { session, person: dan, identityType: 'human', resource: number % 2 === 0 ? 'pg' : 'bash', resourceType: number % 2 === 0 ? 'postgres' : 'ssh', groups: ['dev'], purpose: number === 3 ? 'quarter close' : 'work' } }),
    event('session.ended', `2026-06-02T${hour}:${minute}:30Z`, { subject: `session/${session}`, data: { session, outcome: number % 5 === 0 ? 'failed' : 'ok', durationMs: 30_000 } }),
  ];
}; // prettier-ignore

const EVENTS: readonly Event[] = [
  event('policy.snapshotted', '2026-06-01T00:01:00Z', { subject: 'policy/gateway', artefacts: snapshot(first), data: { sha256: digest(first), observedBetween: [null, '2026-06-01T00:01:00.000000Z'] } }),
  event('approval.requested', '2026-06-02T07:50:00Z', { subject: 'approval/ap-1', data: { approval: 'ap-1', session: 'main', person: dan, resource: 'pg', kind: 'window', windowMs: 600_000, rule: 'prod', needed: 1, reason: 'INC-1 look at a row' } }),
  event('approval.decided', '2026-06-02T07:51:00Z', { subject: 'approval/ap-1', data: { approval: 'ap-1', session: 'main', approver: sam, requester: dan, resource: 'pg', group: 'sre', decision: 'granted', validFrom: '2026-06-02T07:51:00.000000Z', validTo: '2026-06-02T08:01:00.000000Z' } }),
  event('session.started', '2026-06-02T07:52:00Z', { subject: 'session/main', data: { session: 'main', person: dan, identityType: 'human', resource: 'pg', resourceType: 'postgres', approval: 'ap-1', credentialMode: 'brokered' } }),
  event('command.executed', '2026-06-02T07:53:00Z', { subject: 'session/main', data: { session: 'main', seq: 1, person: dan, resource: 'pg', language: 'sql', class: 'read', statement: "SELECT '<i>needle</i>' FROM t", rows: 2, decision: 'allowed' } }),
  event('command.blocked', '2026-06-02T07:54:00Z', { subject: 'session/main', data: { session: 'main', seq: 2, person: dan, resource: 'pg', language: 'sql', rule: 'no-drop', direction: 'input', action: 'block', statement: 'DROP TABLE t' } }),
  event('masking.applied', '2026-06-02T07:53:00Z', { subject: 'session/main', data: { session: 'main', resource: 'pg', types: [{ type: 'EMAIL', detected: 3, masked: 3 }], total: 3, rule: 'pii' } }),
  event('session.ended', '2026-06-02T07:58:00Z', { subject: 'session/main', data: { session: 'main', outcome: 'ok', durationMs: 360_000, recording: { sha256: digest('cast'), bytes: 4, truncated: false } }, artefacts: [{ sha256: digest('cast'), mediaType: 'application/x-asciicast', bytes: Buffer.from('cast') }] }),
  event('bypass.used', '2026-06-03T01:00:00Z', { subject: 'session/s-001', data: { session: 's-001', person: dan, resource: 'bash', how: 'break-glass', reason: 'pager' } }),
  event('policy.snapshotted', '2026-06-03T00:00:00Z', { subject: 'policy/gateway', artefacts: snapshot(second), data: { sha256: digest(second), previous: digest(first), observedBetween: ['2026-06-02T23:59:00.000000Z', '2026-06-03T00:00:00.000000Z'] } }),
  event('source.polled', '2026-06-02T09:00:00Z', { source: 'annexa', subject: 'source/gateway', data: { source: 'gateway', sourceKind: 'hoop', window: { from: null, to: '2026-06-02T09:00:00.000000Z' }, seen: 12, new: 9, changed: 1, refused: 0, lagMs: 800 } }),
  event('identity.changed', '2026-06-02T00:00:00Z', { source: 'people', subject: 'identity/sam', data: { identity: sam, identityType: 'human', change: 'joined' } }),
  event('identity.changed', '2026-06-04T00:00:00Z', { source: 'people', subject: 'identity/sam', data: { identity: sam, identityType: 'human', change: 'left' } }),
  ...Array.from({ length: 60 }, (_, number) => started(number)).flat(),
]; // prettier-ignore

describe('pages over the real store', () => {
  const directory = freshDirectory();
  let store: LogStore;
  let fixture: Fixture;
  let cookie: string;
  const page = async (url: string): Promise<string> => {
    const { statusCode, body } = await fixture.app.inject({ url, headers: { cookie, accept: 'text/html' } });
    expect([url, statusCode, fixture.failures.map(String)]).toEqual([url, 200, []]);
    return body;
  };
  const json = async <Answer>(url: string): Promise<Answer> => {
    const { statusCode, body } = await fixture.app.inject({ url, headers: { cookie } });
    expect([url, statusCode, fixture.failures.map(String)]).toEqual([url, 200, []]);
    return JSON.parse(body) as Answer;
  };

  beforeAll(async () => {
    store = await openTestStore(directory.path);
    const receipt = await appenderOf(store).append(EVENTS, [
      { source: 'gateway', code: 'EVENT_INVALID', reason: '/data/rows must be >= 0', line: 7, raw: '{}' },
    ]);
    expect([receipt.accepted, receipt.refused.length]).toEqual([EVENTS.length, 1]);
    fixture = createFixture({ store, artefact: (sha256) => store.artefact(sha256) });
    cookie = fixture.cookie();
  });
  afterAll(async () => {
    await fixture.app.close();
    await store.close();
    directory.remove();
  });

  it('opens on the month in which somebody last used the gateway', async () => {
    const body = await page('/');
    expect(body).toContain('June 2026');
    expect(body).toContain('on 61 sessions, 1 approval and 2 commands.');
  });

  it('walks all sessions by keyset, each once', async () => {
    const seen: string[] = [];
    let after = '';
    for (let round = 0; round < 20; round += 1) {
      const list: { items: { session: string }[]; total: number; next: string | null } = await json(
        `/v1/sessions?limit=7&after=${after}`,
      );
      expect(list.total).toBe(61);
      seen.push(...list.items.map((row) => row.session));
      if (list.next === null) break;
      after = list.next;
    }
    expect(seen).toHaveLength(61);
    expect(new Set(seen).size).toBe(61);
    expect(seen.at(-1)).toBe('main');
  });

  it.each([
    ['text=needle', ['main']],
    ['text=quarter', ['s-003']],
    ['text=s-04', ['s-049', 's-048', 's-047', 's-046', 's-045', 's-044', 's-043', 's-042', 's-041', 's-040']],
    ['person=dan@&resource=pg&outcome=failed&from=2026-06-02T08:40:00Z&to=2026-06-03', ['s-050', 's-040']],
    ['kind=ssh&outcome=failed&from=2026-06-02T08:40:00Z&to=2026-06-03', ['s-055', 's-045']],
    ['text=%27%20OR%201%3D1', []],
    ['outcome=open', []],
    ['from=2026-06-03', []],
  ])('finds sessions by %s', async (query, expected) => {
    const list: { items: { session: string }[]; total: number } = await json(`/v1/sessions?${query}`);
    expect(list.items.map((row) => row.session)).toEqual(expected);
    expect(list.total).toBe(expected.length);
  });

  it('tells a session with its approval, statements, masking and policy in order', async () => {
    const body = await page('/sessions/main');
    const order = [
      'Approval requested',
      'Granted',
      'Policy in force',
      'Started',
      'Read, 2 rows',
      'Masked 3 of 3',
      'Blocked',
      'Ended',
    ];
    const events = body.slice(body.indexOf('class="events"'));
    const places = order.map((what) => events.indexOf(`<b>${what}`));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(body).toContain('Dan used pg for 6 min, approved by sam.');
    expect(body).toContain('&lt;i&gt;needle&lt;/i&gt;');
    expect(body).not.toContain('<i>needle');
  });

  it('names a bypass in its session', async () => {
    expect(await page('/sessions/s-001')).toContain('<b>Emergency bypass</b>');
  });

  it('shows approvals with who decided, how fast, and whether they were used', async () => {
    const body = await page('/approvals');
    expect(body).toContain('1 approval was asked for');
    expect(body).toMatch(/<td class="low">sam<\/td>/);
    expect(body).toContain('1 min');
    expect(body).toContain('1 session');
  });

  it('shows both policies, the sessions under each, and the difference in words', async () => {
    const body = await page('/policies');
    expect(body).toContain('2 policy snapshots were in force at 1 source');
    expect(body).toContain('Block rule no-drop: words TRUNCATE added.');
    expect(body).toContain('<td class="num">61</td>');
  });

  it('shows who reached what, who left, and who is on no list', async () => {
    const body = await page('/people');
    expect(body).toContain('1 identity used 2 targets in 61 sessions');
    expect(body).toContain('Sam');
    expect(body).toContain('dan@acme.example');
  });

  it('shows sources with their counts and what was refused', async () => {
    const body = await page('/sources');
    expect(body).toContain('<h1>2 sources report');
    expect(body).toContain('/data/rows must be &gt;&#x3D; 0');
    expect(body).toContain('1 of 1 shown');
  });

  it('finds an entry by number, id and leaf', async () => {
    const { items } = await json<{ items: { index: number; id: string; leafHex: string }[] }>(
      '/v1/events?limit=5&session=main',
    );
    const some = items[2]!;
    for (const look of [some.index, some.id, some.leafHex])
      expect(await page(`/log?look=${look}`)).toContain(some.leafHex);
    expect(await page('/log?look=999999')).toContain('Nothing in the log is known as');
  });

  it('walks the log by cursor without a gap', async () => {
    const seen: number[] = [];
    let after = '';
    for (let round = 0; round < 20; round += 1) {
      const list: { items: { index: number }[]; next: string | null } = await json(
        `/v1/events?limit=11&after=${after}`,
      );
      seen.push(...list.items.map((row) => row.index));
      if (list.next === null) break;
      after = list.next;
    }
    expect(seen).toEqual(Array.from({ length: EVENTS.length + 1 }, (_, index) => index));
  });

  it('hands out a recording that was stored with its session', async () => {
    const { body } = await fixture.app.inject({ url: '/v1/sessions/main/recording', headers: { cookie } });
    expect(body).toBe('cast');
  });

  it.each(['/exceptions', '/controls/A.5.18', '/packets/new', '/controls', '/packets'])(
    'draws %s',
    async (url) => {
      expect(await page(url)).toContain('<h1');
    },
  );
});
