import { readdirSync, readFileSync } from 'node:fs';
import type { ReadStore, SqlParameters } from '../../domain/ports.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { FakeLedger } from './fake-ledger.ts';

type Rows = readonly object[] | ((parameters: SqlParameters) => readonly object[]);

export interface FakeStore extends ReadStore {
  readonly asked: string[];
  /** Set to make every read fail, as a store that is down does. */
  down: boolean;
}

/** Answers each query file with prepared rows. */
export function createFakeStore(answers: Readonly<Record<string, Rows>>): FakeStore {
  const folder = new URL('../../dashboards/queries/', import.meta.url);
  const names = new Map(
    readdirSync(folder).map((file) => [
      readFileSync(new URL(file, folder), 'utf8'),
      file.replace('.sql', ''),
    ]),
  );
  const store: FakeStore = {
    asked: [],
    down: false,
    async select<Row>(sql: string, parameters: SqlParameters = {}): Promise<Row[]> {
      if (store.down) throw new AnnexaError('STORE_UNAVAILABLE', 'the store cannot be reached');
      const name = names.get(sql) ?? '';
      store.asked.push(name);
      const answer = answers[name] ?? [];
      const rows = typeof answer === 'function' ? answer(parameters) : answer;
      return rows as Row[];
    },
  };
  return store;
}

const SESSIONS = [
  ['e5befba8-4f35-4b26-9f35-6f2b81a0c005', 'dan@acme.example', 'human', 'pg-orders-prod', 'postgres', 'ok', 399_000, '2026-10-21T08:31:12.841000Z', 'ap-7'],
  ['3df3df0e-5b31-4a0e-9f35-6f2b81a0c004', 'carl.contractor@supplier.example', 'human', 'pg-analytics', 'postgres', 'killed', 12_400, '2026-10-30T17:00:12.000000Z', ''],
  ['8867a4af-5b31-4a0e-9f35-6f2b81a0c001', 'daisy@acme.example', 'human', 'bash-prod', 'ssh', 'ok', 1_203_000, '2026-10-29T08:31:39.000000Z', ''],
  ['5b0c1a44-5b31-4a0e-9f35-6f2b81a0c010', 'ci-deployer', 'machine', 'k8s-payments', 'kubernetes', 'ok', 42_000, '2026-10-28T22:10:00.000000Z', 'ap-3'],
  ['21fa5d37-5b31-4a0e-9f35-6f2b81a0c002', 'carl.contractor@supplier.example', 'human', 'pg-crm-prod', 'postgres', 'blocked', 88_000, '2026-10-22T14:03:21.000000Z', 'ap-5'],
  ['b0e1228d-5b31-4a0e-9f35-6f2b81a0c003', 'daisy@acme.example', 'human', 'bash-prod', 'ssh', 'ok', 720_000, '2026-10-09T03:12:40.000000Z', 'ap-2'],
  ['7aa0c5e1-5b31-4a0e-9f35-6f2b81a0c011', '', 'human', 'redis-cache', 'redis', 'ok', 61_000, '2026-10-06T11:02:09.000000Z', ''],
] as const; // prettier-ignore

const sessionRows = SESSIONS.map(([session, person, identityType, resource, resourceType, outcome, durationMs, time, approval], at) => ({
  source: 'gateway', session, subject: `session/${session}`, state: 'ended', log: 0, index: 44_102 + at, time, startedAt: time, endedAt: time,
  who: `w-${person.slice(0, 4)}`, person, personName: '', identityType, resource, resourceType, environment: 'production', role: 'readonly', verb: 'connect',
  outcome, durationMs, approval, purpose: 'duplicate charge', ticket: 'INC-2291', recordingSha256: 'ab'.repeat(32),
})); // prettier-ignore

const DETAIL = {
  source: 'gateway', session: SESSIONS[0][0], subject: `session/${SESSIONS[0][0]}`, state: 'ended', log: 0, index: 44_105, requestIndex: 44_101,
  startIndex: 44_105, endIndex: 44_131, time: '2026-10-21T08:31:12.841000Z', requestedAt: '2026-10-21T08:29:40.312000Z',
  startedAt: '2026-10-21T08:31:12.841000Z', startedBefore: null, endedAt: '2026-10-21T08:37:51.644120Z', who: 'w-dan', person: 'dan.dev@acme.example',
  personName: '', groups: ['dev'], sourceAddress: '10.20.4.17', identityType: 'human', resource: 'pg-orders-prod', resourceType: 'postgres',
  environment: 'production', role: 'readonly', verb: 'connect', credentialMode: 'brokered', approval: 'ap-7', policy: '', purpose: 'duplicate charge, need the customer rows',
  ticket: 'INC-2291', outcome: 'ok', exitCode: 0, durationMs: 398_803, recordingSha256: 'ab'.repeat(32), recordingBytes: 42_189, recordingTruncated: false, versions: 3,
}; // prettier-ignore

