import { AnnexaError } from '../domain/errors.ts';
import type { Draft, LogRow } from '../domain/entry.ts';
import type { Artefact } from '../domain/event.ts';
import type { LogStore } from '../domain/ports.ts';
import type { Clock } from '../domain/time.ts';
import { sequence, type LogState } from '../ledger/sequence.ts';

export interface CommitDeps {
  readonly store: LogStore;
  readonly log: number;
  readonly clock: Clock;
  readonly checkpoint: (name: 'sequenced' | 'inserted') => void;
  /** Called after every insert with the new size. */
  readonly onCommitted: (log: number, size: number) => void;
}

export interface Committer {
  /**
   * Gives the drafts the next indexes and stores them as one insert. Resolves with the first index once that is
   * durable. Throws STORE_UNAVAILABLE when it is not known whether they were stored: they are kept, and settled before
   * anything else is sequenced.
   */
  commit(drafts: readonly Draft[]): Promise<number>;
  /** Settles what an earlier failure left open. */
  settle(): Promise<void>;
}

interface Batch {
  readonly rows: readonly LogRow[];
  readonly artefacts: readonly Artefact[];
}

/**
 * The one owner of a log. A batch that was sequenced is never given up while it may still arrive in the store: its
 * rows are sent again unchanged, under the same token, until the store has them or says clearly that it does not.
 * Without this a late arrival and its successor would claim the same indexes.
 */
export function createCommitter(deps: CommitDeps): Committer {
  let state: LogState | undefined;
  let open: Batch | undefined;

  const store = async (batch: Batch): Promise<void> => {
    try {
      await deps.store.append(batch.rows, batch.artefacts);
    } catch (error) {
      if (!(await isStored(deps, batch, error))) {
        if (isRefusedForGood(error)) open = undefined;
        throw error;
      }
    }
    open = undefined;
    state = stateAfter(batch);
    deps.checkpoint('inserted');
    if (state !== undefined) deps.onCommitted(deps.log, state.size);
  };

  const settle = async (): Promise<void> => {
    if (open !== undefined) await store(open);
  };

  return {
    settle,
    async commit(drafts) {
      await settle();
      state ??= { log: deps.log, ...(await deps.store.head(deps.log)) };
      const first = state.size;
      const rows = sequence(state, drafts, deps.clock());
      deps.checkpoint('sequenced');
      open = { rows, artefacts: drafts.flatMap((draft) => draft.artefacts) };
      await settle();
      return first;
    },
  };
}

/** After a failure: whether the rows are there all the same. Throws LOG_INCONSISTENT when others stand in their place. */
async function isStored(deps: CommitDeps, { rows }: Batch, cause: unknown): Promise<boolean> {
  const first = rows[0]?.index ?? 0;
  const head = await deps.store.head(deps.log);
  if (head.size <= first) return false;
  const end = first + rows.length;
  const leaves = head.size >= end ? await deps.store.leaves(deps.log, first, end) : new Uint8Array(0);
  const ours = Buffer.concat(rows.map((row) => row.leaf));
  if (ours.equals(leaves)) return true;
  throw new AnnexaError('LOG_INCONSISTENT', 'another process writes to this log', {
    where: `log ${deps.log}, entry ${first}`,
    hint: 'Stop one of the two; a log has one owner.',
    cause,
  });
}

function stateAfter({ rows }: Batch): LogState | undefined {
  const last = rows.at(-1);
  return last === undefined ? undefined : { log: last.log, size: last.index + 1, received: last.received };
}

/** ClickHouse said no, or the rows could not even be written down for it. */
function isRefusedForGood(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof AnnexaError && error.code === 'STORE_REFUSED');
}
