import { describe, expect, it } from 'vitest';
import {
  identityEvents,
  toListedIdentities,
  type ListedIdentity,
} from '../../collectors/hoop/normalise-identity.ts';
import { toPolicyDocument } from '../../collectors/hoop/normalise-policy.ts';
import { adminClaims } from '../../collectors/hoop/normalise-admin.ts';
import { readGatewayState, type StateAnswers } from '../../collectors/hoop/read-state.ts';
import type { HoopClient } from '../../collectors/hoop/client.ts';
import type { AuditLogRow } from '../../collectors/hoop/rows.ts';
import { toInstant } from '../../domain/time.ts';
import { memoryKeyring } from './memory.ts';

const at = toInstant('2026-01-01T12:00:00Z', 'test');
const answers: StateAnswers = {
  serverinfo: { auth_method: 'local', version: '1', commit_sha: 'abc' },
  connections: [
    {
      id: 'c2',
      name: 'pg',
      type: 'database',
      subtype: 'postgres',
      secret: { 'envvar:PASS': 'aHVudGVyMg==' },
      status: 'online',
      attributes: ['pii'],
      connection_tags: { environment: 'prod' },
    },
    {
      id: 'c1',
      name: 'bash',
      type: 'custom',
      subtype: '',
      command: ['bash', '--token=hunter2'],
      guardrail_rules: ['g1'],
      reviewers: ['ops'],
      min_review_approvals: 2,
    },
  ],
  guardrails: [
    {
      id: 'g1',
      name: 'no-rm',
      connection_ids: null,
      input: { rules: [{ type: 'deny_words_list', words: ['rm -rf', ''], pattern_regex: '' }] },
      output: { rules: [{ pattern_regex: '\\d{16}', words: [] }] },
    },
  ],
  maskingRules: [
    {
      name: 'mail',
      attributes: ['pii'],
      supported_entity_types: [{ name: 'PII', entity_types: ['EMAIL_ADDRESS'] }],
      custom_entity_types: [{ name: 'STAFF_ID', regex: 'x' }],
    },
  ],
  approvalRules: [
    {
      name: 'prod',
      access_type: 'jit_command',
      connection_names: ['pg'],
      reviewers_groups: ['sre'],
      force_approval_groups: ['leads'],
      skip_review_groups: ['oncall'],
      approval_required_groups: [],
      min_approvals: 1,
      access_max_duration: 1800,
    },
  ],
  plugins: [{ name: 'audit' }],
  users: [
    { id: 'dan@example.com', email: 'dan@example.com', name: 'Dan', status: 'active', groups: ['dev'] },
  ],
  serviceAccounts: [{ id: 'x', subject: 'svc', name: 'svc', status: 'inactive', groups: [] }],
  machineIdentities: [{ id: 'm1', name: 'backend' }],
  userinfo: { id: 'k1', name: 'collector', email: 'collector', groups: ['auditor'] },
  apiKeys: null,
};
const whoOf = (person: { id?: string }): string => memoryKeyring.who(person, at) ?? '';
const document = (changes: Partial<StateAnswers> = {}) => {
  const all = { ...answers, ...changes };
  return toPolicyDocument(all, toListedIdentities(all), whoOf);
};

