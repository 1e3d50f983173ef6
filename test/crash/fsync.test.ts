import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freshDirectory } from '../ingest/parts.ts';
import type { ChildOptions } from './child.ts';

const BATCHES = 3;
const hasStrace = installStrace();
if (!hasStrace && process.env['CI'] === 'true') throw new Error('the durability test needs strace');

const directory = freshDirectory();
afterAll(() => directory.remove());

// Not what the settings say but what the kernel was asked for.
describe.skipIf(!hasStrace)('before a batch is acknowledged (strace)', () => {
  it('every file of its parts, their directories and the names of those were synced', () => {
    const trace = traceChild(join(directory.path, 'durable'), true);
    expect(trace.acks).toHaveLength(BATCHES);
    for (const ack of trace.acks) {
      expect(ack.parts.map((part) => basename(part).split('_')[0]).sort()).toEqual([
        expect.stringMatching(/^\d{6}$/),
        'all',
      ]);
      expect(ack.missing).toEqual([]);
    }
  });

  it('the same check fails when the tables do not sync: it is able to', () => {
    const trace = traceChild(join(directory.path, 'control'), false);
    expect(trace.acks).toHaveLength(BATCHES);
    for (const ack of trace.acks) {
      expect(ack.parts).toEqual([]);
    }
    expect(trace.partsOnDisk).toBeGreaterThanOrEqual(2 * BATCHES);
  });
});

interface Acknowledged {
  /** Directories of parts of which anything was synced before it, since the acknowledgement before. */
  readonly parts: readonly string[];
  /** Files and directories of these parts that were not. */
  readonly missing: readonly string[];
}

function traceChild(path: string, fsync: boolean): { acks: readonly Acknowledged[]; partsOnDisk: number } {
  const output = `${path}.trace`;
  const options: ChildOptions = { directory: path, from: 0, to: BATCHES, fsync };
  const script = new URL('./child.ts', import.meta.url).pathname;
  execFileSync(
    'strace',
    ['-f', '-y', '-qq', '-e', 'trace=fsync,fdatasync,write,sendto', '-o', output].concat([
      process.execPath,
      '--import',
      'tsx',
      script,
      JSON.stringify(options),
    ]),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const acks: Acknowledged[] = [];
  let synced = new Set<string>();
  for (const step of readTrace(readFileSync(output, 'utf8'))) {
    if (step === 'send') synced = new Set();
    else if (step === 'ack') acks.push(judge(synced));
    else synced.add(step.path);
  }
  return { acks, partsOnDisk: partsUnder(join(path, 'clickhouse', 'store')).length };
}

/** Syncs in the order in which they came to their end, between the words of the child. */
function* readTrace(trace: string): Iterable<'send' | 'ack' | { readonly path: string }> {
  const open = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const thread = line.slice(0, line.indexOf(' '));
    if (/ write\(1<[^>]*>, "send /.test(line)) yield 'send';
    if (/ write\(1<[^>]*>, "ack /.test(line)) yield 'ack';
    const begun = /f(?:data)?sync\(\d+<([^>]*)>/.exec(line)?.[1];
    if (begun !== undefined && line.includes('<unfinished')) open.set(thread, begun);
    const ended = / resumed>\)\s+= 0$/.test(line)
      ? open.get(thread)
      : line.endsWith(' = 0')
        ? begun
        : undefined;
    if (ended === undefined) continue;
    open.delete(thread);
    yield { path: ended };
  }
}

function judge(synced: ReadonlySet<string>): Acknowledged {
  const named = [...synced].map((path) => path.replace(/\/tmp_insert_([^/]+)/, '/$1'));
  const whole = new Set(named);
  const parts = [
    ...new Set(named.flatMap((path) => /^(.*\/(?:all|\d{6})_\d+_\d+_\d+)(?:\/|$)/.exec(path)?.[1] ?? [])),
  ];
  const missing = parts.flatMap((part) => {
    const files = readdirSync(part).map((name) => join(part, name));
    return [...files, part, dirname(part)].filter((path) => !whole.has(path));
  });
  return { parts, missing };
}

function partsUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\/(?:all|\d{6})_\d+_\d+_\d+$/.test(name),
  );
}

/** Whether strace can be used; installed when that is possible here. */
function installStrace(): boolean {
  const works = (): boolean => spawnSync('strace', ['-qq', '-e', 'trace=fsync', 'true']).status === 0;
  if (works()) return true;
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  spawnSync('apt-get', ['install', '-y', '-qq', 'strace'], { stdio: 'ignore' });
  return works();
}
