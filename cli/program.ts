import { Command, CommanderError, Option } from 'commander';
import { AnnexaError } from '../domain/errors.ts';
import { addMillis, toInstant, type Period } from '../domain/time.ts';
import type { Config } from '../config/parse.ts';
import { addLedgerCommands } from './program-ledger.ts';
import { addOfflineCommands } from './program-offline.ts';
import { openConfig, type GlobalOptions } from './open-config.ts';
import type { CommandIo } from './io.ts';
import type { Runtime } from './runtime.ts';

/** How a command gets at the store: opened here, or in the process that already owns the directory. */
export interface RuntimeAccess {
  /** Runs `use` with the runtime, or has the owner of the directory run the whole command line. Resolves to the exit code. */
  readonly withRuntime: (
    config: Config,
    use: (runtime: Runtime) => Promise<number>,
    options?: { withInput?: boolean },
  ) => Promise<number>;
  /** Starts the server; resolves when it has stopped. */
  readonly serve: (config: Config) => Promise<number>;
}

export interface CommandContext {
  readonly io: CommandIo;
  readonly access: RuntimeAccess;
  /** Registers the exit code of the command that ran. */
  readonly exit: (code: Promise<number>) => Promise<void>;
  readonly config: (command: Command) => Config;
}

const DAY_MS = 86_400_000;
const EPOCH = '1970-01-01T00:00:00Z';

