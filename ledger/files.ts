import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';
import { TILE_WIDTH, tileBytes, tilePath, type TileId } from './tiles.ts';

/** Most files written and synced at the same time. */
const WRITES_AT_ONCE = 32;

/** The file's bytes; `undefined` when there is no such file. Throws FILE_UNREADABLE for every other reason. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new AnnexaError('FILE_UNREADABLE', 'a file of the log cannot be read', {
      where: path,
      hint: 'Check the permissions and the disk.',
      cause,
    });
  }
}

/**
 * Writes files so that each is either the old one or the whole new one after a crash: beside it, synced, renamed, and
 * at the end every directory on the way synced. Not to be called for one path twice at the same time.
 */
export async function writeDurably(
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  top: string,
): Promise<void> {
  const directories = new Set<string>();
  for (const { path } of files) {
    for (let directory = dirname(path); directory.length >= top.length; directory = dirname(directory)) {
      directories.add(directory);
      if (directory === dirname(directory)) break;
    }
  }
  for (const directory of directories) await mkdir(directory, { recursive: true, mode: 0o700 });
  for (let at = 0; at < files.length; at += WRITES_AT_ONCE) {
    await Promise.all(
      files.slice(at, at + WRITES_AT_ONCE).map(({ path, bytes }) => replaceFile(path, bytes)),
    );
  }
  for (const directory of [...directories].sort((a, b) => b.length - a.length))
    await syncDirectory(directory);
}

/** Bytes of a tile below `directory`. A partial tile that grew full is read from the full one. */
export async function readTile(directory: string, tile: TileId): Promise<Uint8Array | undefined> {
  const bytes = await readIfThere(join(directory, tilePath(tile)));
  if (bytes !== undefined || tile.width === TILE_WIDTH) return bytes;
  const full = await readIfThere(join(directory, tilePath({ ...tile, width: TILE_WIDTH })));
  return full?.subarray(0, tileBytes(tile));
}

/** Removes the partial versions of full tiles; those that have none cost nothing. */
export async function removePartials(directory: string, tiles: readonly TileId[]): Promise<void> {
  for (const tile of tiles) {
    const path = join(directory, `${tilePath({ ...tile, width: TILE_WIDTH })}.p`);
    await rm(path, { recursive: true, force: true });
  }
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
