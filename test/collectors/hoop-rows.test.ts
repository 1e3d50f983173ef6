import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reviewClaims } from '../../collectors/hoop/normalise-review.ts';
import { sessionClaims } from '../../collectors/hoop/normalise-session.ts';
import { parseSession } from '../../collectors/hoop/rows.ts';
import type { Claim } from '../../collectors/claim.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import { toInstant } from '../../domain/time.ts';
import { base64, facts, groupOf, reviewOf, sessionRow } from './rows.ts';

const now = toInstant('2026-01-01T12:00:00Z', 'test');
const context = { now, typeOf: () => undefined, nonceOf: () => 'nonce' };

function claimsOf(row: Record<string, unknown>, at = now): readonly Claim[] {
  return [...sessionClaims(facts(row), { ...context, now: at }), ...reviewClaims(facts(row), at)];
}
function one(row: Record<string, unknown>, kind: Kind): Claim | undefined {
  return claimsOf(row).find((claim) => claim.kind === kind);
}
const kindsOf = (row: Record<string, unknown>): string[] => claimsOf(row).map(({ kind }) => kind);

const noStream = { event_stream: [], exit_code: null, end_date: null, status: 'open' };
const tunnel = { verb: 'connect', type: 'application', connection_subtype: 'tcp', script: { data: '' } };
const refusedStream = { exit_code: 254, event_stream: [[0, 'e', base64('no log found on disk')]] };

describe('a row is a request until it is released', () => {
  it('starts at once without a review', () => {
    const started = one(sessionRow(), 'session.started');
    expect(started).toMatchObject({
      time: '2026-01-01T10:00:00.000000Z',
      data: { environment: 'prod', resourceType: 'custom' },
    });
    expect(started?.data).not.toHaveProperty('startedBefore', expect.anything());
    expect(kindsOf(sessionRow())).not.toContain('session.requested');
  });

  it('takes the bookkeeping row of a native credential for a request only', () => {
    const row = sessionRow({
      ...tunnel,
      ...noStream,
      metadata: { credentials_expire_at: '2026-01-01T11:00:00Z' },
    });
    expect(kindsOf(row)).toEqual(['session.requested']);
  });

  it('does not start a pending command', () => {
    const review = reviewOf({
      status: 'PENDING',
      review_groups_data: [groupOf({ status: 'PENDING', reviewed_by: null, review_date: null })],
    });
    expect(kindsOf(sessionRow({ ...noStream, review }))).toEqual(['session.requested', 'approval.requested']);
  });

  it('does not start an approved command that nobody ran', () => {
    const row = sessionRow({ ...noStream, status: 'ready', review: reviewOf({ status: 'APPROVED' }) });
    expect(kindsOf(row)).toEqual(['session.requested', 'approval.requested', 'approval.decided']);
  });

  it('starts an executed command at the latest when its recording began', () => {
    const row = sessionRow({ review: reviewOf(), start_date: '2026-01-01T09:00:00Z' });
    expect(one(row, 'session.requested')?.time).toBe('2026-01-01T09:00:00.000000Z');
    expect(one(row, 'session.started')).toMatchObject({
      time: '2026-01-01T10:00:01.500000Z',
      data: { startedBefore: '2026-01-01T10:00:01.500000Z', approval: reviewOf()['id'] },
    });
    expect(one(row, 'command.executed')).toMatchObject({
      time: '2026-01-01T10:00:02.000000Z',
      data: { decision: 'approved' },
    });
    expect(one(row, 'approval.ended')?.data['how']).toBe('used');
  });

  it('knows no latest start while the command runs, only that it was approved before', () => {
    const row = sessionRow({ ...noStream, review: reviewOf({ status: 'PROCESSING' }) });
    const started = one(row, 'session.started');
    expect(started?.time).toBe('2026-01-01T09:30:00.250000Z');
    expect(started?.data['startedBefore']).toBeUndefined();
  });

  it('does not believe EXECUTED where a reviewer rejected', () => {
    const review = reviewOf({
      review_groups_data: [groupOf({ status: 'REJECTED' })],
      rejection_reason: 'no',
    });
    const row = sessionRow({ ...refusedStream, review });
    expect(kindsOf(row)).not.toContain('session.started');
    expect(kindsOf(row)).not.toContain('command.executed');
    expect(one(row, 'session.ended')).toMatchObject({
      time: '2026-01-01T09:30:00.250000Z',
      data: { outcome: 'rejected' },
    });
    expect(one(row, 'session.requested')?.data['state']).toBe('rejected');
    expect(one(row, 'approval.decided')?.data).toMatchObject({ decision: 'rejected', reason: 'no' });
    expect(kindsOf(row)).not.toContain('approval.ended');
  });

  it('does not start what lacks approvals although it is shown as EXECUTED', () => {
    const groups = [
      groupOf(),
      groupOf({ id: 'b2', group: 'dba', status: 'PENDING', reviewed_by: null, review_date: null }),
    ];
    const review = reviewOf({ min_approvals: 2, review_groups_data: groups });
    expect(kindsOf(sessionRow({ ...refusedStream, review }))).not.toContain('session.started');
    expect(kindsOf(sessionRow({ ...refusedStream, review: { ...review, min_approvals: 1 } }))).toContain(
      'session.started',
    );
  });

  it('starts a window’s own session when traffic flowed in it, even after a revocation', () => {
    const window = { type: 'jit', access_duration: 600e9, revoke_at: '2026-01-01T09:40:00Z' };
    const quiet = { event_stream: [[0.1, 'e', base64('context canceled')]], exit_code: 254 };
    const waited = {
      event_stream: [
        [60, 'i', base64('hello')],
        [90, 'e', base64('context canceled')],
      ],
      exit_code: 254,
      end_date: '2026-01-01T09:32:00Z',
    };
    for (const status of ['APPROVED', 'REVOKED']) {
      const review = reviewOf({ ...window, status, review_groups_data: [groupOf({ status })] });
      expect(kindsOf(sessionRow({ ...tunnel, ...quiet, review })), status).not.toContain('session.started');
      const started = one(sessionRow({ ...tunnel, ...waited, review }), 'session.started');
      expect(started?.data['startedBefore'], status).toBe('2026-01-01T09:31:30.000000Z');
    }
  });

  it('counts a request that its owner took back as cancelled', () => {
    const own = groupOf({
      group: 'dev',
      status: 'REJECTED',
      reviewed_by: { id: 'dan@example.com', email: 'dan@example.com' },
    });
    const row = sessionRow({
      ...refusedStream,
      review: reviewOf({ status: 'REJECTED', review_groups_data: [own] }),
    });
    expect(one(row, 'approval.ended')?.data['how']).toBe('cancelled');
  });
});

