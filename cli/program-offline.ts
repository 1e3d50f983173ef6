import type { Command } from 'commander';
import type { CommandContext } from './program.ts';

/** What needs no store: verification, keys, the configuration itself. */
export function addOfflineCommands(program: Command, context: CommandContext): void {
  const { io, exit, config } = context;
  program
    .command('verify <packet>')
    .description('Check a packet (zip, unpacked directory or report.pdf) offline: one line a check.')
    .option('--trust <dir>', 'keys to trust, from somewhere else than the packet (default: DATA/trust)')
    .option('--allow-unknown-signer', 'a signer that nobody vouched for is not a failure')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExit code: 0 valid, 1 not valid, 2 unreadable.\n\nExample:\n  annexa verify packet.zip --trust ./auditor-trust',
    )
    .action(
      async (
        packet: string,
        options: { trust?: string; allowUnknownSigner?: boolean; json?: boolean },
        command: Command,
      ) => {
        const { verify } = await import('./commands/verify.ts');
        await exit(verify(packet, { io, config: config(command), ...options }));
      },
    );
  const keys = program
    .command('keys')
    .description('Signing keys and the directory of public keys that a verifier needs.');
  keys
    .command('init')
    .description('Make the keys of this data directory; does nothing when they are there.')
    .action(async (_options, command: Command) => {
      const { initialise } = await import('./commands/keys.ts');
      await exit(initialise(config(command), io));
    });
  keys
    .command('show')
    .description('Print the public keys and their fingerprints.')
    .option('--trust <dir>', 'also write the trust directory for verifiers')
    .addHelpText('after', '\nExample:\n  annexa keys show --trust ./for-the-auditor')
    .action(async (options: { trust?: string }, command: Command) => {
      const { show } = await import('./commands/keys.ts');
      await exit(show(config(command), { io, ...options }));
    });
  const configuration = program.command('config').description('The configuration file.');
  configuration
    .command('schema')
    .description('Print the JSON Schema of annexa.yaml.')
    .action(async () => {
      const { ConfigSchema } = await import('../config/schema.ts');
      io.out(`${JSON.stringify(ConfigSchema, null, 2)}\n`);
    });
  configuration
    .command('document')
    .description('Print docs/configuration.md: every field with its form, default and meaning.')
    .action(async () => {
      const { documentConfig } = await import('../config/document.ts');
      io.out(documentConfig());
    });
  configuration
    .command('check')
    .description('Read the configuration and report every problem.')
    .action((_options, command: Command) => {
      const read = config(command);
      io.out(`The configuration is readable: ${read.sources.length} source(s), data in ${read.data}.\n`);
    });
}
