import { AnnexaError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/entry.ts';
import { openCheckpoint } from './checkpoint.ts';
import { verifyEd25519 } from './ed25519.ts';
import { readIfThere } from './files.ts';
import { checkpointPath, lastSignedPath } from './layout.ts';
import type { NoteKey } from './note.ts';
import type { Result } from './result.ts';

/** Which log, where, and whose signature its checkpoints carry. */
export interface LogLocation {
  readonly dataDirectory: string;
  readonly log: number;
  readonly origin: string;
  readonly key: NoteKey;
}

/**
 * The last checkpoint that was ever signed; `undefined` before the first. Throws LOG_FROZEN when the file does not hold
 * a checkpoint of this log under its own key: without it nothing may be signed.
 */
export async function readLastSigned(location: LogLocation): Promise<Checkpoint | undefined> {
  const path = lastSignedPath(location.dataDirectory, location.log);
  const read = await readNote(path, location);
  if (read === undefined) return undefined;
  if (!read.ok) throw frozen(`the last signed checkpoint cannot be trusted: ${read.reason}`, path);
  return read.value;
}

/** The published checkpoint, or why there is none to be trusted. It is derived: a damaged one is made again. */
export async function readPublished(location: LogLocation): Promise<Result<Checkpoint> | undefined> {
  return readNote(checkpointPath(location.dataDirectory, location.log), location);
}

export function frozen(message: string, where: string): AnnexaError {
  return new AnnexaError('LOG_FROZEN', message, {
    where,
    hint: 'Nothing is signed any more. Restore the file from a backup that is not older than the newest published checkpoint.',
  });
}

export function inconsistent(message: string, where: string): AnnexaError {
  return new AnnexaError('LOG_INCONSISTENT', message, {
    where,
    hint: 'Nothing was signed. Run annexa log verify to find the entries that changed.',
  });
}

async function readNote(path: string, { origin, key }: LogLocation): Promise<Result<Checkpoint> | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  return openCheckpoint(new TextDecoder().decode(bytes), { origin, keys: [key], verify: verifyEd25519 });
}
