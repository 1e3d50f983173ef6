import { readdirSync, readFileSync } from 'node:fs';
import type { ReadStore, SqlParameters } from '../domain/ports.ts';

/** Reads the store by the name of a file in `queries/`. */
export type Ask = <Row>(query: string, parameters?: SqlParameters) => Promise<Row[]>;

/** Binds the texts of `queries/*.sql` to a store. An unknown name is a programmer's mistake: TypeError. */
export function createAsk(store: ReadStore): Ask {
  const folder = new URL('./queries/', import.meta.url);
  const texts = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .map((name) => [name.slice(0, -'.sql'.length), readFileSync(new URL(name, folder), 'utf8')]),
  );
  return async (query, parameters) => {
    const text = texts.get(query);
    if (text === undefined) throw new TypeError(`there is no query "${query}"`);
    return store.select(text, parameters);
  };
}
