import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a built program of this project in `cwd` and waits for its end. */
export async function run(
  script: 'main.js' | 'demo/run.js',
  args: readonly string[],
  options: { cwd: string; input?: string },
): Promise<Finished> {
  const child = spawn(process.execPath, [resolve('dist', script), ...args], {
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve_, reject) => {
    child.on('error', reject);
    child.on('close', resolve_);
  });
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

export interface Served {
  /** Address of the pages. */
  readonly url: string;
  readonly link: string;
  readonly stop: () => Promise<number | null>;
}

/** Starts `annexa serve` and resolves when it has printed its sign-in link. */
export async function serve(args: readonly string[], cwd: string): Promise<Served> {
  const child = spawn(process.execPath, [resolve('dist', 'main.js'), 'serve', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ended = new Promise<number | null>((resolve_) => child.on('close', resolve_));
  const [url, link] = await new Promise<[string, string]>((resolve_, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const listens = /annexa listens on (\S+)/.exec(text)?.[1];
      const signIn = /Sign in once, within ten minutes: (\S+)/.exec(text)?.[1];
      if (listens !== undefined && signIn !== undefined) resolve_([listens, signIn]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`annexa serve ended with ${String(code)}: ${text}`)));
  });
  return {
    url,
    link,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
