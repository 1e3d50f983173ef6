import { existsSync, readFileSync } from 'node:fs';
import { resolve, dirname } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';
import { parseConfig, type Config } from '../config/parse.ts';
import { readInstallation, type Installation } from './installation.ts';
import type { CommandIo } from './io.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
}

const DEFAULT_FILE = 'annexa.yaml';

/**
 * Reads --config FILE, else ./annexa.yaml when it is there, else the embedded default. --data wins over the file; a
 * directory that was opened before fills in the origin and the organisation that the file does not name.
 */
export function openConfig(options: GlobalOptions, io: CommandIo): Config {
  const file = resolve(io.cwd, options.config ?? DEFAULT_FILE);
  const text = readConfigText(file, options.config !== undefined);
  const read = (remembered: Installation | undefined): Config => {
    const config = parseConfig(text, {
      file,
      env: io.env,
      readSecret: (path) => readFileSync(path, 'utf8'),
      resolvePath: (path) => resolve(dirname(file), path),
      now: io.clock(),
      ...(remembered === undefined ? {} : { remembered }),
    });
    return options.data === undefined ? config : { ...config, data: resolve(io.cwd, options.data) };
  };
  const config = read(undefined);
  const remembered = readInstallation(config.data);
  return remembered === undefined ? config : read(remembered);
}

function readConfigText(file: string, asked: boolean): string {
  if (!asked && !existsSync(file)) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'the configuration file cannot be read', {
      where: file,
      hint: 'Check the path and the permissions.',
      cause,
    });
  }
}
