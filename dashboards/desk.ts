import type { Evaluate, LedgerReader, PacketDesk, ReadStore, VerifyLog } from '../domain/ports.ts';
import { parseInstant, toMillis, toSqlTime, type Clock, type Instant } from '../domain/time.ts';
import type { Desk } from './page.ts';
import { createAsk } from './queries.ts';
import { createShelf } from './shelf.ts';

/** The span of what is known is looked up at most this often. */
const SPAN_MS = 30_000;

export interface DeskOptions {
  readonly store: ReadStore;
  readonly evaluate: Evaluate;
  readonly ledger: LedgerReader;
  readonly packets: PacketDesk;
  readonly verifyLog: VerifyLog;
  readonly clock: Clock;
  readonly organisation: string;
  readonly testSql?: (test: string) => string | undefined;
  readonly onFailure: (error: unknown) => void;
}

/** Binds the ports to what pages ask of them. */
export function createDesk(options: DeskOptions): Desk {
  const { store, ledger, clock } = options;
  const ask = createAsk(store);
  const shelf = createShelf({
    evaluate: options.evaluate,
    logSize: async () => (await ledger.checkpoint()).size,
    clock,
    onFailure: options.onFailure,
  });
  let span:
    | { readonly first: Instant | undefined; readonly last: Instant | undefined; readonly readMs: number }
    | undefined;
  return {
    store,
    ask,
    shelf,
    ledger,
    packets: options.packets,
    verifyLog: options.verifyLog,
    clock,
    organisation: options.organisation,
    testSql: options.testSql ?? (() => undefined),
    memory: { log: undefined, packets: new Map() },
    async used() {
      const now = clock();
      if (span !== undefined && toMillis(now) - span.readMs < SPAN_MS) return span;
      const [row] = await ask<{ first: string | null; last: string | null }>('activity-span', {
        now: toSqlTime(now),
      });
      span = {
        first: parseInstant(row?.first ?? ''),
        last: parseInstant(row?.last ?? ''),
        readMs: toMillis(now),
      };
      return span;
    },
  };
}