describe('how a session ended', () => {
  it.each([
    [{ exit_code: 0 }, 'ok'],
    [{ exit_code: 7 }, 'failed'],
    [{ exit_code: 254, event_stream: [[1, 'e', base64('context canceled')]] }, 'ok'],
    [{ exit_code: 254, event_stream: [[1, 'e', base64('session killed by the user')]] }, 'killed'],
    [{ exit_code: 254, event_stream: [[1, 'e', base64('agent lost')]] }, 'failed'],
    [{ exit_code: 254, guardrails_info: [{ rule_name: 'no-ddl', direction: 'input' }] }, 'blocked'],
    [{ exit_code: 254, ai_analysis: { action: 'block_execution' } }, 'blocked'],
    [{ exit_code: null }, undefined],
  ])('%j is %s', (changes, outcome) => {
    expect(one(sessionRow(changes), 'session.ended')?.data['outcome']).toBe(outcome);
  });

  it('takes a row without an end for abandoned after two days, and not before', () => {
    const row = sessionRow(noStream);
    expect(claimsOf(row, toInstant('2026-01-03T09:59:59Z', 'test')).map(({ kind }) => kind)).not.toContain(
      'session.ended',
    );
    const ended = claimsOf(row, toInstant('2026-01-03T10:00:00Z', 'test')).find(
      ({ kind }) => kind === 'session.ended',
    );
    expect(ended).toMatchObject({ time: '2026-01-03T10:00:00.000000Z', data: { outcome: 'abandoned' } });
  });

  it('keeps what a terminal showed as asciicast version 2', () => {
    const claim = one(sessionRow(), 'session.ended');
    const [artefact] = claim?.artefacts ?? [];
    const [header, ...lines] = Buffer.from(artefact?.bytes ?? [])
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({
      version: 2,
      width: 80,
      height: 24,
      timestamp: 1767261600,
      nonce: 'nonce',
    });
    expect(lines).toEqual([
      [0.5, 'i', 'uptime'],
      [1, 'o', 'up 3 days'],
    ]);
    expect(claim?.data['recording']).toEqual({
      sha256: artefact?.sha256,
      bytes: artefact?.bytes.length,
      truncated: false,
    });
  });

  it('says when the gateway cut the recording', () => {
    const row = sessionRow({ metrics: { truncated: true } });
    expect(one(row, 'session.ended')?.data['recording']).toMatchObject({ truncated: true });
  });

  it('survives pieces of a stream that cannot be read', () => {
    const row = sessionRow({ event_stream: [['x', 'i', 'y'], null, [1, 'q', ''], [1, 'o', base64('ok')]] });
    expect(one(row, 'session.ended')?.artefacts).toHaveLength(1);
  });
});

