import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/parse.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Period } from '../domain/time.ts';
import { buildApp } from '../http/app.ts';
import type { Reading } from '../http/reading.ts';
import { createSignIn } from '../http/sign-in.ts';
import { createServerAccess } from './access.ts';
import { openDesk } from './desk.ts';
import { createIngest } from './ingest.ts';
import type { CommandIo } from './io.ts';
import { runCommand } from './program.ts';
import { listenForCommands } from './remote.ts';
import { openRuntime, type Runtime } from './runtime.ts';

export interface ServeOptions {
  /** The period that the printed link opens on. */
  readonly period?: Period;
  readonly report: (text: string) => void;
  /** Takes any free port when the configured one is taken, instead of refusing. */
  readonly anyPort?: boolean;
}

/** A heartbeat entry an hour, so that silence can be told from absence. */
const HEARTBEAT_MS = 3_600_000;

/** Runs everything until interrupted: pages, ingest, collectors, sealing, and commands of other processes. */
export async function serve(config: Config, io: CommandIo): Promise<number> {
  const report = (text: string): void => io.out(`${text}\n`);
  const runtime = await openRuntime(config, { clock: io.clock, log: report });
  try {
    const server = await serveRuntime(runtime, { report });
    runtime.collectors.start();
    await new Promise<void>((resolve) =>
      io.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    report('Stopping: finishing what was taken.');
    await server.close();
  } finally {
    await runtime.close();
  }
  return 0;
}

/** Serves an opened runtime; `close` ends the listeners, not the runtime. */
export async function serveRuntime(
  runtime: Runtime,
  options: ServeOptions,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const { config, clock } = runtime;
  const { report } = options;
  const signIn = createSignIn({ clock, random: randomBytes, key: randomBytes(32), secure: false });
  const packets = join(config.data, 'packets');
  mkdirSync(packets, { recursive: true, mode: 0o700 });
  const app = buildApp({
    store: runtime.store,
    evaluate: runtime.evaluate,
    ledger: runtime.ledger,
    packets: openDesk(runtime, packets),
    verifyLog: () => runtime.verifyLog(),
    artefact: (sha256) => runtime.store.artefact(sha256),
    record: (reading) => recordReading(runtime, reading),
    clock,
    signIn,
    organisation: config.organisation,
    hosts: config.hosts,
    publicLog: false,
    onFailure: (error) =>
      report(`request: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    ingest: createIngest(runtime),
    testSql: runtime.evaluator.testSql,
  });
  const url = await listen(app, { ...config.listen, anyPort: options.anyPort === true });
  runtime.sealer.start();
  const commands = await listenForCommands(config.data, {
    run: (argv, io) => runCommand(argv, io, createServerAccess(runtime)),
    env: process.env,
    clock,
  });
  const heartbeat = setInterval(() => void beat(runtime), HEARTBEAT_MS);
  const code = signIn.issueCode({ name: 'local administrator', role: 'admin' });
  const query =
    options.period === undefined
      ? ''
      : `&next=${encodeURIComponent(`/?from=${options.period.from}&to=${options.period.to}`)}`;
  report(`annexa listens on ${url}`);
  if (!runtime.tokens.any())
    report(
      'Events are taken from this machine without a token until the first one is created (annexa token create).',
    );
  report(`Sign in once, within ten minutes: ${url}/sign-in?code=${code}${query}`);
  return {
    url,
    close: async () => {
      clearInterval(heartbeat);
      await app.close();
      commands.closeAllConnections();
      await new Promise<void>((resolve) => commands.close(() => resolve()));
    },
  };
}

async function listen(
  app: FastifyInstance,
  { host, port, anyPort }: { readonly host: string; readonly port: number; readonly anyPort: boolean },
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (isTaken && anyPort) return app.listen({ host, port: 0 });
    await app.close();
    throw new AnnexaError(
      'USAGE',
      isTaken ? 'the address is taken by another program' : 'the address cannot be listened on',
      {
        where: `${host}:${port}`,
        hint: 'Name another one as listen in the configuration.',
        cause,
      },
    );
  }
}

async function recordReading(runtime: Runtime, reading: Reading): Promise<void> {
  const nonce = randomBytes(8).toString('hex');
  const by = { id: reading.by };
  const shared = {
    source: 'annexa',
    id: `${reading.kind}:${nonce}`,
    kind: reading.kind,
    time: runtime.clock(),
  } as const;
  await runtime.appender.append([
    reading.kind === 'packet.read'
      ? { ...shared, subject: `packet/${reading.packet}`, data: { packet: reading.packet, by } }
      : {
          ...shared,
          subject: `session/${reading.session}`,
          data: { session: reading.session, sha256: reading.sha256, by },
        },
  ]);
}

async function beat(runtime: Runtime): Promise<void> {
  try {
    const { size } = await runtime.store.head(0);
    const time = runtime.clock();
    await runtime.appender.append([
      {
        source: 'annexa',
        id: `ledger.heartbeat:${time}`,
        kind: 'ledger.heartbeat',
        time,
        subject: 'ledger/0',
        data: { size },
      },
    ]);
  } catch (error) {
    runtime.report(`heartbeat: ${String(error)}`);
  }
}