describe('the policy document', () => {
  it('holds every rule in the common form', () => {
    expect(document()).toMatchObject({
      resources: [
        { name: 'bash', type: 'custom', tags: {}, recording: true },
        { name: 'pg', type: 'postgres', tags: { environment: 'prod' } },
      ],
      grants: [{ principal: '*', resource: '*', roles: ['access'], until: null }],
      approvals: [
        { rule: 'connection:bash', resources: ['bash'], needed: 2, reviewers: ['group:ops'] },
        {
          rule: 'prod',
          resources: ['pg'],
          kinds: ['one-time', 'window'],
          requiredFor: ['*'],
          reviewers: ['group:sre'],
          needed: 1,
          force: ['group:leads'],
          skip: ['group:oncall'],
          maxDurationMs: 1_800_000,
        },
      ],
      masking: [{ rule: 'mail', resources: ['pg'], types: ['EMAIL_ADDRESS', 'STAFF_ID'] }],
      blocking: [
        {
          rule: 'no-rm',
          resources: ['bash'],
          direction: 'input',
          action: 'block',
          words: ['rm -rf'],
          patterns: [],
        },
        { rule: 'no-rm', direction: 'output', words: [], patterns: ['\\d{16}'] },
      ],
      signIn: { method: 'local', localLogin: true },
    });
  });

  it('names people by pseudonym and never holds a secret', () => {
    const text = JSON.stringify(document());
    expect(text).not.toMatch(/@|aHVudGVyMg|hunter2|envvar/);
    expect(document().members).toContainEqual({ group: 'dev', identity: whoOf({ id: 'dan@example.com' }) });
  });

  it('is the same whatever the order of lists, dates and states', () => {
    const connections = answers.connections
      .toReversed()
      .map((row) => Object.assign({}, row, { status: 'offline', updated_at: 'now' }));
    expect(document({ connections })).toEqual(document());
  });

  it('takes grants from the access-control plugin where there is one', () => {
    const plugin = { name: 'access_control', connections: [{ name: 'pg', config: ['dev', 'dba'] }] };
    expect(document({ plugins: [plugin] }).grants).toEqual([
      { principal: 'group:admin', resource: '*', roles: ['access'], until: null },
      { principal: 'group:auditor', resource: '*', roles: ['access'], until: null },
      { principal: 'group:dba', resource: 'pg', roles: ['access'], until: null },
      { principal: 'group:dev', resource: 'pg', roles: ['access'], until: null },
    ]);
  });

  it('is made of any answers without throwing', () => {
    expect(() =>
      document({
        connections: [null, 3, {}],
        guardrails: 'x',
        maskingRules: {},
        plugins: null,
        users: [null, 'x'],
      }),
    ).not.toThrow();
  });
});

