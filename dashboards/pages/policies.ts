import type { PolicyDocument } from '../../domain/policy.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { policyDifference } from '../policy-difference.ts';
import { listPolicies, type PolicyRow } from '../lists.ts';
import { counted, dayAndSecond, shortHash } from '../words.ts';
import { hiddenFields } from './exceptions.ts';

/** Snapshots are taken when a policy changes: more of them than this in one period are cut, and the page says so. */
const MAX_SNAPSHOTS = 200;
const MAX_SENTENCES = 100;

const FOREVER = '2199';

/** What was in force when, and what changed? */
export async function policiesPage(desk: Desk, visit: Visit): Promise<PageView> {
  const { rows, total, sources } = await listPolicies(desk.ask, visit.period, {
    after: null,
    limit: MAX_SNAPSHOTS,
  });
  const later = rows.find((row) => String(row.index) === visit.query.get('b')) ?? rows[0];
  const earlier =
    rows.find((row) => String(row.index) === visit.query.get('a')) ??
    rows.find((row) => row.source === later?.source && row.index !== later.index);
  return {
    template: 'policies',
    title: 'Policies',
    section: 'policies',
    crumbs: [{ href: null, text: 'Policies' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      total,
      sources,
      shown: rows.length,
      hidden: hiddenFields(visit.period.query),
      rows: rows.map((row) => ({
        index: row.index,
        entryHref: visit.link('/log', { look: row.index }),
        source: row.source,
        sha256: row.sha256,
        from: row.inForceFrom,
        to: row.inForceTo < FOREVER ? row.inForceTo : '',
        unsure:
          row.inForceTo < FOREVER && row.nextFrom > row.inForceTo
            ? `until ${dayAndSecond(row.nextFrom)} this one or the next`
            : '',
        sessions: row.sessions,
        summary: summaryOf(row.document),
        isEarlier: row.index === earlier?.index,
        isLater: row.index === later?.index,
      })),
      comparison: earlier === undefined || later === undefined ? null : compare(earlier, later),
    },
  };
}

function compare(earlier: PolicyRow, later: PolicyRow): object {
  const [before, after] = [parsePolicy(earlier.document), parsePolicy(later.document)];
  const readable = before !== undefined && after !== undefined;
  const sentences = readable ? policyDifference(before, after) : [];
  return {
    earlier: shortHash(earlier.sha256),
    later: shortHash(later.sha256),
    readable,
    sentences: sentences.slice(0, MAX_SENTENCES),
    shown: Math.min(sentences.length, MAX_SENTENCES),
    count: sentences.length,
    earlierText: pretty(earlier.document),
    laterText: pretty(later.document),
  };
}

function summaryOf(document: string): string {
  const policy = parsePolicy(document);
  if (policy === undefined) return 'the document cannot be read';
  return [
    counted(policy.resources.length, 'target'),
    counted(policy.approvals.length, 'approval rule'),
    counted(policy.masking.length, 'masking rule'),
    counted(policy.blocking.length, 'block rule'),
  ].join(', ');
}

/** Undefined when the text is no policy document: a page says so and goes on. */
export function parsePolicy(text: string): PolicyDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPolicy(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPolicy(value: unknown): value is PolicyDocument {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  const lists = ['resources', 'grants', 'approvals', 'masking', 'blocking', 'members'];
  return lists.every((name) => Array.isArray(fields.get(name))) && typeof fields.get('signIn') === 'object';
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