describe('what a session did', () => {
  it('blocks are named by the gateway’s own violations', () => {
    const info = [
      {
        rule_name: 'no-ddl',
        rule: { type: 'deny_words_list' },
        direction: 'input',
        matched_words: ['DROP'],
        message: 'no',
      },
    ];
    const blocked = one(sessionRow({ guardrails_info: info }), 'command.blocked');
    expect(blocked?.data).toMatchObject({
      rule: 'no-ddl',
      direction: 'input',
      action: 'block',
      reason: 'no',
      statement: 'uptime',
    });
  });

  it('masking counts are claimed when there are any, errors included', () => {
    const masking = (total: number, errors: number) => {
      return {
        metrics: {
          data_masking: {
            err_count: errors,
            info_types: { EMAIL: total },
            total_redact_count: total,
            transformed_bytes: 9,
          },
        },
      };
    };
    expect(kindsOf(sessionRow(masking(0, 0)))).not.toContain('masking.applied');
    expect(one(sessionRow(masking(0, 1)), 'masking.applied')?.data['errors']).toBe(1);
    expect(one(sessionRow(masking(3, 0)), 'masking.applied')?.data).toMatchObject({
      total: 3,
      types: [{ type: 'EMAIL', masked: 3 }],
    });
    expect(kindsOf(sessionRow({ metrics: {} }))).not.toContain('masking.applied');
  });

  it('a machine’s approval names the machine, not an address', () => {
    const key = { id: '66fda14d-0000-4000-8000-000000000000', email: 'ci-deployer', slack_id: '' };
    const review = reviewOf({
      access_request_rule_name: null,
      min_approvals: null,
      review_groups_data: [groupOf({ group: 'admin', reviewed_by: key })],
    });
    const row = sessionRow({ review });
    expect(one(row, 'approval.decided')?.data['approver']).toEqual({ id: key.id, name: 'ci-deployer' });
    expect(one(row, 'approval.requested')?.data['needed']).toBeUndefined();
    expect(kindsOf(row)).toContain('session.started');
  });

  it('a window is valid for its length up to its end, a command from the decision on', () => {
    const jit = reviewOf({
      type: 'jit',
      access_duration: 600e9,
      revoke_at: '2026-01-01T09:40:00Z',
      status: 'APPROVED',
    });
    const decision = one(sessionRow({ ...tunnel, review: jit }), 'approval.decided');
    expect(decision?.data).toMatchObject({
      validFrom: '2026-01-01T09:30:00.000000Z',
      validTo: '2026-01-01T09:40:00.000000Z',
    });
    expect(one(sessionRow({ ...tunnel, review: jit }), 'approval.requested')?.data).toMatchObject({
      kind: 'window',
      windowMs: 600_000,
    });
    expect(one(sessionRow({ ...tunnel, review: jit }), 'approval.ended')).toMatchObject({
      time: '2026-01-01T09:40:00.000000Z',
      data: { how: 'expired' },
    });
    const single = one(sessionRow({ review: reviewOf() }), 'approval.decided');
    expect(single?.data).toMatchObject({ validFrom: '2026-01-01T09:30:00.250000Z', validTo: undefined });
  });

  it('a forced approval is a bypass by the one who forced it, without a reason', () => {
    const review = reviewOf({ review_groups_data: [groupOf({ forced_review: true })] });
    const bypass = one(sessionRow({ review, metadata: { reason: 'CHG-1' } }), 'bypass.used');
    expect(bypass).toMatchObject({
      subject: `approval/${String(review['id'])}`,
      data: { how: 'forced-approval', person: { id: 'sam@example.com' } },
    });
    expect(bypass?.data['reason']).toBeUndefined();
  });
});

