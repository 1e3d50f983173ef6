import { AnnexaError } from '../../domain/errors.ts';
import { addMillis, toMillis, type Instant } from '../../domain/time.ts';
import type { GrantedWindow } from '../history.ts';
import { createVersions, type Claim } from '../claim.ts';
import type { Poll } from './collect.ts';
import { fieldsOf, textOf } from './json.ts';
import { grantedWindows, unreviewedSession, windowLinks, type UnreviewedSession } from './link-window.ts';
import { reviewClaims, rewriteClaims } from './normalise-review.ts';
import { sessionClaims } from './normalise-session.ts';
import { cut, readSession, type ReadSession, type RowRefusal } from './read-sessions.ts';
import type { SessionFacts } from './release.ts';
import { listSessions } from './sessions.ts';

/** A back-fill is read one window after the other, so that what has been read is stored. */
const WINDOW_MS = 24 * 60 * 60 * 1000;
/** The list is read up to this long after now: the gateway's clock may be ahead of ours. */
const TAIL_MS = 60_000;
const SESSIONS_AT_ONCE = 50;
const REQUESTS_AT_ONCE = 4;
/** A poll that meets more unanswered sessions ends: the gateway is not well. */
const UNREACHABLE_MAX = 8;
/** An approval that nobody decided is not asked about for longer than this. */
const OPEN_SINCE_MS = 30 * 24 * 60 * 60 * 1000;

interface Listed {
  readonly id: string;
  readonly row: unknown;
}

/** Reads the sessions of the windows up to now, and those that may still change, and stores what is new. */
export async function collectSessions(poll: Poll): Promise<void> {
  const open = new Set(
    await poll.history.openSessions(poll.source.name, addMillis(poll.now, -OPEN_SINCE_MS)),
  );
  const windows = await poll.history.windows(poll.source.name, poll.listFrom);
  const known: GrantedWindow[] = [...windows];
  const end = addMillis(poll.now, TAIL_MS);
  for (let from = poll.listFrom; from < end; from = addMillis(from, WINDOW_MS)) {
    const to = addMillis(from, WINDOW_MS) < end ? addMillis(from, WINDOW_MS) : end;
    const listed = await listWindow(poll, { from, to });
    for (const { id } of listed) open.delete(id);
    await collectRows(poll, listed, known);
  }
  await collectRows(
    poll,
    [...open].map((id) => ({ id, row: undefined })),
    known,
  );
}

async function listWindow(poll: Poll, window: { from: Instant; to: Instant }): Promise<readonly Listed[]> {
  const rows = await listSessions(poll.client, window, poll.pageSize);
  const listed: Listed[] = [];
  const refused: Claim[] = [];
  for (const row of rows.toReversed()) {
    const id = textOf(fieldsOf(row)['id']);
    if (id !== undefined) listed.push({ id, row });
    else
      refused.push(
        toRefusalClaim(poll, {
          code: 'SOURCE_MALFORMED',
          reason: 'a listed session has no id',
          raw: cut(row),
        }),
      );
  }
  await storeClaims(poll, refused, []);
  poll.tally.refused += refused.length;
  return listed;
}

/** Links come last: the window that admitted a session may stand in a row after it. */
async function collectRows(poll: Poll, listed: readonly Listed[], windows: GrantedWindow[]): Promise<void> {
  const unreviewed: UnreviewedSession[] = [];
  for (let from = 0; from < listed.length; from += SESSIONS_AT_ONCE) {
    const batch = listed.slice(from, from + SESSIONS_AT_ONCE);
    const due = batch.filter(
      ({ row }) => row === undefined || poll.memory?.isSettled(row, poll.now) !== true,
    );
    poll.tally.seen += batch.length;
    const facts = await readBatch(poll, due);
    for (const entry of facts) {
      windows.push(...grantedWindows(entry, poll.keyring));
      const session = unreviewedSession(entry);
      if (session !== undefined) unreviewed.push(session);
    }
  }
  for (let from = 0; from < unreviewed.length; from += SESSIONS_AT_ONCE) {
    const links = windowLinks(unreviewed.slice(from, from + SESSIONS_AT_ONCE), windows, poll.keyring);
    await storeClaims(poll, links, []);
  }
}

async function readBatch(poll: Poll, due: readonly Listed[]): Promise<readonly SessionFacts[]> {
  const read: ReadSession[] = [];
  for (let from = 0; from < due.length; from += REQUESTS_AT_ONCE) {
    const part = due.slice(from, from + REQUESTS_AT_ONCE);
    read.push(...(await Promise.all(part.map(({ id, row }) => readSession(poll.client, id, row)))));
  }
  const facts = read.flatMap((entry) => entry.facts ?? []);
  const refusals = read.flatMap((entry) =>
    entry.refusal === undefined ? [] : toRefusalClaim(poll, entry.refusal),
  );
  poll.tally.unreachable += read.filter((entry) => entry.unreachable === true).length;
  for (const { holdBack } of read) {
    const held = poll.tally.holdBack;
    if (holdBack !== undefined && (held === undefined || holdBack < held)) poll.tally.holdBack = holdBack;
  }
  poll.tally.refused += refusals.length;
  await storeClaims(poll, refusals, facts);
  if (poll.tally.unreachable > UNREACHABLE_MAX) {
    throw new AnnexaError('SOURCE_UNREACHABLE', `${poll.tally.unreachable} sessions were not answered for`, {
      where: poll.source.url,
      hint: 'The next poll begins where this one did; nothing read so far is lost.',
    });
  }
  for (const [index, { row }] of due.entries())
    if (read[index]?.refusal === undefined) poll.memory?.remember(row);
  return facts;
}

async function storeClaims(
  poll: Poll,
  claims: readonly Claim[],
  facts: readonly SessionFacts[],
): Promise<void> {
  if (claims.length === 0 && facts.length === 0) return;
  const context = {
    now: poll.now,
    typeOf: poll.typeOf,
    nonceOf: (session: string) => poll.keyring.mac(`recording\n${session}`).slice(0, 32),
  };
  const rows = facts.map((entry) => ({
    entry,
    claims: [...sessionClaims(entry, context), ...reviewClaims(entry, poll.now)],
  }));
  const versions = createVersions({ ...poll, source: poll.source.name });
  await versions.load([...claims, ...rows.flatMap((row) => row.claims)].map((claim) => claim.subject));
  const events = [...versions.settle(claims).events];
  for (const row of rows) {
    // Before the row is settled: a contradiction is one to what the log holds now.
    const rewrites = rewriteClaims(row.entry, row.claims, { ...poll, versions, source: poll.source.name });
    const isKnown = row.claims.some((claim) => versions.stored(claim.kind, claim.key) !== undefined);
    const settled = versions.settle([...row.claims, ...rewrites]);
    events.push(...settled.events);
    if (settled.events.length > 0) poll.tally[isKnown ? 'changed' : 'new'] += 1;
  }
  await poll.store(events.toSorted((a, b) => toMillis(a.time) - toMillis(b.time)));
}

/** The same bad row read again is one refusal. */
export function toRefusalClaim(poll: Poll, refusal: RowRefusal): Claim {
  const mac = poll.keyring
    .mac(`refused\n${poll.source.name}\n${refusal.reason}\n${refusal.raw}`)
    .slice(0, 32);
  return {
    kind: 'event.refused',
    key: mac,
    subject: `refused/${mac}`,
    time: poll.now,
    timeIsDerived: true,
    data: { source: poll.source.name, code: refusal.code, reason: refusal.reason, raw: refusal.raw },
  };
}
