import { spawn } from 'node:child_process';
import { createReadStream, fstatSync } from 'node:fs';

/** Set for the inner process; its input is this descriptor. */
const MARK = 'ANNEXA_INPUT_FD';
const INNER_FD = 3;

/**
 * The embedded engine reads descriptor 0 by itself when it is a pipe or a file, and takes what it finds there as rows
 * of whatever is inserted next. So a process with such an input runs once more with nothing on descriptor 0, and its
 * input on another one. Resolves to the exit code of that process; to undefined when this process can go on itself.
 */
export async function runWithoutInput(argv: readonly string[]): Promise<number | undefined> {
  if (process.env[MARK] !== undefined || !mayBeRead(0)) return undefined;
  const child = spawn(process.execPath, [...process.execArgv, ...argv], {
    stdio: ['ignore', 'inherit', 'inherit', 0],
    env: { ...process.env, [MARK]: String(INNER_FD) },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What the person piped in or typed. */
export function openInput(): AsyncIterable<Uint8Array> {
  return process.env[MARK] === undefined
    ? process.stdin
    : createReadStream('', { fd: INNER_FD, autoClose: false });
}

function mayBeRead(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor);
    return found.isFIFO() || found.isFile() || found.isSocket();
  } catch {
    return false;
  }
}
