import { toDurationMs } from '../../domain/duration.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';
import { tokenRoles, type TokenRole } from '../tokens.ts';

/** Creates a token and prints it, the only time it is shown. */
export async function createToken(
  runtime: Runtime,
  options: { io: CommandIo; role: string; lifetime: string },
): Promise<number> {
  const role = tokenRoles.find((known): known is TokenRole => known === options.role);
  if (role === undefined) {
    throw new AnnexaError('USAGE', `"${options.role}" is not a role for tokens`, {
      hint: `Choose one of ${tokenRoles.join(', ')}.`,
    });
  }
  const token = await runtime.tokens.create(role, toDurationMs(options.lifetime, '--lifetime'));
  options.io.err(`Token ${token.name}, role ${role}, until ${token.until}. It is shown once:\n`);
  options.io.out(`${token.text}\n`);
  return 0;
}
