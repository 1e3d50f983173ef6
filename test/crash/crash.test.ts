import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogStore } from '../../domain/ports.ts';
import { fromMillis } from '../../domain/time.ts';
import { leafHash } from '../../ledger/merkle.ts';
import { createSealer } from '../../ledger/seal.ts';
import { verifyLog } from '../../ledger/verify-log.ts';
import { freshDirectory, openTestStore, origin } from '../ingest/parts.ts';
import { batchOf, crashPoints, crashSigner, EVENTS_PER_BATCH, type ChildOptions } from './child.ts';

/** Random kills, and the acknowledged batches after which they come: drawn, so that no two runs differ. */
const RANDOM_KILLS = 20;
const BATCHES_MAX = 6;
/** More than a child gets to before it is killed. */
const ENDLESS = 10_000;

const directories: ReturnType<typeof freshDirectory>[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});
const newDirectory = (): string => {
  const directory = freshDirectory();
  directories.push(directory);
  return directory.path;
};

interface Ack {
  readonly batch: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
}

/** Runs the child until it ends or is killed, here after `killAfter` acknowledged batches. */
function runChild(
  options: ChildOptions,
  killAfter = Infinity,
): Promise<{ acks: Ack[]; signal: string | null }> {
  const script = new URL('./child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acks: Ack[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('ack ')) return;
    acks.push(JSON.parse(line.slice(4)) as Ack);
    if (acks.length === killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', (_code, signal) => resolve({ acks, signal })));
}

/**
 * Opens the directory as the next process would, and checks all that a crash must not have touched: every
 * acknowledged batch is there whole, nothing is there twice, no batch is there in part.
 */
async function checkAfter(directory: string, acknowledged: ReadonlySet<number>): Promise<number> {
  const store = await openTestStore(directory);
  try {
    const { size } = await store.head(0);
    const rows = await store.entries(0, 0, size);
    const ids = rows.map((row, index) => {
      expect(row.index).toBe(index);
      expect(Buffer.from(row.leaf).equals(leafHash(row.entry))).toBe(true);
      return (JSON.parse(row.entry) as { id: string }).id;
    });
    const known = new Set(ids);
    expect(known.size).toBe(ids.length);
    for (const batch of acknowledged) for (const { id } of batchOf(batch)) expect(known).toContain(id);
    expect(size % EVENTS_PER_BATCH).toBe(0);
    const [raw] = await store.select<{ rows: number }>('SELECT count() AS rows FROM entries');
    expect(raw?.rows).toBe(size);
    await checkArtefacts(store, size);
    await checkSealed(store, directory);
    return size;
  } finally {
    await store.close();
  }
}

async function checkArtefacts(store: LogStore, size: number): Promise<void> {
  const [named] = await store.select<{ named: number; missing: number }>(
    `SELECT count() AS named, countIf(digest NOT IN (SELECT toString(sha256) FROM artefacts)) AS missing
     FROM (SELECT JSONExtractString(\`values\`['content'], 'statement', '$artefact') AS digest FROM entries)
     WHERE digest != ''`,
  );
  expect(named).toEqual({ named: size / EVENTS_PER_BATCH, missing: 0 });
}

/** The normal path, run again, brings tiles and checkpoint up to the store; then everything verifies. */
async function checkSealed(store: LogStore, directory: string): Promise<void> {
  const signer = crashSigner();
  const ledger = { store, dataDirectory: directory, log: 0, origin, signer };
  await createSealer(ledger).seal();
  const verification = await verifyLog({
    ...ledger,
    key: signer.key,
    clock: () => fromMillis(Date.now()),
  });
  expect(verification.checks.filter((check) => !check.valid)).toEqual([]);
}

/** What a client may be told about a batch that it sends again. */
function expectAck(ack: Ack | undefined, acknowledged: ReadonlySet<number>): void {
  if (ack === undefined) throw new Error('no acknowledgement came');
  const whole = { batch: ack.batch, refused: 0 };
  const repeated = { ...whole, accepted: 0, repeated: EVENTS_PER_BATCH };
  if (acknowledged.has(ack.batch)) expect(ack).toEqual(repeated);
  else expect([repeated, { ...whole, accepted: EVENTS_PER_BATCH, repeated: 0 }]).toContainEqual(ack);
}

describe('a kill -9', () => {
  for (const at of crashPoints) {
    it(`at "${at}" loses nothing acknowledged and doubles nothing`, async () => {
      const directory = newDirectory();
      const options = { directory, from: 0, to: 4, fsync: true };
      const killed = await runChild({ ...options, kill: { at, batch: 2 } });
      expect(killed.signal).toBe('SIGKILL');
      const acknowledged = new Set(killed.acks.map(({ batch }) => batch));
      expect([...acknowledged]).toEqual(at === 'acked' || at === 'sealed' ? [0, 1, 2] : [0, 1]);
      const stored = ['prepared', 'sequenced', 'artefacts-inserted'].includes(at) ? 2 : 3;
      expect(await checkAfter(directory, acknowledged)).toBe(stored * EVENTS_PER_BATCH);

      const again = await runChild(options);
      expect(again.signal).toBeNull();
      expect(again.acks.map(({ batch }) => batch)).toEqual([0, 1, 2, 3]);
      for (const ack of again.acks.slice(0, 3)) {
        expectAck(ack, new Set(Array.from({ length: stored }, (_, batch) => batch)));
      }
      expect(await checkAfter(directory, new Set([0, 1, 2, 3]))).toBe(4 * EVENTS_PER_BATCH);
    });
  }

  it(`${RANDOM_KILLS} times at random on one directory loses nothing acknowledged and doubles nothing`, async () => {
    const directory = newDirectory();
    const draw = createDraw(20_261_121);
    const acknowledged = new Set<number>();
    let next = 0;
    for (let kill = 0; kill < RANDOM_KILLS; kill++) {
      // A client that is not sure sends its last batches again.
      const from = Math.max(0, next - 2);
      const { acks, signal } = await runChild(
        { directory, from, to: ENDLESS, fsync: true },
        1 + draw(BATCHES_MAX),
      );
      expect(signal).toBe('SIGKILL');
      for (const ack of acks) expectAck(ack, acknowledged);
      for (const { batch } of acks) acknowledged.add(batch);
      next = Math.max(next, ...acks.map(({ batch }) => batch + 1));
      await checkAfter(directory, acknowledged);
    }
    expect(acknowledged.size).toBe(next);
  }, 300_000);
});

/** Numbers below a bound, the same in every run (a linear congruential generator). */
function createDraw(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * bound);
  };
}
