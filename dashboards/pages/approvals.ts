import { toMillis } from '../../domain/time.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { filterText, PAGE_ROWS, searchApprovals, type ApprovalRow } from '../search.ts';
import { counted, listed, shortId, shortPerson } from '../words.ts';
import { hiddenFields } from './exceptions.ts';

/** Which were decided by whom, how fast, and how? */
export async function approvalsPage(desk: Desk, visit: Visit): Promise<PageView> {
  const text = filterText(visit.query, 'text');
  const page = await searchApprovals(desk.ask, visit.period, {
    text,
    after: visit.query.get('after'),
    limit: PAGE_ROWS,
  });
  const rows = page.rows.map((row) => rowModel(row, visit));
  return {
    template: 'approvals',
    title: 'Approvals',
    section: 'approvals',
    crumbs: [{ href: null, text: 'Approvals' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      total: page.total,
      shown: rows.length,
      undecided: rows.filter((row) => row.verdict === 'undecided').length,
      special: rows.filter((row) => row.how !== '').length,
      text,
      hidden: hiddenFields(visit.period.query),
      clearHref: visit.link('/approvals'),
      continued: visit.query.get('after') !== null,
      nextHref: page.next === null ? '' : visit.link('/approvals', { text, after: page.next }),
      rows,
    },
  };
}

interface ApprovalModel {
  readonly verdict: string;
  readonly how: string;
}

function rowModel(row: ApprovalRow, visit: Visit): ApprovalModel & Readonly<Record<string, unknown>> {
  const forced = row.forced === true || row.forced === 1;
  const self = row.requesterWho !== '' && row.approverWhos.includes(row.requesterWho);
  const how = [
    forced ? 'forced' : '',
    self ? 'by the requester' : '',
    row.machines > 0 ? 'by a machine' : '',
  ].filter((word) => word !== '');
  return {
    approval: row.approval,
    short: shortId(row.approval),
    href:
      row.session === ''
        ? visit.link('/log', { look: row.index })
        : visit.link(`/sessions/${encodeURIComponent(row.session)}`),
    time: row.requestedAt,
    requester: shortPerson(row.requester),
    approvers: row.approvers.length === 0 ? 'nobody' : listed([...new Set(row.approvers.map(shortPerson))]),
    resource: row.resource === '' ? 'unknown' : row.resource,
    rule: row.rule,
    reason: [row.ticket, row.reason].filter((text) => text !== '').join(', '),
    verdict: verdictOf(row.decisions),
    how: listed(how),
    waitMs: row.decidedAt === null ? null : toMillis(row.decidedAt) - toMillis(row.requestedAt),
    windowMs: row.windowMs,
    needed: row.needed,
    used: row.sessions === 0 ? 'not used' : counted(row.sessions, 'session'),
    signed: row.signed === true || row.signed === 1,
    index: row.index,
    entryHref: visit.link('/log', { look: row.index }),
  };
}

/** The last word that counts: a rejection or a revocation ends a grant. */
function verdictOf(decisions: readonly string[]): string {
  if (decisions.length === 0) return 'undecided';
  if (decisions.includes('revoked')) return 'revoked';
  if (decisions.includes('rejected')) return 'rejected';
  return 'granted';
}
