import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/parse.ts';
import { formatVerification } from '../../verify/verification.ts';
import { verifyPacket, type VerifyOptions } from '../../verify/verify.ts';
import type { CommandIo } from '../io.ts';

export interface VerifyCommandOptions {
  readonly io: CommandIo;
  readonly config: Config;
  readonly trust?: string;
  readonly allowUnknownSigner?: boolean;
  readonly json?: boolean;
}

/** Checks a packet offline. Trust comes from --trust, else from DATA/trust when that is there. Exit code 0, 1 or 2. */
export async function verify(path: string, options: VerifyCommandOptions): Promise<number> {
  const { io, config } = options;
  const own = join(config.data, 'trust');
  const trust =
    options.trust === undefined ? (existsSync(own) ? own : undefined) : resolve(io.cwd, options.trust);
  const verification = await verifyPacket(resolve(io.cwd, path), {
    ...(trust === undefined ? {} : { trust }),
    allowUnknownSigner: options.allowUnknownSigner === true,
  });
  io.out(
    options.json === true ? `${JSON.stringify(verification, null, 1)}\n` : formatVerification(verification),
  );
  return verification.exitCode;
}

/** The same check as text and exit code, for the demo. */
export async function toVerdict(
  path: string,
  options: VerifyOptions,
): Promise<{ readonly text: string; readonly code: number }> {
  const verification = await verifyPacket(path, options);
  return { text: formatVerification(verification).trimEnd(), code: verification.exitCode };
}
