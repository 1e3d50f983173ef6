import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import { toMillis } from '../../domain/time.ts';
import type { Claim } from '../claim.ts';
import { fieldsOf } from './json.ts';
import { toIdentity } from './person.ts';
import { requiredInstant, type AuditLogRow } from './rows.ts';

/** Two rows about one request are written by one handler, milliseconds apart. */
const DOUBLE_WITHIN_MS = 1_000;
/** What a payload may hold that must not be kept; the gateway's own redaction does not look into lists. */
const SECRET = /pass|secret|token|api_?key|hosts_key|^envs?$|credential|private|certificate/i;
const REMOVED = '[removed]';
const MAX_DEPTH = 16;
/** How old names of the same thing are told from new ones. */
const OBJECTS: Readonly<Record<string, string>> = {
  'datamasking-rules': 'data_masking',
  'ai-agents': 'ai_agents',
};

/**
 * One claim for each row of the administration log. Some handlers write a second row for the same request, always
 * with status 200: it names the other one in `duplicateOf`. Give all rows that were read together.
 */
export function adminClaims(rows: readonly AuditLogRow[]): readonly Claim[] {
  return rows.map((row) => ({
    kind: 'admin.changed' as const,
    key: row.id,
    subject: `admin/${row.id}`,
    time: requiredInstant(row.created_at),
    data: {
      actor: toIdentity({ id: row.actor_subject, email: row.actor_email, name: row.actor_name }),
      object: objectOf(row),
      action: row.action ?? undefined,
      result: row.outcome === false ? 'failed' : 'ok',
      duplicateOf: originalOf(row, rows)?.id,
      after: row.request_payload_redacted === null ? undefined : scrub(row.request_payload_redacted, 0),
      target: [row.http_method, row.http_path]
        .filter((part) => part !== null && part !== undefined)
        .join(' '),
    },
  }));
}

function objectOf(row: AuditLogRow): string | undefined {
  const type = row.resource_type ?? undefined;
  return type === undefined || type === '' ? undefined : (OBJECTS[type] ?? type);
}

function originalOf(row: AuditLogRow, rows: readonly AuditLogRow[]): AuditLogRow | undefined {
  if (row.http_status !== 200) return undefined;
  const at = toMillis(requiredInstant(row.created_at));
  return rows.find(
    (other) =>
      other.id !== row.id &&
      (other.http_status !== 200 || other.resource_type !== row.resource_type) &&
      other.http_path === row.http_path &&
      other.http_method === row.http_method &&
      other.actor_subject === row.actor_subject &&
      Math.abs(toMillis(requiredInstant(other.created_at)) - at) <= DOUBLE_WITHIN_MS &&
      payloadOf(other) === payloadOf(row) &&
      !(other.http_status === 200 && other.id > row.id),
  );
}

/** The two writers disagree on members that are empty. */
function payloadOf(row: AuditLogRow): string {
  const members = Object.entries(fieldsOf(scrub(row.request_payload_redacted, 0))).filter(([, value]) => {
    return value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  });
  return toCanonicalJson(Object.fromEntries(members) as Json);
}

function scrub(value: unknown, depth: number): Json | undefined {
  if (value === undefined) return undefined;
  if (depth > MAX_DEPTH) return REMOVED;
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1) ?? null);
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([name, member]) => {
      const isSecret = SECRET.test(name) || name === '_raw';
      return [name, isSecret ? REMOVED : scrub(member, depth + 1)];
    }),
  );
}
