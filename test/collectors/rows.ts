import { factsOf, type SessionFacts } from '../../collectors/hoop/release.ts';
import { parseSession } from '../../collectors/hoop/rows.ts';

export const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** A session as the gateway gives it by id: a script that ran and ended well, without a review. */
export function sessionRow(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    script: { data: 'uptime' },
    metadata: null,
    metrics: {},
    user: 'dan@example.com',
    user_id: 'dan@example.com',
    user_name: 'Dan',
    type: 'custom',
    connection_subtype: '',
    connection: 'bash-prod',
    connection_tags: { environment: 'prod' },
    review: null,
    verb: 'exec',
    status: 'done',
    exit_code: 0,
    start_date: '2026-01-01T10:00:00Z',
    end_date: '2026-01-01T10:00:02.5Z',
    event_stream: [
      [0.5, 'i', base64('uptime')],
      [1, 'o', base64('up 3 days')],
    ],
    identity_type: 'user',
    ...changes,
  };
}

export function reviewOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '00000000-0000-4000-8000-00000000000a',
    type: 'onetime',
    access_duration: 0,
    status: 'EXECUTED',
    revoke_at: null,
    created_at: '2026-01-01T09:00:00.5Z',
    review_groups_data: [groupOf()],
    access_request_rule_name: 'prod-approval',
    min_approvals: 1,
    ...changes,
  };
}

export function groupOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '00000000-0000-4000-8000-0000000000b1',
    group: 'sre',
    status: 'APPROVED',
    reviewed_by: { id: 'sam@example.com', name: 'Sam', email: 'sam@example.com', slack_id: '' },
    review_date: '2026-01-01T09:30:00.25Z',
    forced_review: false,
    ...changes,
  };
}

export function facts(row: Record<string, unknown>): SessionFacts {
  const parsed = parseSession(row);
  if (!parsed.ok) throw new Error(parsed.reason);
  return factsOf(parsed.row);
}
