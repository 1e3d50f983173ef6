import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandIo } from '../../cli/io.ts';
import { listenForCommands, runRemotely, socketPath, type RunCommand } from '../../cli/remote.ts';
import { toInstant } from '../../domain/time.ts';

const clock = () => toInstant('2026-11-21T10:00:00Z', 'test');
let data = '';
let server: Server | undefined;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'annexa-remote-'));
});

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  rmSync(data, { recursive: true, force: true });
});

function createIo(input = ''): { io: CommandIo; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const stdin = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(input);
  };
  return {
    out,
    err,
    io: {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      stdin,
      cwd: '/somewhere',
      env: {},
      isTerminal: false,
      clock,
      signal: new AbortController().signal,
    },
  };
}

async function serve(run: RunCommand): Promise<void> {
  server = await listenForCommands(data, { run, env: {}, clock });
}

describe('a command forwarded to the owner of the directory', () => {
  it('is not forwarded when nobody listens, nor when a socket was left behind', async () => {
    const { io } = createIo();
    expect(await runRemotely(data, { argv: ['list'], io, withInput: false })).toBeUndefined();
    writeFileSync(socketPath(data), '');
    expect(await runRemotely(data, { argv: ['list'], io, withInput: false })).toBeUndefined();
  });

  it('says so when the owner goes away in the middle', async () => {
    await serve(async (_argv, io) => {
      io.out('half');
      server?.closeAllConnections();
      return new Promise<number>(() => undefined);
    });
    await expect(
      runRemotely(data, { argv: ['list'], io: createIo().io, withInput: false }),
    ).rejects.toThrow();
  });

  it('has the output, the exit code, the directory and the words of a local run', async () => {
    await serve(async (argv, io) => {
      io.out(`${argv.join(' ')} in ${io.cwd}\n`);
      io.err('a warning é\n');
      return Promise.resolve(3);
    });
    const { io, out, err } = createIo();
    expect(
      await runRemotely(data, { argv: ['list', 'sessions', '--person', 'Zoë'], io, withInput: false }),
    ).toBe(3);
    expect(out.join('')).toBe('list sessions --person Zoë in /somewhere\n');
    expect(err.join('')).toBe('a warning é\n');
  });

  it('reads the input of the caller', async () => {
    await serve(async (_argv, io) => {
      let bytes = 0;
      for await (const chunk of io.stdin()) bytes += chunk.length;
      io.out(String(bytes));
      return 0;
    });
    const { io, out } = createIo('x'.repeat(200_000));
    expect(await runRemotely(data, { argv: ['import', '-'], io, withInput: true })).toBe(0);
    expect(out.join('')).toBe('200000');
  });

  it('goes over a socket that only the owner may open', async () => {
    await serve(() => Promise.resolve(0));
    expect(statSync(socketPath(data)).mode & 0o777).toBe(0o600);
  });
});
