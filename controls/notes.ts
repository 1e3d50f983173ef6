import type { ReadStore, SqlParameters } from '../domain/ports.ts';
import type { Note } from './catalogue.ts';
import { requireSql } from './sql.ts';

/** The sentences that stand beside a result; one with a query stands only when the query finds something. */
export async function sentencesOf(
  store: ReadStore,
  notes: readonly Note[],
  parameters: SqlParameters,
): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const { say, when } of notes) {
    if (when === undefined) {
      sentences.push(say);
      continue;
    }
    const [figures] = await store.select<Record<string, string>>(requireSql('notes', when), parameters);
    if (figures !== undefined)
      sentences.push(say.replaceAll(/\{(\w+)\}/g, (_, name: string) => figures[name] ?? ''));
  }
  return sentences;
}
