import type { Config } from '../config/parse.ts';
import { runRemotely } from './remote.ts';
import { openRuntime, type Runtime } from './runtime.ts';
import type { CommandIo } from './io.ts';
import type { RuntimeAccess } from './program.ts';

/**
 * Access for a command line typed into a terminal: the server of that data directory runs it when there is one,
 * otherwise the store is opened here for as long as the command takes.
 */
export function createLocalAccess(argv: readonly string[], io: CommandIo): RuntimeAccess {
  return {
    withRuntime: async (config, use, options = {}) => {
      const code = await runRemotely(config.data, { argv, io, withInput: options.withInput === true });
      if (code !== undefined) return code;
      const runtime = await openRuntime(config, { clock: io.clock, log: (text) => io.err(`${text}\n`) });
      try {
        return await use(runtime);
      } finally {
        await runtime.close();
      }
    },
    serve: async (config) => {
      const { serve } = await import('./serve.ts');
      return serve(config, io);
    },
  };
}

/** Access inside the server: its own runtime, whatever the forwarded configuration says about the engine. */
export function createServerAccess(runtime: Runtime): RuntimeAccess {
  return {
    withRuntime: (_config: Config, use) => use(runtime),
    serve: () => Promise.resolve(refuseSecondServer(runtime)),
  };
}

function refuseSecondServer(runtime: Runtime): number {
  runtime.report(`annexa already serves ${runtime.config.data}`);
  return 1;
}
