import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/parse.ts';
import { initKeys, openKeys } from '../../ledger/keys.ts';
import { describeKeys, writeTrust } from '../../ledger/trust.ts';
import type { CommandIo } from '../io.ts';

export async function initialise(config: Config, io: CommandIo): Promise<number> {
  const made = await initKeys(config.data, {
    origin: config.origin,
    organisation: config.organisation,
    randomBytes,
    clock: io.clock,
  });
  io.out(
    made.length === 0
      ? 'Every key is there already.\n'
      : `Made in ${join(config.data, 'keys')}: ${made.join(', ')}.\n`,
  );
  return show(config, { io, trust: join(config.data, 'trust') });
}

/** Prints the public keys. Take them to a verifier over another way than the packet. */
export async function show(config: Config, options: { io: CommandIo; trust?: string }): Promise<number> {
  const { io } = options;
  const keys = openKeys(config.data, { origin: config.origin, randomBytes });
  for (const key of describeKeys(keys)) {
    io.out(`${key.purpose.padEnd(12)} ${key.algorithm.padEnd(12)} sha256:${key.fingerprint}\n`);
    if (key.vkey !== undefined) io.out(`${' '.repeat(13)}${key.vkey}\n`);
  }
  if (options.trust !== undefined) {
    const directory = resolve(io.cwd, options.trust);
    writeTrust(directory, keys);
    io.out(`Written to ${directory}: what a verifier needs, and no secret.\n`);
  }
  return Promise.resolve(0);
}
