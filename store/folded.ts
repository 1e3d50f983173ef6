import { readFileSync } from 'node:fs';
import type { ReadStore, SqlParameters } from '../domain/ports.ts';
import type { Engine } from './engine.ts';
import { withRetries } from './retry.ts';
import { toStatements } from './schema.ts';

/** Logs up to this size have their folds kept; beyond it a plan costs little beside the scan, and memory matters more. */
export const FOLDED_ENTRIES_MAX = 1_000_000;
/** Sizes of the log whose folds are kept at the same time. */
const SIZES_KEPT = 2;

/** A view over the log at a size, and the text behind it. */
interface Fold {
  readonly name: string;
  readonly select: string;
}

/** The folds of one size: a table per view, made when it is first read. */
interface Generation {
  readonly size: number;
  readonly prefix: string;
  readonly tables: Map<string, Promise<string>>;
  readers: number;
}

/**
 * Reads the log at a size. Views that fold the log up to `{size:UInt64}` are computed once for each size, in the order
 * in which they build on each other, and kept in memory; statements then read the kept rows. The control tests ask
 * hundreds of questions of the same few folds, and ClickHouse would plan the whole cascade of views for each of them.
 *
 * The answers are those of the views themselves. Statements without a size go to the store unchanged.
 */
export function createFolded(
  engine: Engine,
  options: { readonly nonce: string },
): ReadStore & { close(): Promise<void> } {
  const folds = readFolds();
  const generations: Generation[] = [];
  let count = 0;

  const generationOf = (size: number): Generation => {
    const known = generations.find((generation) => generation.size === size);
    if (known !== undefined) return known;
    const made: Generation = {
      size,
      prefix: `kept_${options.nonce}_${(count += 1)}_`,
      tables: new Map(),
      readers: 0,
    };
    generations.push(made);
    return made;
  };

  const tableOf = (generation: Generation, fold: Fold): Promise<string> => {
    const known = generation.tables.get(fold.name);
    if (known !== undefined) return known;
    const making = make(generation, fold);
    generation.tables.set(fold.name, making);
    making.catch(() => generation.tables.delete(fold.name));
    return making;
  };

  const make = async (generation: Generation, fold: Fold): Promise<string> => {
    const select = await resolve(generation, fold.select);
    const table = `${generation.prefix}${fold.name}`;
    await engine.command(`DROP TABLE IF EXISTS ${table}`);
    await engine.command(
      `CREATE TABLE ${table} ENGINE = Memory AS ${select.replaceAll(SIZE, String(generation.size))}`,
    );
    return table;
  };

  /** The statement with every fold that it names replaced by the table that holds its rows. */
  const resolve = async (generation: Generation, sql: string): Promise<string> => {
    const names = new Set([...sql.matchAll(CALL)].map(([, name = '']) => name));
    const tables = new Map<string, string>();
    for (const name of names) {
      const fold = folds.get(name);
      if (fold !== undefined) tables.set(name, await tableOf(generation, fold));
    }
    return sql.replaceAll(CALL, (call, name: string) => tables.get(name) ?? call);
  };

  const dropOld = async (): Promise<void> => {
    while (generations.length > SIZES_KEPT) {
      const at = generations.findIndex((generation) => generation.readers === 0);
      const [old] = at < 0 ? [] : generations.splice(at, 1);
      if (old === undefined) return;
      await drop(engine, old);
    }
  };

  return {
    async select<Row>(sql: string, parameters: SqlParameters = {}): Promise<Row[]> {
      const size = parameters['size'];
      const isFoldable =
        typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 && size <= FOLDED_ENTRIES_MAX;
      if (!isFoldable) return withRetries('a read', () => engine.rows<Row>(sql, parameters));
      const generation = generationOf(size);
      generation.readers += 1;
      try {
        const resolved = await resolve(generation, sql);
        return await withRetries('a read', () => engine.rows<Row>(resolved, parameters));
      } finally {
        generation.readers -= 1;
        await dropOld();
      }
    },
    async close() {
      for (const generation of generations.splice(0)) await drop(engine, generation);
    },
  };
}

/** Removes what an earlier process kept and could not remove. Only where no other process uses the database. */
export async function dropKept(engine: Engine): Promise<void> {
  const rows = await engine.rows<{ name: string }>(LEFT_OVER);
  for (const { name } of rows) {
    if (/^kept_[0-9a-z]+_\d+_[A-Za-z]+$/.test(name)) await engine.command(`DROP TABLE IF EXISTS ${name}`);
  }
}

async function drop(engine: Engine, generation: Generation): Promise<void> {
  for (const table of await Promise.allSettled(generation.tables.values())) {
    if (table.status === 'fulfilled') await engine.command(`DROP TABLE IF EXISTS ${table.value}`);
  }
}

const SIZE = '{size:UInt64}';
const CALL = /\b([a-z][A-Za-z]*At)\(size = \{size:UInt64\}\)/g;
const DEFINITION = /^CREATE OR REPLACE VIEW ([a-z][A-Za-z]*At) AS\s+([\s\S]+)$/;
const LEFT_OVER = readFileSync(new URL('./queries/kept-tables.sql', import.meta.url), 'utf8');

/** The views that depend on the size alone, by name. */
function readFolds(): ReadonlyMap<string, Fold> {
  const sql = readFileSync(new URL('./schema/views.sql', import.meta.url), 'utf8');
  const folds = toStatements(sql).flatMap((statement) => {
    const [, name, select] = DEFINITION.exec(statement.replaceAll(/^--.*\n/gm, '').trim()) ?? [];
    const others = [...(select ?? '').matchAll(/\{(\w+):/g)].some(([, parameter]) => parameter !== 'size');
    return name === undefined || select === undefined || others ? [] : [[name, { name, select }] as const];
  });
  return new Map(folds);
}
