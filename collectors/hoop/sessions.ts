import { AnnexaError } from '../../domain/errors.ts';
import { addMillis, toMillis, type Instant } from '../../domain/time.ts';
import type { HoopClient } from './client.ts';
import { fieldsOf, listOf, textOf } from './json.ts';

export interface ListWindow {
  readonly from: Instant;
  /** Inclusive; the list counts in whole seconds. */
  readonly to: Instant;
}

const MAX_OFFSET = 10_000;
const PAGE_SIZE = 100;
const SECOND_MS = 1_000;

/**
 * Rows of the session list that were created within a window, each once, in the order in which they were given.
 * Rows that arrive while pages are read push others to the next page, never out of the list. A window with more rows
 * than the gateway pages through is read in halves. Throws what the client throws; SOURCE_MALFORMED on an answer
 * without a list, and on a second that holds more rows than can be read.
 */
export async function listSessions(
  client: HoopClient,
  window: ListWindow,
  pageSize: number = PAGE_SIZE,
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  const seen = new Set<string>();
  for (let offset = 0; offset <= MAX_OFFSET; offset += pageSize) {
    const query = new URLSearchParams({
      start_date: toSecond(window.from, Math.floor),
      end_date: toSecond(window.to, Math.ceil),
      limit: String(pageSize),
      offset: String(offset),
      count: 'none',
    });
    const page = await readPage(client, `/sessions?${query.toString()}`);
    for (const row of page.rows) {
      const id = textOf(fieldsOf(row)['id']);
      if (id !== undefined && seen.has(id)) continue;
      if (id !== undefined) seen.add(id);
      rows.push(row);
    }
    if (!page.hasNext) return rows;
  }
  return inHalves(client, window, pageSize);
}

async function inHalves(
  client: HoopClient,
  window: ListWindow,
  pageSize: number,
): Promise<readonly unknown[]> {
  const width = toMillis(window.to) - toMillis(window.from);
  if (width < 2 * SECOND_MS) {
    throw new AnnexaError('SOURCE_MALFORMED', `more than ${MAX_OFFSET} sessions began within one second`, {
      where: `${window.from} to ${window.to}`,
      hint: 'The gateway pages no further; the rows beyond cannot be read.',
    });
  }
  const middle = addMillis(window.from, width / 2);
  const newer = await listSessions(client, { from: middle, to: window.to }, pageSize);
  const older = await listSessions(client, { from: window.from, to: middle }, pageSize);
  const ids = new Set(newer.map((row) => textOf(fieldsOf(row)['id'])));
  return [...newer, ...older.filter((row) => !ids.has(textOf(fieldsOf(row)['id'])))];
}

async function readPage(
  client: HoopClient,
  path: string,
): Promise<{ rows: readonly unknown[]; hasNext: boolean }> {
  const answer = await client.get(path);
  if (answer.kind === 'declined') {
    throw new AnnexaError(
      'SOURCE_REFUSED',
      `the gateway declined the session list (${answer.status}): ${answer.message}`,
      {
        where: `GET /api${path}`,
      },
    );
  }
  const { data, has_next_page: hasNext } = fieldsOf(answer.value);
  if (!Array.isArray(data))
    throw new AnnexaError('SOURCE_MALFORMED', 'the session list has no rows', { where: `GET /api${path}` });
  return { rows: listOf(data), hasNext: hasNext === true };
}

/** The gateway ignores offsets of a date and drops its fraction: always Z, always whole. */
function toSecond(instant: Instant, round: (seconds: number) => number): string {
  const seconds = round(toMillis(instant) / SECOND_MS);
  return `${new Date(seconds * SECOND_MS).toISOString().slice(0, 19)}Z`;
}
