import { readFileSync } from 'node:fs';
import { AnnexaError } from '../domain/errors.ts';
import type { LogRow } from '../domain/entry.ts';
import type { Artefact } from '../domain/event.ts';
import type { LogStore, StoredKey } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import { artefactColumns, decodePair, encodeArtefacts, encodeRows, entryColumns } from './binary.ts';
import { openEmbedded } from './embedded.ts';
import type { Engine } from './engine.ts';
import { createFolded, dropKept } from './folded.ts';
import { withRetries } from './retry.ts';
import { applySchema } from './schema.ts';
import { openServer, type ServerOptions } from './server.ts';

export type StoreLocation =
  { readonly engine: 'embedded'; readonly path: string } | ({ readonly engine: 'server' } & ServerOptions);

export interface StoreOptions {
  /** Called between the steps of an append; a test kills the process here. */
  readonly checkpoint?: (name: 'artefacts-inserted') => void;
  /** Sets the names of this process's working tables apart on a server that others use; lower-case hex or digits. */
  readonly nonce?: string;
  /** Default true. False is for the control run of the durability test only. */
  readonly fsync?: boolean;
}

/** What one call may ask for. */
export const STORE_LIMIT = {
  entries: 65_536,
  leaves: 16_777_216,
  keysPerChunk: 1_048_576,
  keysPerLookup: 10_000,
} as const;

/**
 * Opens ClickHouse, brings its schema to the newest version, and answers as {@link LogStore} says.
 * Throws ENGINE_MISSING, DATA_IN_USE (embedded: one process a directory) or STORE_UNAVAILABLE.
 */
