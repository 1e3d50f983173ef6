import { readFileSync } from 'node:fs';
import type { Engine } from './engine.ts';

/** Versions in order; a version is applied once and then never edited. */
const VERSIONS = [{ version: 1, sql: read('./schema/001-tables.sql') }] as const;
const VIEWS = read('./schema/views.sql');

export interface SchemaOptions {
  /** Off only in the control run of the durability test: acknowledged would no longer mean durable. */
  readonly fsync: boolean;
}

/** Brings the tables to the newest version and makes the views anew. Safe to interrupt and to repeat. */
export async function applySchema(engine: Engine, options: SchemaOptions): Promise<void> {
  const applied = await appliedVersions(engine);
  for (const { version, sql } of VERSIONS) {
    if (applied.has(version)) continue;
    const text = options.fsync
      ? sql
      : sql.replaceAll(/fsync_(after_insert|part_directory) = 1/g, 'fsync_$1 = 0');
    for (const statement of toStatements(text)) await engine.command(statement);
    await engine.command(`INSERT INTO schema_versions (version, applied) SELECT ${version}, now64(6, 'UTC')`);
  }
  for (const statement of toStatements(VIEWS)) await engine.command(statement);
}

/** Statements of a file: each ends with a semicolon at the end of a line. Comments may hold semicolons inside a line. */
export function toStatements(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, '').trim() !== '');
}

async function appliedVersions(engine: Engine): Promise<ReadonlySet<number>> {
  const [table] = await engine
    .rows<{ there: number }>('EXISTS TABLE schema_versions')
    .then((rows) => rows.map((row) => ({ there: Number(Object.values(row)[0]) })));
  if (table?.there !== 1) return new Set();
  const rows = await engine.rows<{ version: number }>('SELECT version FROM schema_versions ORDER BY version');
  return new Set(rows.map((row) => row.version));
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