const command = (index: number, time: string, fields: object): object => ({
  log: 0, index, time, kind: 'command.executed', seq: index, language: 'sql', class: 'read', statement: '', statementTruncated: false, statementErased: false,
  decision: 'allowed', result: 'ok', rows: null, rule: '', direction: '', action: '', ...fields,
}); // prettier-ignore

/** A statement that would be markup if anybody forgot to escape it. */
export const HOSTILE = '<script>alert("x")</script> & <b onmouseover=steal()>';

const COMMANDS = [
  command(44_110, '2026-10-21T08:31:14.100000Z', { statement: 'SELECT id, email, card FROM customers ORDER BY id LIMIT 10', rows: 10 }),
  command(44_114, '2026-10-21T08:33:40.000000Z', { statement: `SELECT name FROM customers WHERE note = '${HOSTILE}'`, rows: 3 }),
  command(44_118, '2026-10-21T08:34:05.000000Z', { kind: 'command.blocked', statement: 'DROP TABLE customers', rule: 'no-destructive-sql', direction: 'input', action: 'block', decision: 'blocked', class: '' }),
  command(44_121, '2026-10-21T08:36:22.000000Z', { kind: 'command.blocked', statement: '', statementErased: true, rule: 'no-card-in-query', direction: 'input', action: 'block', decision: 'blocked', class: '' }),
]; // prettier-ignore

const policyDocument = (skip: readonly string[]): string =>
  JSON.stringify({
    resources: [{ name: 'pg-orders-prod', type: 'postgres', tags: { env: 'prod' }, recording: true }],
    grants: [{ principal: 'group:dev', resource: 'pg-orders-prod', roles: ['readonly'], until: null }],
    approvals: [{ rule: 'prod-approval', resources: ['pg-orders-prod'], kinds: ['window'], requiredFor: ['dev'], reviewers: ['sre'], needed: 1, force: [], skip }],
    masking: [{ rule: 'pii-prod', resources: ['pg-orders-prod'], types: ['EMAIL_ADDRESS', 'CREDIT_CARD'] }],
    blocking: [{ rule: 'no-destructive-sql', resources: ['*'], direction: 'input', action: 'block', words: ['DROP TABLE'], patterns: [], operations: [], caseSensitive: false }],
    members: [],
    signIn: { method: 'oidc', mfaRequired: skip.length === 0, localLogin: false },
  }); // prettier-ignore

const REACH: readonly (readonly [string, string, string, readonly number[]])[] = [
  ['w-dan', 'dan.dev@acme.example', 'human', [31, 0, 14, 48, 60]],
  ['w-dora', 'dora.dev@acme.example', 'human', [0, 22, 9, 27, 18]],
  ['w-daisy', 'daisy.dev@acme.example', 'human', [6, 0, 11, 0, 12]],
  ['w-diego', 'diego.dev@acme.example', 'human', [4, 0, 5, 9, 10]],
  ['w-carl', 'carl.contractor@supplier.example', 'human', [0, 7, 3, 5, 2]],
  ['w-ci', 'ci-deployer', 'machine', [0, 0, 74, 0, 21]],
  ['w-old', '', 'machine', [0, 0, 0, 0, 1]],
];
const TARGETS = ['pg-orders-prod', 'pg-crm-prod', 'bash-prod', 'pg-analytics', 'bash-tools'];

const days = (source: string, change: (day: number) => object): object[] =>
  Array.from({ length: 31 }, (_, at) => ({
    source, day: `2026-10-${String(at + 1).padStart(2, '0')}`, polls: 1440, events: 40 + at, refused: 0, lagMs: 900, ...change(at + 1),
  })); // prettier-ignore

