import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Memory-backed on Linux; small in some containers, hence the second place. */
const MEMORY_DIRECTORY = '/dev/shm';

export interface Spool {
  /** Runs `use` with a file that holds `bytes`; the file is gone afterwards. One at a time. */
  lend(bytes: Uint8Array, use: (file: string) => Promise<void>): Promise<void>;
  close(): void;
}

/**
 * A place for the one file that an insert is read from: in memory when there is room, else beside the data.
 * Readable by this user only. What a killed process left behind is removed at the next open: the name follows from
 * `path`.
 */
export function openSpool(path: string): Spool {
  const name = `annexa-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
  const beside = join(path, 'annexa-spool');
  const places = [toPrivateDirectory(join(MEMORY_DIRECTORY, name)), toPrivateDirectory(beside)];
  const directories = places.filter((place) => place !== undefined);
  const remove = (): void => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  };
  let number = 0;
  return {
    async lend(bytes, use) {
      const file = writeFirst(directories, `${number++}.bin`, bytes);
      try {
        await use(file);
      } finally {
        rmSync(file, { force: true });
      }
    },
    close: remove,
  };
}

/** The directory made anew, or undefined when it cannot be made or somebody else made it. */
function toPrivateDirectory(directory: string): string | undefined {
  if (directory.includes("'") || directory.includes('\\')) return undefined;
  try {
    const found = lstatSync(directory, { throwIfNoEntry: false });
    if (found !== undefined && (!found.isDirectory() || found.uid !== process.getuid?.())) return undefined;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  } catch {
    return undefined;
  }
}

function writeFirst(directories: readonly string[], name: string, bytes: Uint8Array): string {
  let failure: unknown = new Error('no directory to write an insert to');
  for (const directory of directories) {
    const file = join(directory, name);
    try {
      writeFileSync(file, bytes, { mode: 0o600 });
      return file;
    } catch (error) {
      failure = error;
      rmSync(file, { force: true });
    }
  }
  throw failure;
}
