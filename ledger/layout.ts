import { join } from 'node:path';

/** Directory of a log's published files: `checkpoint` and `tile/…` (C2SP tlog-tiles). All of it is derived data. */
export function logDirectory(dataDirectory: string, log: number): string {
  return join(dataDirectory, 'log', String(log));
}

/** The published checkpoint. */
export function checkpointPath(dataDirectory: string, log: number): string {
  return join(logDirectory(dataDirectory, log), 'checkpoint');
}

/**
 * The last checkpoint that was ever signed. Lies outside the published files and the store, is never derived from
 * either, and is written before a checkpoint is published.
 */
export function lastSignedPath(dataDirectory: string, log: number): string {
  return join(dataDirectory, 'state', `last-signed-${log}`);
}
