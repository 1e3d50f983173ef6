import type { Command } from 'commander';
import type { CommandContext } from './program.ts';

/** The log, the keys and the benchmarks. */
export function addLedgerCommands(program: Command, context: CommandContext): void {
  const { io, access, exit, config } = context;
  const log = program.command('log').description('The tamper-evident log.');
  log
    .command('checkpoint')
    .description('Print the signed checkpoint.')
    .action(async (_options, command: Command) => {
      const { printCheckpoint } = await import('./commands/log.ts');
      await exit(access.withRuntime(config(command), (runtime) => printCheckpoint(runtime, io)));
    });
  log
    .command('proof <index>')
    .description('Print the inclusion proof of an entry (c2sp.org/tlog-proof).')
    .addHelpText('after', '\nExample:\n  annexa log proof 77 > 77.tlog-proof')
    .action(async (index: string, _options, command: Command) => {
      const { printProof } = await import('./commands/log.ts');
      await exit(access.withRuntime(config(command), (runtime) => printProof(runtime, index, io)));
    });
  log
    .command('verify')
    .description(
      'Check every entry, disclosure, leaf, tile and signature; names the first indexes that differ.',
    )
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { verify } = await import('./commands/log.ts');
      await exit(
        access.withRuntime(config(command), (runtime) =>
          verify(runtime, { io, json: options.json === true }),
        ),
      );
    });
  log
    .command('rebuild')
    .description('Make the tiles again from the store.')
    .action(async (_options, command: Command) => {
      const { rebuild } = await import('./commands/log.ts');
      await exit(access.withRuntime(config(command), (runtime) => rebuild(runtime, io)));
    });
  program
    .command('bench <name>')
    .description('Run a benchmark of bench/: ingest.')
    .option('--json', 'print one JSON document')
    .option('--scale <factor>', 'fraction of the full number of events', '1')
    .addHelpText('after', '\nExample:\n  annexa bench ingest --json')
    .action(async (name: string, options: { json?: boolean; scale: string }) => {
      const { bench } = await import('./commands/bench.ts');
      await exit(bench(name, { io, json: options.json === true, scale: Number(options.scale) }));
    });
}
