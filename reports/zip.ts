import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHash } from 'node:crypto';
import { ZipFile } from 'yazl';

/** Level of deflate in packets. Fixed: another level would be another file. */
export const DEFLATE_LEVEL = 6;

export interface WrittenZip {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Writes every file under `directory` into one zip, streaming: memory does not grow with the files. The same files give
 * the same bytes: paths in byte order, one date, one mode, one deflate level, no extra fields below 4 GiB, no comment.
 * `file` must not lie inside `directory`; it is replaced if it exists.
 */
export async function zipDirectory(directory: string, file: string): Promise<WrittenZip> {
  const zip = new ZipFile();
  // The DOS form stores local time: the same figures in every zone.
  const epoch = new Date(1980, 0, 1);
  const failed = new Promise<never>((_, reject) => {
    zip.on('error', reject);
  });
  for (const path of await listFiles(directory)) {
    zip.addReadStreamLazy(
      path,
      { mtime: epoch, mode: 0o100644, compressionLevel: DEFLATE_LEVEL, forceDosTimestamp: true },
      (done) =>
        done(
          null,
          createReadStream(join(directory, path)).on('error', (error) => zip.emit('error', error)),
        ),
    );
  }
  zip.end();
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done): void {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await Promise.race([pipeline(zip.outputStream, meter, createWriteStream(file)), failed]);
  return { bytes, sha256: hash.digest('hex') };
}

/** Paths of all files under `directory`, with `/`, in byte order. */
export async function listFiles(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(join(directory, sep).length).split(sep).join('/'),
    )
    .toSorted(byBytes);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
