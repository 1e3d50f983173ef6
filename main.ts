#!/usr/bin/env node
import { createLocalAccess } from './cli/access.ts';
import { runCommand } from './cli/program.ts';
import type { CommandIo } from './cli/io.ts';
import { openInput, runWithoutInput } from './cli/standard-input.ts';
import { fromMillis } from './domain/time.ts';

process.exitCode = (await runWithoutInput(process.argv.slice(1))) ?? (await run(process.argv.slice(2)));
// The embedded engine keeps threads of its own; leave once everything printed has been handed over.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

function run(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  const io: CommandIo = {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: openInput,
    cwd: process.cwd(),
    env: process.env,
    isTerminal: process.stderr.isTTY,
    clock: () => fromMillis(Date.now()),
    signal: interrupted.signal,
  };
  return runCommand(argv, io, createLocalAccess(argv, io));
}
