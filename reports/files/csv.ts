import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';

interface WrittenTable {
  readonly rows: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface TableFile<Row> {
  write(row: Row): Promise<void>;
  close(): Promise<WrittenTable>;
}

/** Rows that are turned into text at once. */
const ROWS_AT_ONCE = 512;

/**
 * A CSV file (RFC 4180: a line of column names, CRLF, quotes where needed), hashed as it is written. A cell that a
 * spreadsheet would take for a formula, because it starts with = + - or @, gets a leading apostrophe.
 */
export async function openTable<Row extends object>(
  file: string,
  columns: readonly (keyof Row & string)[],
): Promise<TableFile<Row>> {
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  let waiting: Row[] = [];
  let rows = 0;
  let header = true;
  const flush = async (): Promise<void> => {
    const text = stringify(waiting, {
      header,
      columns: [...columns],
      record_delimiter: 'windows',
      escape_formulas: true,
      cast: { boolean: String },
    });
    header = false;
    waiting = [];
    hash.update(text);
    await handle.writeFile(text);
  };
  return {
    async write(row) {
      waiting.push(row);
      rows += 1;
      if (waiting.length >= ROWS_AT_ONCE) await flush();
    },
    async close() {
      if (header || waiting.length > 0) await flush();
      await handle.close();
      return { rows, sha256: hash.digest('hex') };
    },
  };
}
