import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw, crc32 } from 'node:zlib';
import { AnnexaError } from '../domain/errors.ts';
import { concatBytes } from '../ledger/bytes.ts';
import { readZipStructure } from './zip-structure.ts';
import type { ZipEntry } from './zip-structure.ts';

/** The files of a packet, wherever they lie. */
export interface Members {
  /** Paths relative to the packet, in byte order, without directories. */
  readonly names: readonly string[];
  /** Faults of the container itself. */
  readonly problems: readonly string[];
  /** Bytes of the file; undefined when there is none of that name. */
  sizeOf(name: string): number | undefined;
  /** The content in chunks. Rejects with PACKET_INVALID when it is damaged, NOT_FOUND when there is none. */
  read(name: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Largest file that a check holds in memory as a whole. */
export const WHOLE_MAX = 256 * 2 ** 20;

/** The whole content of a small file; PACKET_INVALID above `max` bytes. */
export async function readWhole(members: Members, name: string, max = WHOLE_MAX): Promise<Uint8Array> {
  const size = members.sizeOf(name) ?? 0;
  if (size > max) {
    throw new AnnexaError('PACKET_INVALID', `${name}: ${size} bytes are more than the ${max} allowed`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of members.read(name)) chunks.push(chunk);
  return concatBytes(...chunks);
}

/** Opens a zip file. Throws FILE_UNREADABLE when no central directory is found in it. */
export async function openZip(path: string): Promise<Members> {
  const handle = await open(path, 'r');
  const source = {
    size: (await handle.stat()).size,
    async read(from: number, length: number): Promise<Buffer> {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    },
  };
  const structure = await readZipStructure(source).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  const top = commonFolder(structure.entries.map((entry) => entry.name));
  const entries = new Map(structure.entries.map((entry) => [entry.name.slice(top.length), entry]));
  return {
    names: toNames(entries.keys()),
    problems: structure.problems,
    sizeOf: (name) => entries.get(name)?.size,
    read: (name) => inflate(name, entries.get(name), handle.fd),
    close: () => handle.close(),
  };
}

/** Opens an unpacked packet. Links and other special files are faults and are not read. */
export async function openDirectory(path: string): Promise<Members> {
  const sizes = new Map<string, number>();
  const problems: string[] = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = file.slice(join(path, '/').length).split(/[\\/]/).join('/');
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) {
      problems.push(`${name}: not a regular file`);
      continue;
    }
    const handle = await open(file, 'r');
    sizes.set(name, (await handle.stat()).size);
    await handle.close();
  }
  return {
    names: toNames(sizes.keys()),
    problems,
    sizeOf: (name) => sizes.get(name),
    read: (name) => {
      if (!sizes.has(name)) throw notFound(name);
      return createReadStream(join(path, name));
    },
    close: async () => {},
  };
}

/** A folder that all members share when bagit.txt lies in it: packers of whole folders add one. */
function commonFolder(names: readonly string[]): string {
  const top = /^([^/]+\/)bagit\.txt$/;
  const folder = names.map((name) => top.exec(name)?.[1]).find((found) => found !== undefined) ?? '';
  return names.every((name) => name.startsWith(folder)) ? folder : '';
}

async function* inflate(name: string, entry: ZipEntry | undefined, fd: number): AsyncIterable<Uint8Array> {
  if (entry === undefined) throw notFound(name);
  const { dataFrom, packedSize, size } = entry;
  let checksum = 0;
  let bytes = 0;
  const raw =
    packedSize === 0
      ? []
      : createReadStream('', { fd, start: dataFrom, end: dataFrom + packedSize - 1, autoClose: false });
  const unpacked = entry.method === 0 ? raw : unpack(name, raw, packedSize);
  for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
    checksum = crc32(chunk, checksum);
    bytes += chunk.length;
    if (bytes > size) throw damaged(name, `holds more than the ${size} bytes it declares`);
    yield chunk;
  }
  if (bytes < size) throw damaged(name, `holds ${bytes} of the ${size} bytes it declares`);
  if (checksum !== entry.checksum) throw damaged(name, 'checksum of the zip does not match');
}

async function* unpack(
  name: string,
  raw: Iterable<never> | Readable,
  packedSize: number,
): AsyncIterable<Uint8Array> {
  const engine = createInflateRaw();
  // A failure of either stream ends the other and surfaces in the loop below.
  pipeline(Readable.from(raw), engine, () => undefined);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
  } catch (error) {
    throw damaged(name, `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (engine.bytesWritten !== packedSize)
    throw damaged(name, 'has bytes after the end of its deflate stream');
}

function toNames(names: Iterable<string>): string[] {
  return [...names].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function damaged(name: string, what: string): AnnexaError {
  return new AnnexaError('PACKET_INVALID', `${name}: ${what}`);
}

function notFound(name: string): AnnexaError {
  return new AnnexaError('NOT_FOUND', `${name}: not in the packet`);
}