/** A store that holds the October of the made-up company acme. */
export function createAcmeStore(ledger: FakeLedger, changes: Readonly<Record<string, Rows>> = {}): FakeStore {
  const entry = (index: number): object => ({
    log: 0, index, received: '2026-10-21T08:38:09.003310Z', kind: 'session.ended', source: 'gateway', id: `id-${index}`, subject: `session/${DETAIL.session}`,
    time: '2026-10-21T08:37:51.644120Z', session: DETAIL.session, entry: ledger.entryOf(index), leafHex: ledger.leafOf(index).toString('hex'), disclosed: ['person'],
  }); // prettier-ignore
  return createFakeStore({
    activity: [{ sessions: 412, approvals: 96, commands: 2731, observed: 48_000 }],
    'activity-span': [{ first: '2026-02-03T08:00:00.000000Z', last: '2026-10-31T22:01:00.000000Z' }],
    'last-entry': [{ index: 48_210, received: '2026-11-02T09:13:58.120000Z' }],
    sessions: ({ limit, cursorSession, text }) => {
      const found = sessionRows.filter((row) => text === '' || row.session.startsWith(String(text)) || row.resource.includes(String(text)));
      const from = cursorSession === '' ? 0 : found.findIndex((row) => row.session === cursorSession) + 1;
      return found.slice(from, from + Number(limit));
    },
    'sessions-total': ({ text }) => [{ total: text === '' ? 412 : text === 'nothing' ? 0 : 1, kinds: ['postgres', 'ssh', 'redis'] }],
    session: ({ session }) => (session === DETAIL.session ? [DETAIL] : []),
    'session-commands': COMMANDS,
    'session-totals': [{ commands: 4, blocked: 2 }],
    'session-masking': [
      { log: 0, index: 44_111, time: '2026-10-21T08:31:14.200000Z', types: ['EMAIL_ADDRESS', 'CREDIT_CARD'], detected: [10, 10], masked: [10, 10], total: 20, errors: 0, rule: 'pii-prod' },
      { log: 0, index: 44_115, time: '2026-10-21T08:33:40.100000Z', types: ['EMAIL_ADDRESS'], detected: [3], masked: [3], total: 3, errors: 0, rule: 'pii-prod' },
    ],
    'session-approvals': [
      { source: 'gateway', approval: 'ap-7', subject: 'approval/ap-7', log: 0, index: 44_099, requestedAt: '2026-10-21T08:29:40.312000Z', requester: 'dan.dev@acme.example', requesterWho: 'w-dan', resource: 'pg-orders-prod', scope: '', approvalKind: 'window', rule: 'prod-approval', needed: 1, windowMs: 600_000, reason: 'INC-2291, duplicate charge', ticket: '' },
    ],
    'session-decisions': [
      { source: 'gateway', approval: 'ap-7', log: 0, index: 44_100, time: '2026-10-21T08:31:02.601000Z', group: 'sre', decision: 'granted', approver: 'sam.sre@acme.example', approverWho: 'w-sam', requesterWho: 'w-dan', forced: false, validFrom: '2026-10-21T08:31:02.601000Z', validTo: '2026-10-21T08:41:02.601000Z', reason: '', signature: '' },
    ],
    'policy-at': [{ source: 'gateway', sha256: '4c1e07'.padEnd(60, '0') + '9a03', log: 0, index: 43_000, time: '2026-10-20T17:02:00.000000Z', inForceFrom: '2026-10-20T17:02:00.000000Z', inForceTo: '2200-01-01T00:00:00.000000Z', nextFrom: '2200-01-01T00:00:00.000000Z' }],
    approvals: [
      { source: 'gateway', approval: 'ap-7', log: 0, index: 44_099, requestedAt: '2026-10-21T08:29:40.312000Z', requester: 'dan.dev@acme.example', requesterWho: 'w-dan', resource: 'pg-orders-prod', approvalKind: 'window', rule: 'prod-approval', needed: 1, windowMs: 600_000, reason: 'duplicate charge', ticket: 'INC-2291', session: '', decidedAt: '2026-10-21T08:31:02.601000Z', decisions: ['granted'], approvers: ['sam.sre@acme.example'], approverWhos: ['w-sam'], forced: false, signed: false, machines: 0, sessions: 1 },
      { source: 'gateway', approval: 'ap-6', log: 0, index: 43_777, requestedAt: '2026-10-12T11:20:00.000000Z', requester: 'alice.admin@acme.example', requesterWho: 'w-alice', resource: 'bash-prod', approvalKind: 'one-time', rule: 'prod-approval', needed: 1, windowMs: null, reason: 'disk full', ticket: '', session: SESSIONS[2][0], decidedAt: '2026-10-12T11:20:09.000000Z', decisions: ['granted'], approvers: ['alice.admin@acme.example'], approverWhos: ['w-alice'], forced: true, signed: false, machines: 0, sessions: 1 },
      { source: 'gateway', approval: 'ap-4', log: 0, index: 43_100, requestedAt: '2026-10-08T09:00:00.000000Z', requester: 'dora.dev@acme.example', requesterWho: 'w-dora', resource: 'pg-crm-prod', approvalKind: 'one-time', rule: 'crm', needed: 2, windowMs: null, reason: '', ticket: '', session: '', decidedAt: null, decisions: [], approvers: [], approverWhos: [], forced: false, signed: false, machines: 0, sessions: 0 },
    ],
    'approvals-total': [{ total: 96 }],
    policies: [
      { source: 'gateway', sha256: '4c1e07'.padEnd(60, '0') + '9a03', log: 0, index: 43_000, observedFrom: '2026-10-20T17:01:00.000000Z', inForceFrom: '2026-10-20T17:02:00.000000Z', inForceTo: '2200-01-01T00:00:00.000000Z', nextFrom: '2200-01-01T00:00:00.000000Z', document: policyDocument(['oncall']), sessions: 188 },
      { source: 'gateway', sha256: '77aa10'.padEnd(60, '0') + '0c11', log: 0, index: 39_900, observedFrom: '2026-09-30T08:00:00.000000Z', inForceFrom: '2026-09-30T08:01:00.000000Z', inForceTo: '2026-10-20T17:01:00.000000Z', nextFrom: '2026-10-20T17:02:00.000000Z', document: policyDocument([]), sessions: 224 },
    ],
    'policies-total': [{ total: 2, sources: 1 }],
    reach: REACH.flatMap(([who, person, identityType, counts]) =>
      counts.flatMap((sessions, at) => (sessions === 0 ? [] : [{ who, person, personName: '', identityType, resource: TARGETS[at], sessions, durationMs: sessions * 421_000, latest: '2026-10-30T10:00:00.000000Z' }])),
    ),
    leavers: [{ source: 'people', who: 'w-carl', identity: 'carl.contractor@supplier.example', name: 'Carl', identityType: 'human', leftAt: '2026-10-30T17:00:11.700000Z', latest: '2026-10-30T17:00:12.000000Z' }],
    unresolved: [{ who: 'w-old', person: '', identityType: 'machine', sessions: 1, latest: '2026-10-02T03:00:00.000000Z' }],
    sources: [
      { source: 'gateway', kind: 'hoop', entries: 9_187, lastReceived: '2026-11-02T09:13:20.000000Z', polls: 44_640, seen: 61_204, new: 7_930, changed: 412, refused: 3, rewrote: 1, lastRun: '2026-10-31T23:59:20.000000Z', lagMs: 38_000 },
      { source: 'people', kind: 'register', entries: 84, lastReceived: '2026-11-02T03:02:00.000000Z', polls: 0, seen: 0, new: 0, changed: 0, refused: 0, rewrote: 0, lastRun: null, lagMs: null },
      { source: 'relay', kind: 'hoop-inspect', entries: 2_731, lastReceived: '2026-11-02T09:13:56.000000Z', polls: 44_600, seen: 2_731, new: 2_731, changed: 0, refused: 0, rewrote: 0, lastRun: '2026-10-31T23:59:56.000000Z', lagMs: 2_000 },
    ],
    'source-days': [...days('gateway', (day) => (day === 14 ? { lagMs: 2_527_000 } : day === 27 ? { refused: 3 } : {})), ...days('relay', (day) => ([3, 4, 10, 11, 17, 18, 24, 25, 31].includes(day) ? { events: 0 } : {}))],
    'source-entries': [2, 9, 16, 23, 30].map((day) => ({ source: 'people', day: `2026-10-${String(day).padStart(2, '0')}`, events: 84 })),
    refusals: [
      { source: 'gateway', log: 0, index: 46_003, received: '2026-10-27T16:40:55.000000Z', line: 0, code: 'EVENT_TOO_LARGE', reason: 'entry is 19.2 KiB, limit 16 KiB' },
      { source: 'gateway', log: 0, index: 46_002, received: '2026-10-27T11:02:17.000000Z', line: 4, code: 'EVENT_INVALID', reason: '/data/durationMs must be >= 0, was -3' },
    ],
    'refusals-total': [{ total: 2 }],
    entry: ({ by, index, text }) => (by === 'index' && Number(index) < 48_211 ? [entry(Number(index))] : text === 'id-7' ? [entry(7)] : []),
    events: ({ cursorIndex, limit }) => Array.from({ length: Math.min(Number(limit), 120 - Number(cursorIndex) - 1) }, (_, at) => entry(Number(cursorIndex) + 1 + at)),
    ...changes,
  }); // prettier-ignore
}
