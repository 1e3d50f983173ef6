import type { Checkpoint, LogRow } from '../domain/entry.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { LedgerReader, LogStore } from '../domain/ports.ts';
import { signCheckpoint } from './checkpoint.ts';
import { readTile } from './files.ts';
import { readPublished, type LogLocation } from './heads.ts';
import { logDirectory } from './layout.ts';
import { consistencySpans, emptyRoot, inclusionSpans, type Span } from './merkle.ts';
import type { NoteSigner } from './note.ts';
import { checkTiles, hashOfSpan, tilesForRange, tilesForSpans, type TileSource } from './range.ts';
import { encodeBundle, tileAt, tilePath, TILE_WIDTH, type BundleId, type TileId } from './tiles.ts';

/** Most rows read from the store at once. */
const ROWS_PER_READ = 16_384;

export interface ReaderOptions {
  readonly store: Pick<LogStore, 'entries'>;
  readonly dataDirectory: string;
  readonly log: number;
  readonly origin: string;
  readonly signer: NoteSigner;
}

/**
 * Reads tiles and checkpoint from their files, and rows from the store. Proofs are made from tiles, so that they are of
 * what was published. What does not exist (yet) is NOT_FOUND; tiles that do not give the published root are LOG_INCONSISTENT.
 */
export function createReader(options: ReaderOptions): LedgerReader {
  const directory = logDirectory(options.dataDirectory, options.log);
  const location: LogLocation = { ...options, key: options.signer.key };
  const checkpoint = (): Promise<Checkpoint> => publishedCheckpoint(location);

  const hashesOf = async (spans: readonly Span[], size: number): Promise<readonly Uint8Array[]> => {
    const head = await checkpoint();
    checkSize(size, head);
    const source = await loadTiles(directory, tilesForSpans(spans, head.size));
    return spans.map(
      (span) =>
        hashOfSpan(span, head.size, source) ??
        fail(`the tiles of [${span.start}, ${span.end}) are missing`, directory),
    );
  };
  return {
    origin: options.origin,
    checkpoint,
    async checkpointAt(size) {
      const head = await checkpoint();
      checkSize(size, head);
      if (size === head.size) return head;
      const root = size === 0 ? emptyRoot : await earlierRoot(directory, size, head);
      return signCheckpoint({ origin: options.origin, size, root }, [options.signer]);
    },
    async inclusionProof(index, size) {
      if (!Number.isSafeInteger(index) || index < 0 || index >= size)
        throw notFound(`entry ${index} of ${size}`);
      return hashesOf(inclusionSpans(index, size), size);
    },
    async consistencyProof(from, to) {
      if (!Number.isSafeInteger(from) || from < 1 || from > to)
        throw notFound(`a consistency proof from ${from} to ${to}`);
      return hashesOf(consistencySpans(from, to), to);
    },
    async tile(level, index, width) {
      const head = await checkpoint();
      const widest = tileAt(level, index, head.size);
      if (widest === undefined || width < 1 || width > widest.width)
        throw notFound(tilePath({ level, index, width }));
      const bytes = await readTile(directory, { level, index, width });
      return bytes ?? throwNotFound(tilePath({ level, index, width }));
    },
    rows: (from, to) => readRows(options, from, to),
  };
}

/**
 * Bytes of an entry bundle (C2SP tlog-tiles), from the store. NOT_FOUND unless the published tree has a bundle of this
 * index and at least this width.
 */
export async function readBundle(reader: LedgerReader, bundle: BundleId): Promise<Uint8Array> {
  const head = await reader.checkpoint();
  const widest = tileAt(0, bundle.index, head.size);
  if (widest === undefined || bundle.width < 1 || bundle.width > widest.width)
    throw notFound(`entry bundle ${bundle.index}`);
  const from = bundle.index * TILE_WIDTH;
  const rows = await reader.rows(from, from + bundle.width);
  const encoder = new TextEncoder();
  return encodeBundle(rows.map((row) => encoder.encode(row.entry)));
}

async function publishedCheckpoint(location: LogLocation): Promise<Checkpoint> {
  const read = await readPublished(location);
  if (read === undefined) throw notFound('a checkpoint of this log');
  if (!read.ok)
    fail(
      `the published checkpoint cannot be trusted: ${read.reason}`,
      logDirectory(location.dataDirectory, location.log),
    );
  return read.value;
}

/** Root of the first `size` leaves, from tiles that are proved to belong to the published tree. */
async function earlierRoot(directory: string, size: number, head: Checkpoint): Promise<Uint8Array> {
  const tiles = tilesForRange({ from: size, to: size, size: head.size, earlier: [size] });
  const source = await loadTiles(directory, tiles);
  const [fault] = checkTiles(head, tiles, source);
  if (fault !== undefined) fail(`${tilePath(fault.tile)} ${fault.reason}`, directory);
  return hashOfSpan({ start: 0, end: size }, head.size, source) ?? throwNotFound(`a tree of ${size} entries`);
}

async function loadTiles(directory: string, tiles: readonly TileId[]): Promise<TileSource> {
  const loaded = new Map<string, Uint8Array>();
  for (const tile of tiles) {
    const bytes = await readTile(directory, tile);
    if (bytes !== undefined) loaded.set(tilePath(tile), bytes);
  }
  return (tile) => loaded.get(tilePath(tile));
}

async function readRows({ store, log }: ReaderOptions, from: number, to: number): Promise<readonly LogRow[]> {
  if (to - from <= ROWS_PER_READ) return store.entries(log, from, to);
  const rows: LogRow[] = [];
  for (let at = from; at < to; at += ROWS_PER_READ) {
    for (const row of await store.entries(log, at, Math.min(at + ROWS_PER_READ, to))) rows.push(row);
  }
  return rows;
}

function checkSize(size: number, head: Checkpoint): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > head.size)
    throw notFound(`a tree of ${size} entries`);
}

function notFound(what: string): AnnexaError {
  return new AnnexaError('NOT_FOUND', `there is no ${what}`, {
    hint: 'Ask for /checkpoint to see how far the log goes.',
  });
}

function throwNotFound(what: string): never {
  throw notFound(what);
}

function fail(message: string, where: string): never {
  throw new AnnexaError('LOG_INCONSISTENT', message, {
    where,
    hint: 'Run annexa log verify, then annexa log rebuild to make the tiles again from the store.',
  });
}
