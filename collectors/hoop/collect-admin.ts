import { AnnexaError } from '../../domain/errors.ts';
import { addMillis, type Instant } from '../../domain/time.ts';
import { createVersions } from '../claim.ts';
import type { Poll } from './collect.ts';
import { toRefusalClaim } from './collect-sessions.ts';
import { fieldsOf } from './json.ts';
import { adminClaims } from './normalise-admin.ts';
import { cut } from './read-sessions.ts';
import { parseAuditRow, type AuditLogRow } from './rows.ts';

const PAGE_SIZE = 100;
const MAX_PAGES = 100_000;
/** The gateway's clock may be ahead of ours. */
const CLOCK_SLACK_MS = 60_000;

/**
 * Reads the administration log from `after` up to now and stores new rows. The log has no order among rows of one
 * instant: a row lost at the edge of two pages is read by the next poll, whose window overlaps.
 */
export async function collectAdmin(poll: Poll, after: Instant): Promise<void> {
  const rows = new Map<string, AuditLogRow>();
  const refusals: ReturnType<typeof toRefusalClaim>[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const values = await readPage(poll, { after, page });
    for (const value of values) {
      const parsed = parseAuditRow(value);
      if (parsed.ok) rows.set(parsed.row.id, parsed.row);
      else
        refusals.push(
          toRefusalClaim(poll, {
            code: 'SOURCE_MALFORMED',
            reason: `audit row: ${parsed.reason}`,
            raw: cut(value),
          }),
        );
    }
    if (values.length < PAGE_SIZE) break;
  }
  const claims = adminClaims([...rows.values()]).toSorted((a, b) =>
    a.time < b.time ? -1 : a.time > b.time ? 1 : 0,
  );
  const versions = createVersions({ ...poll, source: poll.source.name });
  await versions.load([...claims, ...refusals].map((claim) => claim.subject));
  const settled = versions.settle([...claims, ...refusals]);
  poll.tally.seen += rows.size;
  poll.tally.new += settled.events.filter((event) => event.kind === 'admin.changed').length - settled.changed;
  poll.tally.changed += settled.changed;
  poll.tally.refused += refusals.length;
  await poll.store(settled.events);
}

async function readPage(
  poll: Poll,
  { after, page }: { after: Instant; page: number },
): Promise<readonly unknown[]> {
  const query = new URLSearchParams({
    created_after: after,
    created_before: addMillis(poll.now, CLOCK_SLACK_MS),
    page: String(page),
    page_size: String(PAGE_SIZE),
  });
  const answer = await poll.client.get(`/audit/logs?${query.toString()}`);
  if (answer.kind === 'declined') {
    throw new AnnexaError('SOURCE_REFUSED', `the gateway declined the audit log (${answer.status})`, {
      where: 'GET /api/audit/logs',
    });
  }
  const { data } = fieldsOf(answer.value);
  if (Array.isArray(data)) return data;
  throw new AnnexaError('SOURCE_MALFORMED', 'the audit log has no rows', { where: 'GET /api/audit/logs' });
}
