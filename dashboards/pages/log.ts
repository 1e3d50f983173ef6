import { toMillis, type Instant } from '../../domain/time.ts';
import type { Checkpoint } from '../../domain/entry.ts';
import type { LogVerification } from '../../domain/ports.ts';
import { inclusionPath } from '../inclusion-path.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { filterText } from '../search.ts';
import { counted, figure } from '../words.ts';
import { checkModel } from './packet.ts';

interface EntryRow {
  readonly log: number;
  readonly index: number;
  readonly received: Instant;
  readonly kind: string;
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly time: Instant;
  readonly session: string;
  readonly entry: string;
  readonly leafHex: string;
  readonly disclosed: readonly string[];
}

/** Has anything changed? */
export async function logPage(desk: Desk, visit: Visit): Promise<PageView> {
  const checkpoint = await desk.ledger.checkpoint();
  const look = filterText(visit.query, 'look');
  const check = desk.memory.log;
  const entry = look === '' ? undefined : await findEntry(desk, look);
  return {
    template: 'log',
    title: 'Log',
    section: 'log',
    crumbs: [{ href: null, text: 'Log' }],
    hasPeriod: false,
    model: {
      sentence: logSentence(checkpoint.size, check),
      csrf: visit.csrf,
      note: checkpoint.note,
      rawHref: `/log/${checkpoint.origin}/checkpoint`,
      origin: checkpoint.origin,
      signatures: checkpoint.note.split('\n').filter((line) => line.startsWith('— ')).length,
      size: checkpoint.size,
      check: check === undefined ? null : checkModel(check),
      checkedAt: check?.at ?? '',
      checkedMs: check?.durationMs ?? 0,
      since: check === undefined ? 0 : Math.max(0, checkpoint.size - check.size),
      look,
      entry: entry === undefined ? null : await entryModel(desk, visit, { entry, checkpoint }),
      hidden: Object.entries(visit.period.query).map(([name, value]) => ({ name, value })),
    },
  };
}

/** Verified and merely appended entries are never one number. */
export function logSentence(size: number, check: LogVerification | undefined): string {
  if (check === undefined)
    return `The log holds ${counted(size, 'entry', 'entries')}; nothing was verified since this server started.`;
  const wrong = check.checks.filter((line) => !line.valid).length;
  if (wrong > 0)
    return `The log is not valid: ${wrong} of ${counted(check.checks.length, 'check')} ${wrong === 1 ? 'does' : 'do'} not hold.`;
  return `${figure(check.size)} of ${counted(size, 'entry', 'entries')} verified, none changed.`;
}

async function findEntry(desk: Desk, look: string): Promise<EntryRow | undefined> {
  const digits = look.replaceAll(',', '');
  const by = /^\d{1,15}$/.test(digits) ? 'index' : /^[0-9a-f]{64}$/i.test(look) ? 'leaf' : 'id';
  const [row] = await desk.ask<EntryRow>('entry', {
    by,
    index: by === 'index' ? Number(digits) : 0,
    text: by === 'leaf' ? look.toLowerCase() : look,
  });
  return row;
}

async function entryModel(
  desk: Desk,
  visit: Visit,
  { entry, checkpoint }: { readonly entry: EntryRow; readonly checkpoint: Checkpoint },
): Promise<object> {
  const sealed = entry.index < checkpoint.size;
  const hashes = sealed ? await desk.ledger.inclusionProof(entry.index, checkpoint.size) : [];
  const { steps, included } = inclusionPath(Buffer.from(entry.leafHex, 'hex'), hashes, {
    index: entry.index,
    size: checkpoint.size,
    root: checkpoint.root,
  });
  return {
    ...entry,
    laterMs: Math.max(0, toMillis(entry.received) - toMillis(entry.time)),
    subjectHref: entry.subject.startsWith('session/')
      ? visit.link(`/sessions/${encodeURIComponent(entry.subject.slice('session/'.length))}`)
      : '',
    disclosures: disclosureWords(entry),
    sealed,
    root: Buffer.from(checkpoint.root).toString('hex'),
    steps,
    included,
    text: pretty(entry.entry),
  };
}

/** Which personal and typed parts are kept beside the entry; an entry commits to more than is left after an erasure. */
function disclosureWords(entry: EntryRow): string {
  const committed = digests(entry.entry);
  if (committed === 0) return 'none committed to';
  if (entry.disclosed.length === 0) return `${counted(committed, 'part')} committed to, none kept: erased`;
  return `${entry.disclosed.join(', ')}: ${entry.disclosed.length} of ${counted(committed, 'part')} kept`;
}

function digests(text: string): number {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('_sd' in value)) return 0;
  return Array.isArray(value._sd) ? value._sd.length : 0;
}

function pretty(text: string): string {
  return JSON.stringify(JSON.parse(text), null, 2);
}