describe('reading rules and identities', () => {
  /** A gateway whose block rule has another name in each of the readings. */
  function client(names: readonly string[]): HoopClient & { readings: () => number } {
    let reading = -1;
    return {
      readings: () => reading + 1,
      clockOffsetMs: () => undefined,
      async get(path) {
        if (path === '/users') reading += 1;
        if (path === '/api-keys' || path === '/rulepacks')
          return { kind: 'declined', status: 403, message: '' };
        if (path === '/guardrails')
          return {
            kind: 'ok',
            value: [{ id: 'g', name: names[reading] ?? names.at(-1), input: { rules: [{ words: ['x'] }] } }],
          };
        return { kind: 'ok', value: [] };
      },
    };
  }
  const read = (gateway: HoopClient) => readGatewayState({ client: gateway, clock: () => at, whoOf });

  it('goes on until two readings agree', async () => {
    const gateway = client(['a', 'b', 'b']);
    const state = await read(gateway);
    expect(state?.document.blocking).toMatchObject([{ rule: 'b' }]);
    expect(state?.unreadable).toEqual(['api-keys', 'rulepacks']);
    expect(gateway.readings()).toBe(3);
  });

  it('knows nothing when they never do', async () => {
    expect(await read(client(['a', 'b', 'c', 'd', 'e', 'f']))).toBeUndefined();
  });

  it('fails when a list that every token may read is declined', async () => {
    const gateway: HoopClient = {
      get: async () => ({ kind: 'declined', status: 403, message: '' }),
      clockOffsetMs: () => undefined,
    };
    await expect(read(gateway)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  });
});

describe('identities', () => {
  const dan: ListedIdentity = {
    person: { id: 'dan@example.com', email: 'dan@example.com', name: 'Dan' },
    type: 'human',
    active: true,
    groups: ['dev'],
  };
  const known = (changes = {}) => ({
    who: whoOf(dan.person),
    identity: dan.person,
    identityType: 'human',
    status: 'seen',
    ...changes,
  });
  const members = (...groups: string[]) => ({
    members: groups.map((group) => ({ group, identity: whoOf(dan.person) })),
    time: at,
  });
  const changes = (listed: ListedIdentity[], before: ReturnType<typeof known>[], was = members('dev')) =>
    identityEvents({
      source: 'g',
      listed,
      known: before,
      membersBefore: was,
      observedBetween: [at, at],
      keyring: memoryKeyring,
    }).map(({ data }) => [data['change'], data['group']].filter((part) => part !== undefined).join(' '));

  it.each([
    ['first reading', [dan], [], ['seen']],
    ['nothing new', [dan], [known()], []],
    ['joiner', [dan], [known({ who: 'x', identity: { id: 'svc' }, status: 'left' })], ['joined']],
    ['leaver', [], [known()], ['left']],
    ['a leaver is gone once', [], [known({ status: 'left' })], []],
    ['returner', [dan], [known({ status: 'left' })], ['joined']],
    ['disabled', [{ ...dan, active: false }], [known()], ['disabled']],
    ['still disabled', [{ ...dan, active: false }], [known({ status: 'disabled' })], []],
    ['enabled again', [dan], [known({ status: 'disabled' })], ['enabled']],
    ['revoked key', [{ ...dan, active: false, isKey: true }], [known()], ['key-revoked']],
    ['renamed', [{ ...dan, person: { ...dan.person, name: 'Daniel' } }], [known()], ['renamed']],
    ['groups', [{ ...dan, groups: ['sre'] }], [known()], ['group-added sre', 'group-removed dev']],
    ['erased and gone from the lists', [], [known({ identity: {} })], []],
  ] as const)('%s', (_, listed, before, expected) => {
    expect(changes([...listed], [...before])).toEqual(expected);
  });

  it('a new year’s pseudonym is no joiner', () => {
    expect(changes([dan], [known({ who: 'pseudonym of last year' })], members('dev'))).toEqual(['seen']);
  });

  it('the collector’s own key and keys of the list are machines; unknown people stay unknown', () => {
    const keys = [{ id: 'k2', name: 'ci', status: 'revoked', groups: [], created_by: 'alice@example.com' }];
    expect(toListedIdentities({ ...answers, apiKeys: keys })).toMatchObject([
      { person: { id: 'dan@example.com' }, type: 'human', active: true },
      { person: { id: 'k1', name: 'collector' }, type: 'machine', groups: ['auditor'] },
      { person: { id: 'k2' }, active: false, isKey: true, owner: { email: 'alice@example.com' } },
      { person: { id: 'm1' }, type: 'machine' },
      { person: { id: 'svc' }, type: 'machine', active: false },
    ]);
  });
});

describe('the administration log', () => {
  const row = (changes: Partial<AuditLogRow> = {}): AuditLogRow => ({
    id: 'a',
    actor_subject: 'alice',
    created_at: '2026-01-01T10:00:00Z',
    resource_type: 'datamasking-rules',
    action: 'create',
    http_method: 'POST',
    http_status: 201,
    http_path: '/api/datamasking-rules',
    outcome: true,
    request_payload_redacted: { name: 'x', attributes: [] },
    ...changes,
  });

  it('names the original of a row that was written twice', () => {
    const double = row({
      id: 'b',
      http_status: 200,
      resource_type: 'data_masking',
      created_at: '2026-01-01T09:59:59.999Z',
      request_payload_redacted: { name: 'x', attributes: null },
    });
    const [first, second] = adminClaims([row(), double]);
    expect(first?.data).toMatchObject({ object: 'data_masking', duplicateOf: undefined });
    expect(second?.data).toMatchObject({ object: 'data_masking', duplicateOf: 'a' });
  });

  it('does not take two changes of one object for one', () => {
    const again = [
      row({ http_status: 200 }),
      row({ id: 'b', http_status: 200, created_at: '2026-01-01T10:00:00.05Z' }),
    ];
    expect(adminClaims(again).map(({ data }) => data['duplicateOf'])).toEqual([undefined, undefined]);
    const other = [row(), row({ id: 'b', http_status: 200, request_payload_redacted: { name: 'y' } })];
    expect(adminClaims(other).map(({ data }) => data['duplicateOf'])).toEqual([undefined, undefined]);
  });

  it('keeps no secret of a payload, inside lists neither', () => {
    const payload = {
      name: 'x',
      users: [{ password: 'hunter2', nested: [{ api_key: 'hunter2' }] }],
      _raw: 'hunter2',
      secret: { PASS: 'hunter2' },
    };
    const [claim] = adminClaims([row({ request_payload_redacted: payload, outcome: false })]);
    expect(JSON.stringify(claim)).not.toContain('hunter2');
    expect(claim?.data).toMatchObject({ result: 'failed', target: 'POST /api/datamasking-rules' });
  });
});
