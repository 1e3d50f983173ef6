import { AnnexaError } from '../../domain/errors.ts';
import type { CommandIo } from '../io.ts';

/** Runs a benchmark; every figure is a ratio to something measured in the same run, or can be turned into one. */
export async function bench(
  name: string,
  options: { io: CommandIo; json: boolean; scale: number },
): Promise<number> {
  const { io, json, scale } = options;
  if (name !== 'ingest')
    throw new AnnexaError('USAGE', `there is no benchmark "${name}"`, { hint: 'Choose: ingest.' });
  if (!(scale > 0 && scale <= 10)) throw new AnnexaError('USAGE', '--scale is not between 0 and 10');
  const { benchIngest } = await import('../../bench/ingest.ts');
  const result = await benchIngest({ scale, onProgress: (text) => io.err(`${text}\n`) });
  io.out(`${JSON.stringify(result, null, json ? 1 : 2)}\n`);
  return 0;
}
