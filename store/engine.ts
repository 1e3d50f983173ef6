import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { SqlParameter } from '../domain/ports.ts';

export type QueryParameters = Readonly<Record<string, SqlParameter>>;

/** One block for one table, in ClickHouse's RowBinary. */
interface Block {
  readonly table: string;
  readonly columns: string;
  readonly bytes: Uint8Array;
  /** Two blocks with the same token are stored once; without one, every block is stored. */
  readonly token?: string;
}

/** A ClickHouse, in the process or behind a URL. Nothing here repeats a statement. */
export interface Engine {
  rows<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>;
  /** The result in RowBinary. */
  bytes(sql: string, parameters?: QueryParameters): Promise<Buffer>;
  command(sql: string): Promise<void>;
  /** Resolves when the block is stored, as one part of one partition, fsynced if the table says so. */
  insert(block: Block): Promise<void>;
  close(): Promise<void>;
}

/** What a single read may take. Beyond it the read fails; it is never cut silently. */
export const READ_LIMIT = { seconds: 120, resultBytes: 1_073_741_824 } as const;
export const INSERT_LIMIT = { seconds: 120, rows: 1_048_576, bytes: 1_073_741_824 } as const;

const readSettings = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
  session_timezone: 'UTC',
  join_use_nulls: 0,
  max_execution_time: READ_LIMIT.seconds,
  max_result_bytes: String(READ_LIMIT.resultBytes),
  result_overflow_mode: 'throw',
} as const;

/** A block is never split: a batch is far below these sizes, and the blocks of one insert are joined up to them. */
export function insertSettings(token: string | undefined): ClickHouseSettings {
  return {
    insert_deduplicate: token === undefined ? 0 : 1,
    insert_deduplication_token: token ?? '',
    max_insert_threads: '1',
    input_format_parallel_parsing: 0,
    max_insert_block_size: String(INSERT_LIMIT.rows),
    min_insert_block_size_rows: String(INSERT_LIMIT.rows),
    min_insert_block_size_bytes: String(INSERT_LIMIT.bytes),
    max_execution_time: INSERT_LIMIT.seconds,
  };
}

export async function selectRows<Row>(
  client: ClickHouseClient,
  sql: string,
  parameters: QueryParameters,
): Promise<Row[]> {
  const result = await client.query({
    query: trim(sql),
    format: 'JSONEachRow',
    query_params: { ...parameters },
    clickhouse_settings: readSettings,
  });
  return result.json<Row>();
}

export async function selectBytes(
  client: ClickHouseClient,
  sql: string,
  parameters: QueryParameters,
): Promise<Buffer> {
  const result = await client.exec({
    query: `${trim(sql)}\nFORMAT RowBinary`,
    query_params: { ...parameters },
    clickhouse_settings: readSettings,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of result.stream) chunks.push(toBuffer(chunk));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('a stream of bytes gave something else');
}

function trim(sql: string): string {
  return sql.trimEnd().replace(/;$/, '');
}
