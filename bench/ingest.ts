import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromMillis } from '../domain/time.ts';
import { createAppender, type LogAppender } from '../ingest/append.ts';
import { parseLines } from '../ingest/cloudevents.ts';
import { createSaltPool } from '../ingest/salts.ts';
import { createKeyring } from '../ledger/keyring.ts';
import { openEmbedded } from '../store/embedded.ts';
import { openStore } from '../store/open.ts';

export interface BenchOptions {
  /** 1 runs 2,000 single events, 50,000 in hundreds and 200,000 in batches of 5,000; 0.1 a tenth of that. */
  readonly scale?: number;
  /** Told in words what runs now. */
  readonly onProgress?: (text: string) => void;
}

export interface IngestRate {
  readonly batch: number;
  readonly events: number;
  /** Calls that wait for their receipt at the same time. */
  readonly clients: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  /** Share of the rate of the floor, same run, same lines. */
  readonly ratioToRawInsert: number;
}

export interface IngestBench {
  readonly machine: { readonly cpus: number; readonly model: string; readonly node: string };
  readonly bytesPerEvent: number;
  /** The same lines into a plain table of seven typed columns, fsynced, from a file, with nothing checked or committed to. */
  readonly floor: { readonly eventsPerSecond: number; readonly cpuSecondsPerMillion: number };
  readonly rates: readonly IngestRate[];
  /** That of the largest batches. */
  readonly ratioToRawInsert: number;
}

const RUNS = [
  { batch: 1, events: 2_000, clients: 64 },
  { batch: 100, events: 50_000, clients: 8 },
  { batch: 5_000, events: 200_000, clients: 4 },
] as const;

/**
 * Measures NDJSON bytes to acknowledged: parsed, checked, prepared, sequenced, stored and fsynced, on the embedded
 * engine, against the fastest insert of the same lines that the same engine can do. Uses a directory of its own.
 */
export async function benchIngest(options: BenchOptions = {}): Promise<IngestBench> {
  const { scale = 1, onProgress = () => {} } = options;
  const directory = mkdtempSync(join(tmpdir(), 'annexa-bench-'));
  try {
    const most = Math.max(...RUNS.map((run) => run.events)) * scale;
    onProgress(`floor: ${most} events`);
    const floor = await runFloor(directory, linesOf(0, most));
    const rates = await runAll(directory, { scale, floor: floor.eventsPerSecond, onProgress });
    return {
      machine: { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version },
      bytesPerEvent: Math.round(linesOf(0, 1000).length / 1000),
      floor,
      rates,
      ratioToRawInsert: rates.at(-1)?.ratioToRawInsert ?? 0,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runAll(
  directory: string,
  options: { scale: number; floor: number; onProgress: (text: string) => void },
): Promise<IngestRate[]> {
  const store = await openStore({ engine: 'embedded', path: join(directory, 'log') });
  const appender = createAppender({
    store,
    keyring: createKeyring({ tenantKey: randomBytes(32), pseudonymKey: () => new Uint8Array(32).fill(1) }),
    clock: () => fromMillis(Date.now()),
    salt: createSaltPool((length) => randomBytes(length)),
    log: 0,
    origin: 'bench.example/bench/ingest',
  });
  const rates: IngestRate[] = [];
  let next = 0;
  try {
    // Compiles and fills what every longer run has at hand.
    await appender.append(parseLines(linesOf(10_000_000, 2_000), 'bench').events);
    for (const { batch, clients, ...run } of RUNS) {
      const events = Math.max(batch, Math.round((run.events * options.scale) / batch) * batch);
      options.onProgress(`batches of ${batch}: ${events} events`);
      const bodies = Array.from({ length: events / batch }, (_, i) => linesOf(next + i * batch, batch));
      next += events;
      const { seconds, cpuSeconds } = await measure(() => send(appender, bodies, clients));
      rates.push({
        batch,
        events,
        clients,
        seconds: round(seconds),
        eventsPerSecond: Math.round(events / seconds),
        cpuSecondsPerMillion: round((cpuSeconds / events) * 1e6),
        ratioToRawInsert: round(events / seconds / options.floor),
      });
    }
    const { size } = await store.head(0);
    if (size !== next + 2_000) throw new Error(`${size} entries where ${next + 2_000} were acknowledged`);
    return rates;
  } finally {
    await appender.drain();
    await store.close();
  }
}

/** Every client sends its next body when it has the receipt of the one before. */
async function send(appender: LogAppender, bodies: readonly Uint8Array[], clients: number): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const { events, refusals, lines } = parseLines(body, 'bench');
      const receipt = await appender.append(events, refusals, lines);
      if (receipt.accepted !== events.length)
        throw new Error(`refused: ${receipt.refused[0]?.reason ?? 'repeats'}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function runFloor(directory: string, lines: Uint8Array): Promise<IngestBench['floor']> {
  const file = join(directory, 'floor.ndjson');
  writeFileSync(file, lines);
  const engine = await openEmbedded(join(directory, 'floor'), { fsync: true });
  try {
    await engine.command(FLOOR_TABLE);
    const { seconds, cpuSeconds } = await measure(() =>
      engine.command(`INSERT INTO floor FROM INFILE '${file}' COMPRESSION 'none' FORMAT JSONEachRow`),
    );
    const [stored] = await engine.rows<{ rows: number }>('SELECT count() AS rows FROM floor');
    const rows = stored?.rows ?? 0;
    return {
      eventsPerSecond: Math.round(rows / seconds),
      cpuSecondsPerMillion: round((cpuSeconds / rows) * 1e6),
    };
  } finally {
    await engine.close();
  }
}

const FLOOR_TABLE = `
  CREATE TABLE floor
  (
      specversion LowCardinality(String), source LowCardinality(String), id String, type LowCardinality(String),
      time DateTime64(6, 'UTC'), subject String, data String
  )
  ENGINE = MergeTree ORDER BY (source, time)
  SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;

async function measure(run: () => Promise<void>): Promise<{ seconds: number; cpuSeconds: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
}

/** Statements of a gateway, about 760 bytes each. */
function linesOf(from: number, count: number): Buffer {
  const lines: string[] = [];
  for (let number = from; number < from + count; number++) lines.push(lineOf(number));
  return Buffer.from(`${lines.join('\n')}\n`);
}

function lineOf(number: number): string {
  const session = `5b1c9f0e-7d2a-4c1b-9e3f-${String(number % 5000).padStart(12, '0')}`;
  const second = String(number % 60).padStart(2, '0');
  const micros = String(number % 1_000_000).padStart(6, '0');
  return JSON.stringify({
    specversion: '1.0',
    id: `${session}/command/${number}`,
    source: 'https://gateway.example.com/acme',
    type: 'annexa.command.executed',
    time: `2026-06-15T08:${String(Math.floor(number / 60) % 60).padStart(2, '0')}:${second}.${micros}Z`,
    subject: `session/${session}`,
    data: {
      session,
      seq: number,
      person: {
        id: `auth0|${1000 + (number % 200)}`,
        email: `person${number % 200}@example.com`,
        name: `Person ${number % 200}`,
      },
      resource: `pg-orders-${number % 20}`,
      language: 'sql',
      class: 'read',
      decision: 'allowed',
      result: 'ok',
      rows: number % 100,
      statement: `SELECT o.id, o.created_at, o.total, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id WHERE o.id = ${number} AND o.state IN ('open', 'paid') ORDER BY o.created_at DESC LIMIT 100`,
    },
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
