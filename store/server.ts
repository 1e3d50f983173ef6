import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { INSERT_LIMIT, insertSettings, READ_LIMIT, selectBytes, selectRows, type Engine } from './engine.ts';
import { withRetries } from './retry.ts';

export interface ServerOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

const CONNECTIONS = 10;

/** Inserts carry this in front of their query id, so that those of a predecessor can be told. */
const INSERT_PREFIX = 'annexa-append-';

/**
 * ClickHouse behind a URL. The database is made when it is not there. Inserts that a predecessor left running are
 * stopped and waited for: without that, one of them could still land after the head was read.
 */
export async function openServer(options: ServerOptions): Promise<Engine> {
  const { url, database, user: username, password } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) throw new TypeError(`not a database name: ${database}`);
  // Failures are thrown, and told by those who catch them: the client's own words on standard error stay off.
  const quiet = {
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: (INSERT_LIMIT.seconds + READ_LIMIT.seconds) * 1000,
  };
  const first = createClient({ url, username, password, ...quiet });
  await withRetries('CREATE DATABASE', () =>
    first.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` }),
  );
  await first.close();
  const client = createClient({
    url,
    username,
    password,
    database,
    max_open_connections: CONNECTIONS,
    ...quiet,
  });
  const prefix = `${INSERT_PREFIX}${database}-`;
  await withRetries('the end of earlier inserts', () => stopInserts(client, prefix));
  let number = 0;
  return {
    rows: <Row>(sql: string, parameters = {}) => selectRows<Row>(client, sql, parameters),
    bytes: (sql, parameters = {}) => selectBytes(client, sql, parameters),
    command: async (sql) => {
      await client.command({ query: sql });
    },
    insert: async ({ table, columns, bytes, token }) => {
      const result = await client.exec({
        query: `INSERT INTO ${table} (${columns}) FORMAT RowBinary`,
        values: Readable.from([bytes], { objectMode: false }),
        query_id: `${prefix}${process.pid}-${number++}-${table}`,
        clickhouse_settings: { ...insertSettings(token), async_insert: 0 },
      });
      result.stream.resume();
    },
    close: () => client.close(),
  };
}

async function stopInserts(client: ClickHouseClient, prefix: string): Promise<void> {
  await client.command({
    query: 'KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC',
    query_params: { prefix },
  });
}
