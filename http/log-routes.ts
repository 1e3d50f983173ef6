import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AnnexaError } from '../domain/errors.ts';
import type { LedgerReader } from '../domain/ports.ts';

/** Tiles hold 256 hashes or entries (C2SP tlog-tiles). */
const TILE_WIDTH = 256;
const FOREVER = 'max-age=31536000, immutable';
const TILE = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;
const MAX_INDEX_DIGITS = 15;

interface TilePath {
  /** A level, or entry bundles. */
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

export interface LogRoutesOptions {
  readonly ledger: LedgerReader;
  /** Whether checkpoint and hash tiles are readable by everybody. Entry bundles hold entries and never are. */
  readonly publicHashes: boolean;
  /** Resolves when this request may read the log; throws UNAUTHENTICATED. */
  readonly mayRead: (request: FastifyRequest) => Promise<unknown>;
}

/** Adds `/log/<origin>/checkpoint` and `/log/<origin>/tile/…` with the static semantics of C2SP tlog-tiles. */
export function addLogRoutes(app: FastifyInstance, options: LogRoutesOptions): void {
  const { ledger, publicHashes } = options;
  app.get('/log/*', async (request, reply) => {
    const path = request.url.split('?')[0]?.slice('/log/'.length) ?? '';
    const prefix = `${ledger.origin}/`;
    const rest = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    const tile = parseTilePath(rest);
    const isOpen = publicHashes && tile?.level !== 'entries';
    if (!isOpen) await options.mayRead(request);
    if (rest === 'checkpoint') {
      const { note } = await ledger.checkpoint();
      return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(note);
    }
    if (tile === undefined) throw nothingThere(path);
    const bytes =
      tile.level === 'entries'
        ? await entryBundle(ledger, tile)
        : await ledger.tile(tile.level, tile.index, tile.width);
    return reply
      .header('cache-control', `${isOpen ? 'public' : 'private'}, ${FOREVER}`)
      .type('application/octet-stream')
      .send(Buffer.from(bytes));
  });
}

/** `tile/0/x001/234`, `tile/entries/000.p/12`; undefined for what is not the one spelling of a tile. */
export function parseTilePath(path: string): TilePath | undefined {
  const match = TILE.exec(path);
  if (match === null) return undefined;
  const [, level = '', digits = '', width] = match;
  const text = digits.replaceAll(/[x/]/g, '');
  const shortest = !digits.startsWith('x000/');
  const partial = width === undefined ? TILE_WIDTH : Number(width);
  const badWidth = width !== undefined && (partial < 1 || partial >= TILE_WIDTH || String(partial) !== width);
  const badLevel = level !== 'entries' && (Number(level) > 63 || String(Number(level)) !== level);
  if (!shortest || badWidth || badLevel || text.length > MAX_INDEX_DIGITS) return undefined;
  return { level: level === 'entries' ? 'entries' : Number(level), index: Number(text), width: partial };
}

/** Entries with a 16-bit big-endian length before each. */
async function entryBundle(ledger: LedgerReader, tile: TilePath): Promise<Uint8Array> {
  const from = tile.index * TILE_WIDTH;
  const { size } = await ledger.checkpoint();
  if (from + tile.width > size) throw nothingThere(`tile/entries/${tile.index}`);
  const rows = await ledger.rows(from, from + tile.width);
  const parts = rows.flatMap((row) => {
    const entry = Buffer.from(row.entry, 'utf8');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    return [length, entry];
  });
  return Buffer.concat(parts);
}

function nothingThere(path: string): AnnexaError {
  return new AnnexaError('NOT_FOUND', 'the log has no such file', { where: path });
}