export async function openStore(location: StoreLocation, options: StoreOptions = {}): Promise<LogStore> {
  const fsync = options.fsync ?? true;
  const engine =
    location.engine === 'embedded'
      ? await openEmbedded(location.path, { fsync })
      : await openServer(location);
  try {
    await withRetries('the schema', () => applySchema(engine, { fsync }));
    if (location.engine === 'embedded') await dropKept(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return createLogStore(engine, options);
}

function createLogStore(engine: Engine, options: StoreOptions): LogStore {
  const folded = createFolded(engine, { nonce: options.nonce ?? '0' });
  return {
    select: folded.select,
    append: (rows, artefacts) => append(engine, { rows, artefacts, ...options }),
    async head(log) {
      const rows = await withRetries('the head', () =>
        engine.rows<{ index: number; received: Instant }>(queries.head, { log }),
      );
      return { size: (rows[0]?.index ?? -1) + 1, received: rows[0]?.received ?? null };
    },
    async leaves(log, from, to) {
      checkRange(from, to, STORE_LIMIT.leaves);
      const bytes = await withRetries('leaf hashes', () => engine.bytes(queries.leaves, { log, from, to }));
      if (bytes.length !== (to - from) * 32) throw missingRows(log, [from, to], bytes.length / 32);
      return bytes;
    },
    async entries(log, from, to) {
      checkRange(from, to, STORE_LIMIT.entries);
      const rows = await withRetries('entries', () =>
        engine.rows<StoredRow>(queries.entries, { log, from, to }),
      );
      if (rows.length !== to - from) throw missingRows(log, [from, to], rows.length);
      return rows.map((row) => toLogRow(log, row));
    },
    findByKey: (keys) => findByKey(engine, keys),
    keys: () => allKeys(engine),
    async artefact(sha256) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
      const row = await withRetries('an artefact', () => engine.bytes(queries.artefact, { sha256 }));
      if (row.length === 0) return undefined;
      const [mediaType, bytes] = decodePair(row);
      return { sha256, mediaType: mediaType.toString('utf8'), bytes };
    },
    async close() {
      await folded.close();
      await engine.close();
    },
  };
}

/** Artefacts first: an entry never names one that is not there. */
async function append(
  engine: Engine,
  batch: { rows: readonly LogRow[]; artefacts: readonly Artefact[] } & StoreOptions,
): Promise<void> {
  const { rows, artefacts, checkpoint } = batch;
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return;
  if (first.received.slice(0, 7) !== last.received.slice(0, 7)) {
    throw new TypeError('a batch lies in one month of received');
  }
  if (artefacts.length > 0) await insertArtefacts(engine, artefacts);
  checkpoint?.('artefacts-inserted');
  const token = `${first.log}-${first.index}-${last.index}-${Buffer.from(last.leaf).toString('hex')}`;
  const bytes = encodeRows(rows);
  await withRetries('an insert', () =>
    engine.insert({ table: 'entries', columns: entryColumns, bytes, token }),
  );
}

async function insertArtefacts(engine: Engine, artefacts: readonly Artefact[]): Promise<void> {
  const byDigest = new Map(artefacts.map((artefact) => [artefact.sha256, artefact]));
  const digests = [...byDigest.keys()];
  for (let at = 0; at < digests.length; at += STORE_LIMIT.keysPerLookup / 2) {
    const some = digests.slice(at, at + STORE_LIMIT.keysPerLookup / 2);
    const known = await withRetries('artefact digests', () =>
      engine.rows<{ sha256: string }>(queries.knownArtefacts, { digests: some }),
    );
    for (const { sha256 } of known) byDigest.delete(sha256);
  }
  const missing = [...byDigest.values()];
  if (missing.length === 0) return;
  const block = { table: 'artefacts', columns: artefactColumns, bytes: encodeArtefacts(missing) };
  await withRetries('an insert of artefacts', () => engine.insert(block));
}

async function findByKey(engine: Engine, keys: readonly bigint[]): Promise<readonly StoredKey[]> {
  const found: StoredKey[] = [];
  for (let at = 0; at < keys.length; at += STORE_LIMIT.keysPerLookup) {
    const some = keys.slice(at, at + STORE_LIMIT.keysPerLookup).join(',');
    const rows = await withRetries('stored keys', () =>
      engine.rows<Omit<StoredKey, 'key'> & { key: string }>(queries.findByKey, { keys: `[${some}]` }),
    );
    for (const row of rows) found.push({ ...row, key: BigInt(row.key) });
  }
  return found;
}

async function* allKeys(engine: Engine): AsyncGenerator<BigUint64Array> {
  const logs = await withRetries('the logs', () => engine.rows<{ log: number; size: number }>(queries.logs));
  for (const { log, size } of logs) {
    for (let from = 0; from < size; from += STORE_LIMIT.keysPerChunk) {
      const range = { log, from, to: Math.min(size, from + STORE_LIMIT.keysPerChunk) };
      const bytes = await withRetries('stored keys', () => engine.bytes(queries.keys, range));
      const aligned = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      yield new BigUint64Array(aligned);
    }
  }
}

interface StoredRow {
  readonly index: number;
  readonly received: Instant;
  readonly entry: string;
  readonly leaf: string;
  readonly salts: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  readonly key: string;
  readonly mac: string;
}

function toLogRow(log: number, row: StoredRow): LogRow {
  return { ...row, log, leaf: Buffer.from(row.leaf, 'hex'), key: BigInt(row.key) };
}

function checkRange(from: number, to: number, most: number): void {
  if (!(from >= 0 && from <= to && to - from <= most)) {
    throw new TypeError(`[${from}, ${to}) is no range of at most ${most} entries`);
  }
}

function missingRows(log: number, [from, to]: readonly [number, number], found: number): AnnexaError {
  return new AnnexaError('LOG_INCONSISTENT', `the store holds ${found} of ${to - from} entries`, {
    where: `log ${log}, entries ${from} to ${to - 1}`,
    hint: 'Run annexa log verify.',
  });
}

const queries = {
  head: read('head'),
  leaves: read('leaves'),
  entries: read('entries'),
  findByKey: read('find-by-key'),
  logs: read('logs'),
  keys: read('keys'),
  artefact: read('artefact'),
  knownArtefacts: read('known-artefacts'),
} as const;

function read(name: string): string {
  return readFileSync(new URL(`./queries/${name}.sql`, import.meta.url), 'utf8');
}
