import type { Draft } from '../domain/entry.ts';
import type { LogStore } from '../domain/ports.ts';
import { createRepeatFilter } from './repeat-filter.ts';

/** new: not seen before. repeated: the same event again. conflict: the same (source, id) with other content. */
type Verdict = 'new' | 'repeated' | 'conflict';

export interface Repeats {
  /** One verdict for each draft, in order; drafts of the same call count as seen before by those after them. */
  judge(drafts: readonly Draft[]): Promise<Verdict[]>;
}

/** Remembers every (source, id) that the store holds, read once now. */
export async function createRepeats(store: LogStore): Promise<Repeats> {
  const filter = createRepeatFilter();
  for await (const keys of store.keys()) filter.addAll(keys);
  return {
    async judge(drafts) {
      const suspects = new Set<bigint>();
      for (const { key } of drafts) if (filter.checkAndAdd(key)) suspects.add(key);
      if (suspects.size === 0) return drafts.map(() => 'new');
      const seen = new Map<string, string>();
      for (const stored of await store.findByKey([...suspects])) {
        const name = nameOf(stored);
        if (!seen.has(name)) seen.set(name, stored.mac);
      }
      return drafts.map((draft) => {
        if (!suspects.has(draft.key)) return 'new';
        const name = nameOf(draft);
        const mac = seen.get(name);
        if (mac !== undefined) return mac === draft.mac ? 'repeated' : 'conflict';
        seen.set(name, draft.mac);
        return 'new';
      });
    },
  };
}

function nameOf({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}\0${id}`;
}
