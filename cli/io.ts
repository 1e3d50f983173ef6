import type { Clock } from '../domain/time.ts';

/** What a command may touch of the terminal and the process it was typed in. The same for a local and a forwarded run. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True when a person watches: progress is shown on standard error. */
  readonly isTerminal: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A progress line that rewrites itself on a terminal and stays silent elsewhere. */
export function createProgress(io: CommandIo): { show: (text: string) => void; clear: () => void } {
  let width = 0;
  return {
    show: (text) => {
      if (!io.isTerminal) return;
      io.err(`\r${text.padEnd(width)}`);
      width = text.length;
    },
    clear: () => {
      if (io.isTerminal && width > 0) io.err(`\r${' '.repeat(width)}\r`);
      width = 0;
    },
  };
}

/** `12 of 40` with a bar of 20 cells. */
export function progressBar(done: number, total: number, label: string): string {
  const cells = total === 0 ? 20 : Math.floor((done / total) * 20);
  return `[${'#'.repeat(cells)}${'.'.repeat(20 - cells)}] ${done} of ${total} ${label}`;
}
