import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseInstant, type Instant } from '../../domain/time.ts';

/** Null and absent mean the same to the gateway. */
const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
/** A year; the gateway itself allows two days. */
const MAX_DURATION_NANOS = 366 * 24 * 60 * 60 * 1e9;
const Id = Type.String({ minLength: 1, maxLength: 128 });

const Reviewer = Type.Object({
  id: maybe(Type.String()),
  name: maybe(Type.String()),
  email: maybe(Type.String()),
});

const ReviewGroup = Type.Object({
  id: Id,
  group: Type.String({ minLength: 1 }),
  status: Type.String(),
  reviewed_by: maybe(Reviewer),
  review_date: maybe(Type.String()),
  forced_review: maybe(Type.Boolean()),
});

const Review = Type.Object({
  id: Id,
  type: Type.String(),
  access_duration: maybe(Type.Number({ minimum: 0, maximum: MAX_DURATION_NANOS })),
  status: Type.String(),
  revoke_at: maybe(Type.String()),
  created_at: Type.String({ minLength: 1 }),
  review_groups_data: maybe(Type.Array(ReviewGroup)),
  access_request_rule_name: maybe(Type.String()),
  min_approvals: maybe(Type.Integer()),
  rejection_reason: maybe(Type.String()),
});

const Metrics = Type.Object({
  data_masking: maybe(
    Type.Object({
      err_count: maybe(Type.Integer()),
      info_types: maybe(Type.Record(Type.String(), Type.Integer())),
      total_redact_count: maybe(Type.Integer()),
      transformed_bytes: maybe(Type.Integer()),
    }),
  ),
  data_analyzer: maybe(Type.Record(Type.String(), Type.Integer())),
  truncated: maybe(Type.Boolean()),
});

const Violation = Type.Object({
  rule_name: maybe(Type.String()),
  direction: maybe(Type.String()),
  message: maybe(Type.String()),
  matched_words: maybe(Type.Array(Type.String())),
});

/** The parts of a session that become evidence; everything else is left where it is. */
const Session = Type.Object({
  id: Id,
  user: maybe(Type.String()),
  user_id: maybe(Type.String()),
  user_name: maybe(Type.String()),
  type: maybe(Type.String()),
  connection_subtype: maybe(Type.String()),
  connection: Type.String({ minLength: 1 }),
  connection_tags: maybe(Type.Record(Type.String(), Type.Unknown())),
  review: maybe(Review),
  verb: maybe(Type.String()),
  status: Type.String(),
  exit_code: maybe(Type.Integer()),
  script: maybe(Type.Object({ data: maybe(Type.String()) })),
  metadata: maybe(Type.Record(Type.String(), Type.Unknown())),
  integrations_metadata: maybe(Type.Record(Type.String(), Type.Unknown())),
  metrics: maybe(Metrics),
  guardrails_info: maybe(Type.Array(Violation)),
  ai_analysis: maybe(Type.Object({ action: maybe(Type.String()), title: maybe(Type.String()) })),
  event_stream: maybe(Type.Array(Type.Unknown())),
  start_date: Type.String({ minLength: 1 }),
  end_date: maybe(Type.String()),
  identity_type: maybe(Type.String()),
});

const AuditRow = Type.Object({
  id: Id,
  actor_subject: maybe(Type.String()),
  actor_email: maybe(Type.String()),
  actor_name: maybe(Type.String()),
  created_at: Type.String({ minLength: 1 }),
  resource_type: maybe(Type.String()),
  action: maybe(Type.String()),
  http_method: maybe(Type.String()),
  http_status: maybe(Type.Integer()),
  http_path: maybe(Type.String()),
  request_payload_redacted: maybe(Type.Unknown()),
  outcome: maybe(Type.Boolean()),
  error_message: maybe(Type.String()),
});

export type SessionRow = Static<typeof Session>;
export type ReviewRow = Static<typeof Review>;
export type ReviewGroupRow = Static<typeof ReviewGroup>;
export type AuditLogRow = Static<typeof AuditRow>;

export type Parsed<T> =
  { readonly ok: true; readonly row: T } | { readonly ok: false; readonly reason: string };

const checks = { session: Compile(Session), audit: Compile(AuditRow) };

/** A session with times that can be read; otherwise the first thing that is wrong with it. */
export function parseSession(value: unknown): Parsed<SessionRow> {
  if (!checks.session.Check(value)) return { ok: false, reason: firstError(checks.session.Errors(value)) };
  const bad = badTime({
    start_date: value.start_date,
    end_date: value.end_date,
    'review.created_at': value.review?.created_at,
    'review.revoke_at': value.review?.revoke_at,
    review_date: value.review?.review_groups_data?.find((group) => isBadTime(group.review_date))?.review_date,
  });
  return bad === undefined ? { ok: true, row: value } : { ok: false, reason: `${bad} is not a time` };
}

export function parseAuditRow(value: unknown): Parsed<AuditLogRow> {
  if (!checks.audit.Check(value)) return { ok: false, reason: firstError(checks.audit.Errors(value)) };
  const bad = badTime({ created_at: value.created_at });
  return bad === undefined ? { ok: true, row: value } : { ok: false, reason: `${bad} is not a time` };
}

/** An optional time of a row that was parsed; undefined when the gateway left it empty. */
export function instantOf(text: string | null | undefined): Instant | undefined {
  return text === null || text === undefined || text === '' ? undefined : parseInstant(text);
}

/** A time that {@link parseSession} or {@link parseAuditRow} has checked. */
export function requiredInstant(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new TypeError(`"${text}" was not checked`);
  return instant;
}

function badTime(times: Readonly<Record<string, string | null | undefined>>): string | undefined {
  return Object.keys(times).find((name) => isBadTime(times[name]));
}

function isBadTime(text: string | null | undefined): boolean {
  return text !== null && text !== undefined && text !== '' && parseInstant(text) === undefined;
}

function firstError(errors: readonly { readonly instancePath: string; readonly message: string }[]): string {
  const [error] = errors;
  return error === undefined ? 'not of the expected form' : `${error.instancePath || 'row'} ${error.message}`;
}
