import { readFileSync } from 'node:fs';
import type { ReadStore } from '../../domain/ports.ts';
import type { Cut } from './facts.ts';

/** Subjects asked about in one query. */
const SUBJECTS_AT_ONCE = 1_000;
/** From a relay session to its session, from there to its approval. */
const HOPS = 2;

/**
 * Indexes of the entries that the given subjects rest on: what became of them, the approvals and decisions behind them,
 * links and verdicts about them; ascending. Statements are left out: those that matter are exceptions themselves.
 */
export async function readContext(
  store: ReadStore,
  cut: Cut,
  subjects: readonly string[],
): Promise<number[]> {
  const known = new Set(subjects);
  let edge = subjects.toSorted();
  for (let hop = 0; hop < HOPS && edge.length > 0; hop += 1) {
    const found = new Set<string>();
    for (const batch of batches(edge)) {
      const rows = await store.select<{ subject: string }>(sql.neighbours, { ...cut, subjects: batch });
      for (const { subject } of rows) if (!known.has(subject)) found.add(subject);
    }
    for (const subject of found) known.add(subject);
    edge = [...found].sort();
  }
  const indexes = new Set<number>();
  for (const batch of batches([...known].sort())) {
    const rows = await store.select<{ index: number }>(sql.context, { ...cut, subjects: batch });
    for (const { index } of rows) indexes.add(index);
  }
  return [...indexes].sort((a, b) => a - b);
}

const read = (name: string): string => readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
const sql = { neighbours: read('neighbours'), context: read('context') } as const;

function* batches(subjects: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < subjects.length; at += SUBJECTS_AT_ONCE)
    yield subjects.slice(at, at + SUBJECTS_AT_ONCE);
}
