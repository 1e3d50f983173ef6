import { spawnSync } from 'node:child_process';

export interface Run {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program of somebody else over what we wrote. */
export function run(program: string, args: readonly string[], input?: Uint8Array): Run {
  const done = spawnSync(program, args, input === undefined ? {} : { input });
  return { status: done.status, output: `${done.stdout.toString()}${done.stderr.toString()}` };
}

/**
 * Whether the program is there. Says so when it is not; on the build server a missing `required` one is a failure.
 */
export function has(program: string, { required = false } = {}): boolean {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) return true;
  if (required && process.env['CI'] === 'true')
    throw new Error(`${program} must be installed on the build server`);
  console.warn(`skipped: ${program} is not installed`);
  return false;
}
