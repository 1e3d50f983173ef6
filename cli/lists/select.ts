import { readFileSync } from 'node:fs';
import type { ReadStore } from '../../domain/ports.ts';
import { toSqlTime, type Instant, type Period } from '../../domain/time.ts';

export const listKinds = [
  'sessions',
  'approvals',
  'commands',
  'blocked',
  'masking',
  'policies',
  'people',
  'events',
] as const;
export type ListKind = (typeof listKinds)[number];

export interface ListRequest {
  readonly period: Period;
  /** Part of a name or e-mail address, or a whole pseudonym; '' = everybody. */
  readonly person: string;
  readonly resource: string;
}

export type ListRow = Readonly<Record<string, unknown>> & { readonly time: Instant; readonly index: number };

const PAGE_ROWS = 1_000;
const BEFORE_ALL = '1900-01-01 00:00:00.000000';

export function isListKind(name: string): name is ListKind {
  return listKinds.some((kind) => kind === name);
}

/** All rows of a list, page by page, keyed by (time, index): never cut, and stable while rows arrive. */
export async function* selectList(
  store: ReadStore,
  kind: ListKind,
  request: ListRequest,
): AsyncGenerator<readonly ListRow[]> {
  const sql = readFileSync(new URL(`./${kind}.sql`, import.meta.url), 'utf8');
  let afterTime = BEFORE_ALL;
  let afterIndex = -1;
  for (;;) {
    const rows = await store.select<ListRow>(sql, {
      from: toSqlTime(request.period.from),
      to: toSqlTime(request.period.to),
      person: request.person,
      resource: request.resource,
      afterTime,
      afterIndex,
      limit: PAGE_ROWS,
    });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    afterTime = toSqlTime(last.time);
    afterIndex = last.index;
  }
}