/** Runs one command line. Never throws: failures become one line on standard error and an exit code. */
export async function runCommand(
  argv: readonly string[],
  io: CommandIo,
  access: RuntimeAccess,
): Promise<number> {
  let code = 0;
  const context: CommandContext = {
    io,
    access,
    exit: async (result) => {
      code = await result;
    },
    config: (command) => openConfig(command.optsWithGlobals<GlobalOptions>(), io),
  };
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof AnnexaError) {
      io.err(`${error.toLine()}\n`);
      return error.code === 'USAGE' || error.code === 'CONFIG_INVALID' ? 2 : 1;
    }
    io.err(`INTERNAL: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}

function createProgram(context: CommandContext): Command {
  const { io } = context;
  const program = new Command('annexa')
    .description(
      'Collects what an access gateway saw, tests ISO/IEC 27001 Annex A controls against it, and writes signed evidence packets.',
    )
    .option('--data <dir>', 'data directory (default: data in the configuration, else ./data)')
    .option('--config <file>', 'configuration file (default: ./annexa.yaml when it is there)')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(annexa --help lists the commands)');
  addServerCommands(program, context);
  addReadingCommands(program, context);
  addLedgerCommands(program, context);
  addOfflineCommands(program, context);
  for (const command of program.commands) inherit(command, io);
  return program;
}

function addServerCommands(program: Command, context: CommandContext): void {
  const { io, access, exit, config } = context;
  program
    .command('serve')
    .description('Web pages, ingest, collectors and sealing, until interrupted.')
    .addHelpText('after', '\nExample:\n  annexa serve --config annexa.yaml')
    .action(async (_options, command: Command) => exit(access.serve(config(command))));
  program
    .command('collect [sources...]')
    .description('Run the collectors of the configuration.')
    .option('--once', 'one poll of each source, then stop')
    .option(
      '--as-of <time>',
      "set the collectors' clock, for back-fills and tests; recorded in source.polled",
    )
    .addHelpText(
      'after',
      '\nExamples:\n  annexa collect --once\n  annexa collect gateway --once --as-of 2026-11-21T09:00:00Z',
    )
    .action(async (sources: string[], options: { once?: boolean; asOf?: string }, command: Command) => {
      const asOf = options.asOf === undefined ? undefined : toInstant(options.asOf, '--as-of');
      const { collect } = await import('./commands/collect.ts');
      await exit(
        access.withRuntime(config(command), (runtime) =>
          collect(runtime, sources, {
            io,
            once: options.once === true,
            ...(asOf === undefined ? {} : { asOf }),
          }),
        ),
      );
    });
  program
    .command('import <files...>')
    .description('Take events from files, or from standard input with -.')
    .addOption(
      new Option('--format <format>', 'form of the input')
        .choices(['cloudevents', 'hoop-inspect'])
        .default('cloudevents'),
    )
    .option('--source <name>', 'source name for formats that do not carry one')
    .option('--inspect-config <file>', "the relay's configuration, for hoop-inspect")
    .addHelpText(
      'after',
      '\nExamples:\n  annexa import events.ndjson\n  zcat old.ndjson.gz | annexa import -\n  annexa import inspect.jsonl --format hoop-inspect --source relay',
    )
    .action(
      async (
        files: string[],
        options: { format: string; source?: string; inspectConfig?: string },
        command: Command,
      ) => {
        const { importFiles } = await import('./commands/import.ts');
        await exit(
          access.withRuntime(config(command), (runtime) => importFiles(runtime, files, { io, ...options }), {
            withInput: files.includes('-'),
          }),
        );
      },
    );
  program
    .command('token')
    .description('Tokens for machines that send events.')
    .command('create')
    .description('Create a token; it is shown once, the log keeps its hash.')
    .requiredOption('--role <role>', 'what it may do: ingest')
    .option('--lifetime <duration>', 'how long it is valid', '90d')
    .addHelpText('after', '\nExample:\n  annexa token create --role ingest --lifetime 30d')
    .action(async (options: { role: string; lifetime: string }, command: Command) => {
      const { createToken } = await import('./commands/token.ts');
      await exit(access.withRuntime(config(command), (runtime) => createToken(runtime, { io, ...options })));
    });
}

function addReadingCommands(program: Command, context: CommandContext): void {
  const { io, access, exit, config } = context;
  addPeriod(program.command('evaluate').description('Run the control tests over a period.'))
    .option('--control <ids...>', 'controls of 2022 or 2013, domains included, like A.5.18 or A.9.2')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  annexa evaluate --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z\n  annexa evaluate --control A.12.4.1 --json',
    )
    .action(async (options: PeriodOptions & { control?: string[]; json?: boolean }, command: Command) => {
      const period = toPeriod(options, io);
      const { evaluate } = await import('./commands/evaluate.ts');
      await exit(
        access.withRuntime(config(command), (runtime) =>
          evaluate(runtime, { io, period, controls: options.control ?? [], json: options.json === true }),
        ),
      );
    });
  addPeriod(
    program
      .command('list <kind>')
      .description(
        'What is in the store: sessions, approvals, commands, blocked, masking, policies, people or events.',
      ),
  )
    .option('--person <text>', 'part of a name or address, or a whole pseudonym', '')
    .option('--resource <name>', 'resource name', '')
    .addOption(new Option('--json', 'print one JSON document').conflicts('csv'))
    .option('--csv', 'print CSV')
    .addHelpText(
      'after',
      '\nExamples:\n  annexa list sessions --person dan --json\n  annexa list blocked --resource pg-orders-prod --csv',
    )
    .action(
      async (
        kind: string,
        options: PeriodOptions & { person: string; resource: string; json?: boolean; csv?: boolean },
        command: Command,
      ) => {
        const period = toPeriod(options, io, EPOCH);
        const form = options.json === true ? 'json' : options.csv === true ? 'csv' : 'text';
        const { list } = await import('./commands/list.ts');
        await exit(
          access.withRuntime(config(command), (runtime) =>
            list(runtime, kind, { io, period, person: options.person, resource: options.resource, form }),
          ),
        );
      },
    );
  addPeriod(program.command('packet').description('Build, sign, write and verify an evidence packet.'))
    .option('--control <ids...>', 'only these controls and what they resolve to')
    .option('--at <size>', 'log size to build at; the same size gives the same bytes')
    .option('--complete', 'ship every entry of the range, not only the cited ones')
    .requiredOption('--out <file>', 'where to write the zip')
    .addHelpText(
      'after',
      '\nExample:\n  annexa packet --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --out october.zip',
    )
    .action(
      async (
        options: PeriodOptions & { control?: string[]; at?: string; complete?: boolean; out: string },
        command: Command,
      ) => {
        const period = toPeriod(options, io);
        const size = options.at === undefined ? undefined : toCount(options.at, '--at');
        const { packet } = await import('./commands/packet.ts');
        await exit(
          access.withRuntime(config(command), (runtime) =>
            packet(runtime, {
              io,
              period,
              controls: options.control ?? [],
              complete: options.complete === true,
              out: options.out,
              ...(size === undefined ? {} : { size }),
            }),
          ),
        );
      },
    );
}

export function toCount(text: string, where: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new AnnexaError('USAGE', `"${text}" is not a whole number`, { where });
  return Number(text);
}

interface PeriodOptions {
  readonly from?: string;
  readonly to?: string;
}

function addPeriod(command: Command): Command {
  return command
    .option('--from <time>', 'start of the period, RFC 3339, included')
    .option('--to <time>', 'end of the period, RFC 3339, excluded (default: now)');
}

function toPeriod(options: PeriodOptions, io: CommandIo, otherwise?: string): Period {
  const to = options.to === undefined ? io.clock() : toInstant(options.to, '--to');
  const start = options.from ?? otherwise;
  const from = start === undefined ? addMillis(to, -30 * DAY_MS) : toInstant(start, '--from');
  if (from >= to)
    throw new AnnexaError('USAGE', 'the period is empty', {
      where: '--from, --to',
      hint: 'Give a start before the end.',
    });
  return { from, to };
}

function inherit(command: Command, io: CommandIo): void {
  command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const child of command.commands) inherit(child, io);
}
