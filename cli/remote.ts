import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';
import type { CommandIo } from './io.ts';

/** Runs a command line in the process that owns the store; resolves to its exit code. */
export type RunCommand = (argv: readonly string[], io: CommandIo) => Promise<number>;

/** One line of the answer: text for standard output, for standard error, or the exit code that ends it. */
type Frame = { readonly o: string } | { readonly e: string } | { readonly x: number };

const ARGV_BYTES = 65_536;

export function socketPath(dataDirectory: string): string {
  return join(dataDirectory, 'annexa.sock');
}

/**
 * Listens on DATA/annexa.sock (mode 0600) for command lines of other annexa processes of the same user, because the
 * embedded engine allows one process per directory. Their output and exit code are those of a local run.
 */
export async function listenForCommands(
  dataDirectory: string,
  options: { run: RunCommand; env: CommandIo['env']; clock: CommandIo['clock'] },
): Promise<Server> {
  const path = socketPath(dataDirectory);
  rmSync(path, { force: true });
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, options).catch((error: unknown) => {
      outgoing.end(`${JSON.stringify({ e: `${String(error)}\n` })}\n${JSON.stringify({ x: 1 })}\n`);
    });
  });
  server.requestTimeout = 0;
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return server;
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: { run: RunCommand; env: CommandIo['env']; clock: CommandIo['clock'] },
): Promise<void> {
  const call = parseCall(incoming);
  outgoing.writeHead(200, { 'content-type': 'application/x-ndjson' });
  outgoing.flushHeaders();
  const send = (frame: Frame): void => void outgoing.write(`${JSON.stringify(frame)}\n`);
  const abort = new AbortController();
  outgoing.on('close', () => abort.abort());
  const code = await options.run(call.argv, {
    out: (text) => send({ o: text }),
    err: (text) => send({ e: text }),
    stdin: () => incoming,
    cwd: call.cwd,
    env: options.env,
    isTerminal: call.isTerminal,
    clock: options.clock,
    signal: abort.signal,
  });
  send({ x: code });
  outgoing.end();
}

function parseCall(incoming: IncomingMessage): { argv: string[]; cwd: string; isTerminal: boolean } {
  const header = incoming.headers['annexa-call'];
  if (typeof header !== 'string' || header.length > ARGV_BYTES)
    throw new TypeError('a command line is missing');
  const call: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  if (typeof call !== 'object' || call === null || !('argv' in call) || !Array.isArray(call.argv)) {
    throw new TypeError('a command line is missing');
  }
  return {
    argv: call.argv.map(String),
    cwd: 'cwd' in call ? String(call.cwd) : '/',
    isTerminal: 'isTerminal' in call && call.isTerminal === true,
  };
}

/**
 * Has the owner of the data directory run `argv`. Resolves to the exit code, or to `undefined` when nobody listens
 * there. Standard input is sent only when `withInput` is set.
 */
export async function runRemotely(
  dataDirectory: string,
  call: { argv: readonly string[]; io: CommandIo; withInput: boolean },
): Promise<number | undefined> {
  const path = socketPath(dataDirectory);
  if (!existsSync(path)) return undefined;
  const { argv, io } = call;
  const header = Buffer.from(JSON.stringify({ argv, cwd: io.cwd, isTerminal: io.isTerminal })).toString(
    'base64',
  );
  if (header.length > ARGV_BYTES)
    throw new AnnexaError('USAGE', 'the command line is too long to be forwarded');
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: path,
      method: 'POST',
      path: '/',
      headers: { 'annexa-call': header },
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    outgoing.on('response', (incoming) => {
      readFrames(incoming, io).then(resolve, reject);
    });
    if (!call.withInput) {
      outgoing.end();
      return;
    }
    sendInput(io, outgoing).catch(reject);
  });
}

async function sendInput(io: CommandIo, outgoing: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of io.stdin()) {
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve));
  }
  outgoing.end();
}

async function readFrames(incoming: AsyncIterable<Uint8Array>, io: CommandIo): Promise<number> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of incoming) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      // Written by `answer` above, in the process that owns the directory.
      const frame = JSON.parse(line) as Frame;
      if ('o' in frame) io.out(frame.o);
      else if ('e' in frame) io.err(frame.e);
      else return frame.x;
    }
  }
  throw new AnnexaError('STORE_UNAVAILABLE', 'the running annexa went away before the command ended', {
    hint: 'Run the command again.',
  });
}
