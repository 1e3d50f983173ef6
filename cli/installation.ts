import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';

/** What a data directory is, so that a command that names only the directory works on the right log. */
export interface Installation {
  readonly origin: string;
  readonly organisation: string;
}

function fileOf(dataDirectory: string): string {
  return join(dataDirectory, 'state', 'installation.json');
}

/** Undefined for a directory that was never opened. Throws FILE_UNREADABLE when the file is not what was written. */
export function readInstallation(dataDirectory: string): Installation | undefined {
  const file = fileOf(dataDirectory);
  if (!existsSync(file)) return undefined;
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof value === 'object' && value !== null && 'origin' in value && 'organisation' in value) {
    return { origin: String(value.origin), organisation: String(value.organisation) };
  }
  throw new AnnexaError('FILE_UNREADABLE', 'the description of the data directory is damaged', {
    where: file,
    hint: 'Remove the file and name origin in the configuration.',
  });
}

/** Remembers the installation; the organisation may change, the origin of a log never does. */
export function keepInstallation(dataDirectory: string, installation: Installation): void {
  const before = readInstallation(dataDirectory);
  if (before !== undefined && before.origin !== installation.origin) {
    throw new AnnexaError(
      'CONFIG_INVALID',
      `the directory holds the log ${before.origin}, not ${installation.origin}`,
      {
        where: dataDirectory,
        hint: 'Put the old origin into the configuration, or name another data directory.',
      },
    );
  }
  if (before?.organisation === installation.organisation) return;
  mkdirSync(join(dataDirectory, 'state'), { recursive: true, mode: 0o700 });
  const { origin, organisation } = installation;
  writeFileSync(fileOf(dataDirectory), `${JSON.stringify({ origin, organisation })}\n`, { mode: 0o600 });
}
