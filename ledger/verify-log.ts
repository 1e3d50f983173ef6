import { readFileSync } from 'node:fs';
import type { CheckLine, LogStore, LogVerification } from '../domain/ports.ts';
import { toMillis, type Clock } from '../domain/time.ts';
import { checkPublished } from './verify-tiles.ts';
import type { LogLocation } from './heads.ts';

/** Rows that one statement looks at. */
const ROWS_PER_STEP = 500_000;

/** Indexes named in a line; the rest is counted. */
const INDEXES_SHOWN = 20;

export interface VerifyLogOptions extends LogLocation {
  readonly store: Pick<LogStore, 'select' | 'head' | 'leaves'>;
  readonly clock: Clock;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/**
 * Verifies a log: that its indexes are contiguous and single, that each leaf is the hash of its entry, that columns and
 * disclosures are those the entry says and commits to, that artefacts are what their names say, and that leaves, tiles,
 * checkpoint and the record of the last signature give one tree. Names the first indexes that differ.
 *
 * A fault is a line with `valid: false`, never a rejection; rejects only when the store or a file cannot be read.
 * Emptied disclosures are erasures and no fault. Not checked: `mac`, which takes the tenant's key and the original input.
 */
export async function verifyLog(options: VerifyLogOptions): Promise<LogVerification> {
  const at = options.clock();
  const { size } = await options.store.head(options.log);
  const found = await readRows(options, size);
  const published = await checkPublished(options);
  const checks = [...rowLines(found, size), await artefactLine(options.store, found), ...published];
  return { at, durationMs: toMillis(options.clock()) - toMillis(at), size, checks };
}

/** A fault, how often it was found, and the first indexes. */
interface Fault {
  readonly rows: number;
  readonly indexes: readonly number[];
}

type Faults = ReadonlyMap<string, Fault>;

const none: Fault = { rows: 0, indexes: [] };

async function readRows(options: VerifyLogOptions, size: number): Promise<Faults> {
  const { store, log, onProgress } = options;
  const found = new Map<string, Fault>();
  const add = (fault: string, { rows, indexes }: Fault): void => {
    const before = found.get(fault) ?? none;
    const merged = [...new Set([...before.indexes, ...indexes])]
      .sort((a, b) => a - b)
      .slice(0, INDEXES_SHOWN);
    if (rows > 0) found.set(fault, { rows: before.rows + rows, indexes: merged });
  };
  for (let from = 0; from < size; from += ROWS_PER_STEP) {
    onProgress?.(from, size, 'entries');
    const range = { log, from, to: Math.min(from + ROWS_PER_STEP, size) };
    for (const [fault, sql] of Object.entries(rangeQueries)) {
      for (const row of await store.select<Fault>(sql, range)) add(fault, row);
    }
    for (const row of await store.select<Fault & { fault: string }>(queries.rowFaults, range))
      add(row.fault, row);
  }
  onProgress?.(size, size, 'entries');
  return found;
}

function rowLines(found: Faults, size: number): CheckLine[] {
  const columns = [
    'received',
    'key',
    'kind',
    'source',
    'id',
    'subject',
    'time',
    'session',
    'resource',
    'who',
  ];
  const opened = found.get('disclosed')?.rows ?? 0;
  const erased = found.get('erased')?.rows ?? 0;
  const emptied = erased === 0 ? '' : `, ${erased} with erased ones`;
  return [
    line('indexes', `${size} entries, each index once and in the order received`, [
      ['missing', found.get('missing')],
      ['stored again with other content', found.get('copies')],
      ['received before the entry in front', found.get('order')],
    ]),
    line('entries', 'every leaf is the hash of its entry', [['entry and leaf differ', found.get('leaf')]]),
    line(
      'columns',
      'every column says what its entry says',
      columns.map((name) => [`${name} differs`, found.get(name)]),
    ),
    line('disclosures', `${opened} entries with disclosures${emptied}, all as committed`, [
      ['a value, salt or name is not what the entry commits to', found.get('disclosures')],
    ]),
  ];
}

async function artefactLine(store: VerifyLogOptions['store'], found: Faults): Promise<CheckLine> {
  const [row] = await store.select<{ stored: number; erased: number; rows: number; names: string[] }>(
    queries.artefactFaults,
  );
  const { stored = 0, erased = 0, rows = 0, names = [] } = row ?? {};
  const missing = found.get('artefacts');
  const notes = [
    ...(erased === 0 ? [] : [`${erased} erased`]),
    // A value may be erased together with its artefact: absence alone is no fault.
    ...(missing === undefined ? [] : [`absent ones are named by ${listIndexes(missing)}`]),
  ];
  const holds = [`${stored} artefacts have the digest they are named by`, ...notes].join(', ');
  const changed = `changed: ${names.join(', ')}${rows > names.length ? ' and more' : ''}`;
  return { name: 'artefacts', valid: rows === 0, detail: rows === 0 ? holds : changed };
}

function line(
  name: string,
  holds: string,
  faults: readonly (readonly [string, Fault | undefined])[],
): CheckLine {
  const problems = faults.flatMap(([what, fault]) =>
    fault === undefined ? [] : [`${what}: ${listIndexes(fault)}`],
  );
  return { name, valid: problems.length === 0, detail: problems.length === 0 ? holds : problems.join('; ') };
}

function listIndexes({ rows, indexes }: Fault): string {
  const more = rows > indexes.length ? ` and ${rows - indexes.length} more` : '';
  return `${indexes.length === 1 ? 'index' : 'indexes'} ${indexes.join(', ')}${more}`;
}

const rangeQueries = {
  missing: read('missing-indexes'),
  copies: read('differing-copies'),
  order: read('received-order'),
  artefacts: read('missing-artefacts'),
} as const;

const queries = { rowFaults: read('row-faults'), artefactFaults: read('artefact-faults') } as const;

function read(name: string): string {
  return readFileSync(new URL(`./queries/${name}.sql`, import.meta.url), 'utf8');
}
