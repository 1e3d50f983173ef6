import { leafHash } from '../../ledger/merkle.ts';
import type { LeafStore } from '../../ledger/grow.ts';
import type { LogRow } from '../../domain/entry.ts';
import type { Instant } from '../../domain/time.ts';
import type { LogStore } from '../../domain/ports.ts';

export interface MemoryStore extends LeafStore, Pick<LogStore, 'entries'> {
  readonly rows: LogRow[];
  /** Adds `count` entries. */
  grow(count: number): void;
  /** The next `count` reads of leaves fail. */
  failReads(count: number): void;
  /** Leaf hashes handed out so far. */
  readonly leavesRead: number;
}

/** A log store in memory with fault switches. */
export function createMemoryStore(log = 0): MemoryStore {
  const rows: LogRow[] = [];
  let failures = 0;
  let leavesRead = 0;
  return {
    rows,
    get leavesRead() {
      return leavesRead;
    },
    grow(count) {
      for (let i = 0; i < count; i += 1) {
        const entry = `{"n":${rows.length}}`;
        const received = '2026-01-01T00:00:00.000000Z' as Instant;
        rows.push({
          log,
          index: rows.length,
          received,
          entry,
          leaf: leafHash(entry),
          salts: {},
          values: {},
          key: BigInt(rows.length),
          mac: '',
        });
      }
    },
    failReads(count) {
      failures = count;
    },
    head: () => Promise.resolve({ size: rows.length, received: rows.at(-1)?.received ?? null }),
    leaves(_log, from, to) {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('the store is away'));
      }
      leavesRead += to - from;
      return Promise.resolve(new Uint8Array(Buffer.concat(rows.slice(from, to).map((row) => row.leaf))));
    },
    entries: (_log, from, to) => Promise.resolve(rows.slice(from, to)),
  };
}
