import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

export type SqlFolder = 'tests' | 'preconditions' | 'notes' | 'queries';

/** Text of a SQL file of this folder as it ships; undefined when there is none of that name. */
export function readSql(folder: SqlFolder, name: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name)) return undefined;
  const url = new URL(`./${folder}/${name}.sql`, import.meta.url);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}

/** As {@link readSql} for a file that must be there; a missing one is a broken installation. */
export function requireSql(folder: SqlFolder, name: string): string {
  const sql = readSql(folder, name);
  if (sql === undefined) throw new TypeError(`controls/${folder}/${name}.sql is missing`);
  return sql;
}

/**
 * Puts a statement where another one reads its rows: the mark is the comment "rows" in place of a subquery.
 * Both texts are files of ours; values are always bound.
 */
export function wrap(outer: string, inner: string): string {
  const statement = inner.trimEnd().replace(/;$/, '');
  if (!outer.includes(MARK)) throw new TypeError('the outer statement has no place for rows');
  return outer.replace(MARK, () => `\n${statement}\n`);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

const MARK = '/* rows */';
