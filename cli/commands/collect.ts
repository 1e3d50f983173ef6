import type { Instant } from '../../domain/time.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';

export interface CollectOptions {
  readonly io: CommandIo;
  readonly once: boolean;
  /** Sets the collectors' clock; `received` stays the real time. */
  readonly asOf?: Instant;
}

/** Polls the named sources, or all of them. Exit code 1 when a source failed. */
export async function collect(
  runtime: Runtime,
  names: readonly string[],
  options: CollectOptions,
): Promise<number> {
  const { io } = options;
  const sources = chooseSources(runtime, names);
  if (sources.length === 0) {
    throw new AnnexaError('CONFIG_INVALID', 'no source is configured', {
      hint: 'Add one under sources: in annexa.yaml.',
    });
  }
  if (!options.once && options.asOf === undefined) {
    runtime.collectors.start(names);
    await new Promise<void>((resolve) =>
      io.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await runtime.collectors.stop();
    return 0;
  }
  let failed = 0;
  for (const name of sources) {
    try {
      const poll = await runtime.collectors.poll(name, options.asOf);
      io.out(
        `${name}: ${poll.seen} seen, ${poll.new} new, ${poll.changed} changed, ${poll.refused} refused\n`,
      );
    } catch (error) {
      failed += 1;
      io.err(`${name}: ${error instanceof AnnexaError ? error.toLine() : String(error)}\n`);
    }
  }
  await runtime.collectors.link();
  await runtime.seal();
  return failed === 0 ? 0 : 1;
}

function chooseSources(runtime: Runtime, names: readonly string[]): readonly string[] {
  const known = runtime.config.sources.map((source) => source.name);
  const strangers = names.filter((name) => !known.includes(name));
  if (strangers.length > 0) {
    throw new AnnexaError('USAGE', `there is no source "${strangers.join('", "')}"`, {
      hint: `Configured: ${known.join(', ') || 'none'}.`,
    });
  }
  return names.length === 0 ? known : names;
}
