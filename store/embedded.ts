import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { AnnexaError } from '../domain/errors.ts';
import { insertSettings, selectBytes, selectRows, type Engine } from './engine.ts';
import { openSpool } from './spool.ts';

/** Reads that run side by side: a connection runs its statements one after another. */
const READ_CONNECTIONS = 3;

export interface EmbeddedOptions {
  /** Whether an insert resolves only when the name of its part is on the disk too. */
  readonly fsync: boolean;
}

/**
 * ClickHouse in this process, its data under `path`. One process at a time.
 * Throws ENGINE_MISSING when the optional package is not installed, DATA_IN_USE when another process has the directory.
 */
export async function openEmbedded(path: string, options: EmbeddedOptions): Promise<Engine> {
  const { createChdbConnection } = await loadEngine();
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const connect = (): ClickHouseClient => {
    try {
      return createClient({
        connection: createChdbConnection({ path }),
        log: { level: ClickHouseLogLevel.OFF },
      });
    } catch (error) {
      throw toOpenError(path, error);
    }
  };
  const writer = connect();
  const readers = Array.from({ length: READ_CONNECTIONS }, () => ({ client: connect(), running: 0 }));
  const spool = openSpool(path);

  const read = async <T>(run: (client: ClickHouseClient) => Promise<T>): Promise<T> => {
    const reader = readers.reduce((least, next) => (next.running < least.running ? next : least));
    reader.running += 1;
    try {
      return await run(reader.client);
    } finally {
      reader.running -= 1;
    }
  };
  const directories = new Map<string, string>();
  const directoryOf = async (table: string): Promise<string> => {
    const known = directories.get(table);
    if (known !== undefined) return known;
    const [found] = await read((client) => selectRows<{ path: string }>(client, TABLE_PATH, { table }));
    if (found === undefined) throw new TypeError(`there is no table ${table}`);
    directories.set(table, found.path);
    return found.path;
  };
  return {
    rows: <Row>(sql: string, parameters = {}) => read((client) => selectRows<Row>(client, sql, parameters)),
    bytes: (sql, parameters = {}) => read((client) => selectBytes(client, sql, parameters)),
    command: async (sql) => {
      await writer.command({ query: sql });
    },
    // From a file in memory rather than as text inside the statement: a sixth of the CPU time.
    insert: async ({ table, columns, bytes, token }) => {
      await spool.lend(bytes, async (file) => {
        await writer.command({
          query: `INSERT INTO ${table} (${columns}) FROM INFILE '${file}' COMPRESSION 'none' FORMAT RowBinary`,
          clickhouse_settings: insertSettings(token),
        });
      });
      if (options.fsync) await syncDirectory(await directoryOf(table));
    },
    close: async () => {
      await Promise.all([writer.close(), ...readers.map(({ client }) => client.close())]);
      spool.close();
    },
  };
}

const TABLE_PATH =
  'SELECT data_paths[1] AS path FROM system.tables WHERE database = currentDatabase() AND name = {table:String}';

/** ClickHouse syncs the files of a part and the part's own directory; the name of that stands in the directory above. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function loadEngine(): Promise<EngineModule> {
  // A variable, so that the program compiles and installs without the optional package.
  const name: string = 'chdb/connection';
  try {
    const module: unknown = await import(name);
    if (isEngineModule(module)) return module;
    throw new TypeError(`${name} has no createChdbConnection`);
  } catch (error) {
    throw new AnnexaError('ENGINE_MISSING', 'the embedded ClickHouse is not installed', {
      where: 'package chdb',
      hint: 'Run npm install chdb, or set clickhouse.url in the configuration to use a server.',
      cause: error,
    });
  }
}

type Connection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

interface EngineModule {
  readonly createChdbConnection: (options: { path: string }) => Connection;
}

function isEngineModule(module: unknown): module is EngineModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createChdbConnection' in module &&
    typeof module.createChdbConnection === 'function'
  );
}

function toOpenError(path: string, cause: unknown): AnnexaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/one active data directory/.test(reason)) {
    return new AnnexaError('DATA_IN_USE', 'this process has another data directory open', {
      where: path,
      hint: 'Close it first.',
      cause,
    });
  }
  if (existsSync(join(path, 'status'))) {
    return new AnnexaError('DATA_IN_USE', 'another process is using this data directory', {
      where: path,
      hint: 'Stop it, or work through it: annexa commands reach a running "annexa serve" by themselves.',
      cause,
    });
  }
  return new AnnexaError('STORE_UNAVAILABLE', `the embedded ClickHouse did not start: ${reason}`, {
    where: path,
    cause,
  });
}