describe('every row', () => {
  it('says the same whatever the order of its review groups', () => {
    const groups = ['b1', 'b2', 'b3'].map((id, n) =>
      groupOf({ id, group: `g${n % 2}`, status: ['APPROVED', 'REVOKED', 'REJECTED'][n] }),
    );
    const expected = claimsOf(sessionRow({ review: reviewOf({ review_groups_data: groups }) }));
    fc.assert(
      fc.property(fc.shuffledSubarray(groups, { minLength: 3 }), (shuffled) => {
        expect(claimsOf(sessionRow({ review: reviewOf({ review_groups_data: shuffled }) }))).toEqual(
          expected,
        );
      }),
    );
  });

  it('never puts a name or an address into a key or a subject', () => {
    const review = reviewOf({ review_groups_data: [groupOf({ forced_review: true })] });
    for (const { key, subject } of claimsOf(sessionRow({ review })))
      expect(`${key} ${subject}`).not.toMatch(/@|Dan|Sam/);
  });

  it('is refused with the place that is wrong', () => {
    const reason = (changes: Record<string, unknown>): unknown => {
      const parsed = parseSession(sessionRow(changes));
      return parsed.ok ? undefined : parsed.reason;
    };
    expect(reason({ connection: undefined })).toMatch(/connection/);
    expect(reason({ start_date: 'yesterday' })).toBe('start_date is not a time');
    expect(reason({ start_date: '' })).toMatch(/start_date/);
    expect(reason({ review: reviewOf({ review_groups_data: [groupOf({ review_date: 'x' })] }) })).toBe(
      'review_date is not a time',
    );
    expect(parseSession('text').ok).toBe(false);
  });

  it('whatever it is, is taken or refused and never thrown on', () => {
    fc.assert(
      fc.property(fc.record(sessionFields(), { requiredKeys: [] }), (changes) => {
        const parsed = parseSession(sessionRow(changes));
        if (parsed.ok) claimsOf(sessionRow(changes));
      }),
      { numRuns: 2_000 },
    );
  });
});

function sessionFields(): Record<string, fc.Arbitrary<unknown>> {
  const anything = fc.oneof(fc.jsonValue(), fc.constant(null));
  const status = fc.constantFrom(
    'PENDING',
    'APPROVED',
    'REJECTED',
    'REVOKED',
    'EXECUTED',
    'PROCESSING',
    'UNKNOWN',
  );
  const group = fc
    .record({
      status,
      reviewed_by: anything,
      review_date: fc.constantFrom(null, '2026-01-01T09:30:00Z', 'x'),
    })
    .map(groupOf);
  const review = fc.record({
    status,
    type: fc.constantFrom('jit', 'onetime', '?'),
    revoke_at: fc.constantFrom(null, '2026-01-01T10:30:00Z'),
    access_duration: fc.oneof(fc.integer(), fc.double()),
    review_groups_data: fc.array(group),
  });
  return {
    review: fc.oneof(review.map(reviewOf), anything),
    event_stream: fc.oneof(
      fc.array(fc.tuple(fc.double(), fc.constantFrom('i', 'o', 'e'), fc.string())),
      anything,
    ),
    end_date: fc.constantFrom(null, '2026-01-01T10:00:02Z', ''),
    exit_code: anything,
    metrics: anything,
    metadata: anything,
    connection_tags: anything,
    guardrails_info: anything,
    verb: fc.constantFrom('exec', 'connect', null),
    script: anything,
  };
}
