import type { ReadStore, SqlParameters } from '../domain/ports.ts';
import type { Note } from './catalogue.ts';
import { requireSql } from './sql.ts';

type Figures = Readonly<Record<string, string>>;

/** Gives the sentences that stand beside a result; one with a query stands only when the query finds something. */
export type Sentences = (notes: readonly Note[]) => Promise<readonly string[]>;

/** Sentences for one set of parameters. Tests share queries, so that each runs once. */
export function createSentences(store: ReadStore, parameters: SqlParameters): Sentences {
  const found = new Map<string, Promise<Figures | undefined>>();
  const figuresOf = (name: string): Promise<Figures | undefined> => {
    const known =
      found.get(name) ?? store.select<Figures>(requireSql('notes', name), parameters).then(([row]) => row);
    found.set(name, known);
    return known;
  };
  return async (notes) => {
    const sentences: string[] = [];
    for (const { say, when } of notes) {
      const figures = when === undefined ? {} : await figuresOf(when);
      if (figures !== undefined)
        sentences.push(say.replaceAll(/\{(\w+)\}/g, (_, name: string) => figures[name] ?? ''));
    }
    return sentences;
  };
}
