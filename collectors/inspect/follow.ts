import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AnnexaError } from '../../domain/errors.ts';

/** Where reading stopped: a file by its identity, not its name, and a byte in it. */
export interface FileCursor {
  /** `<device>:<inode>`. */
  readonly file: string;
  readonly offset: number;
}

/** A whole line, without its end. */
export interface FollowedLine {
  readonly file: string;
  /** Byte at which it begins, and the byte after its end. */
  readonly offset: number;
  readonly next: number;
  /** Undefined when the line is longer than {@link MAX_LINE_BYTES}: then only its beginning was read. */
  readonly text: string | undefined;
  readonly head: string;
}

export const MAX_LINE_BYTES = 1_048_576;
const HEAD_BYTES = 4_096;
const CHUNK_BYTES = 262_144;
const NEWLINE = 0x0a;

/**
 * Whole lines of a growing file from `cursor` on, at most `maxBytes` of them. A line without an end waits for it.
 * When the file was rotated away, the rest of the old one is read first, wherever in the same directory it now is;
 * when it was cut in place, reading begins again at its start. Throws FILE_UNREADABLE.
 */
export async function* followLines(
  path: string,
  cursor: FileCursor | undefined,
  options: Omit<ReadOptions, 'isClosed'>,
): AsyncGenerator<FollowedLine> {
  const current = await identify(path);
  if (cursor !== undefined && cursor.file !== current.file) {
    const rotated = await findRotated(path, cursor.file);
    // What stands behind the last line end of the old file will not be completed once the new one is written to.
    const isClosed = current.size > 0;
    const isDone = rotated === undefined || (yield* readLines(rotated, cursor, { ...options, isClosed }));
    if (isDone) yield* readLines(path, { file: current.file, offset: 0 }, options);
    return;
  }
  const isCut = cursor !== undefined && current.size < cursor.offset;
  const from = cursor === undefined || isCut ? 0 : cursor.offset;
  yield* readLines(path, { file: current.file, offset: from }, options);
}

interface ReadOptions {
  readonly limit?: number;
  readonly maxBytes: number;
  /** The file grows no more: its last line counts without an end. */
  readonly isClosed?: boolean;
}

/** Returns whether the end of the file was reached. */
async function* readLines(
  path: string,
  from: FileCursor,
  options: ReadOptions,
): AsyncGenerator<FollowedLine, boolean> {
  const { limit = Number.POSITIVE_INFINITY, maxBytes } = options;
  const handle = await openFile(path);
  try {
    let start = from.offset;
    let at = from.offset;
    let line: Buffer[] = [];
    let length = 0;
    while (at < limit && start - from.offset < maxBytes) {
      const chunk = await readChunk(handle, at, Math.min(CHUNK_BYTES, limit - at));
      if (chunk.length === 0) {
        if (options.isClosed === true && length > 0)
          yield toLine({ file: from.file, offset: start, next: at }, line, length);
        return true;
      }
      let piece = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, piece)) {
        line.push(chunk.subarray(piece, end));
        length += end - piece;
        const next = at + end + 1;
        yield toLine({ file: from.file, offset: start, next }, line, length);
        [line, length, piece, start] = [[], 0, end + 1, next];
      }
      // Of a line that is too long only the head is kept; its length still counts.
      if (length <= MAX_LINE_BYTES) line.push(chunk.subarray(piece));
      length += chunk.length - piece;
      at += chunk.length;
    }
    return at >= limit;
  } finally {
    await handle.close();
  }
}

function toLine(
  place: Pick<FollowedLine, 'file' | 'offset' | 'next'>,
  parts: readonly Buffer[],
  length: number,
): FollowedLine {
  const bytes = Buffer.concat(parts);
  const head = bytes.subarray(0, HEAD_BYTES).toString('utf8');
  return { ...place, text: length > MAX_LINE_BYTES ? undefined : bytes.toString('utf8'), head };
}

async function readChunk(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function identify(path: string): Promise<{ readonly file: string; readonly size: number }> {
  try {
    const { dev, ino, size } = await stat(path, { bigint: true });
    return { file: `${dev}:${ino}`, size: Number(size) };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function findRotated(path: string, file: string): Promise<string | undefined> {
  const directory = dirname(path);
  for (const name of (await readdir(directory)).toSorted()) {
    if (!name.startsWith(basename(path).split('.')[0] ?? '')) continue;
    const candidate = join(directory, name);
    const found = await identify(candidate).catch(() => undefined);
    if (found?.file === file) return candidate;
  }
  return undefined;
}

function unreadable(path: string, cause: unknown): AnnexaError {
  return new AnnexaError('FILE_UNREADABLE', 'the audit file of the relay cannot be read', {
    where: path,
    hint: 'The next poll tries again from the same place.',
    cause,
  });
}
