import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogStore } from '../../domain/ports.ts';
import { openStore } from '../../store/open.ts';
import { appenderOf, commandEvent, freshDirectory } from '../ingest/parts.ts';

const canCompile = spawnSync('cc', ['--version']).status === 0 && libraryDirectory() !== undefined;
if (!canCompile && process.env['CI'] === 'true') throw new Error('the server tests need cc and libchdb.so');

const directory = freshDirectory();
let server: ChildProcess | undefined;
let store: LogStore | undefined;
let url = '';

// The real engine, behind HTTP, in a process of its own: what a configured URL leads to.
describe.skipIf(!canCompile)('a ClickHouse behind a URL', () => {
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = startServer(port);
    await untilUp(url, server);
    store = await openStore({
      engine: 'server',
      url,
      database: 'annexa_test',
      user: 'default',
      password: '',
    });
  });
  afterAll(async () => {
    await store?.close();
    server?.kill('SIGKILL');
    directory.remove();
  });

  it('takes the same schema, the same rows and the same statements as the embedded one', async () => {
    if (store === undefined) throw new Error('the store did not open');
    const appender = appenderOf(store);
    const events = Array.from({ length: 300 }, (_, i) => commandEvent(i));
    expect(await appender.append(events)).toMatchObject({ accepted: 300, first: 0, last: 299 });
    const big = commandEvent(500, { data: { ...commandEvent(500).data, statement: 'é'.repeat(9000) } });
    expect(await appender.append([...events.slice(0, 10), big])).toMatchObject({ accepted: 1, repeated: 10 });
    expect((await store.head(0)).size).toBe(301);
    expect(await store.leaves(0, 0, 301)).toHaveLength(301 * 32);
    const [row] = await store.select('SELECT count() AS rows, max(time) AS last FROM commands');
    expect(row).toEqual({ rows: 301, last: '2026-06-15T08:00:00.500000Z' });
  });

  it('stores a batch once however often it is sent, and finds repeats after opening again', async () => {
    const again = await openStore({
      engine: 'server',
      url,
      database: 'annexa_test',
      user: 'default',
      password: '',
    });
    const rows = await again.entries(0, 0, 301);
    await again.append(rows, []);
    await again.append(rows, []);
    expect((await again.select('SELECT count() AS rows FROM events'))[0]).toEqual({ rows: 301 });
    expect(await appenderOf(again).append([commandEvent(7)])).toMatchObject({ repeated: 1 });
    await again.close();
  });

  it('says that it is not there, and that trying again is safe', async () => {
    const port = await freePort();
    const gone = openStore({
      engine: 'server',
      url: `http://127.0.0.1:${port}`,
      database: 'x',
      user: 'default',
      password: '',
    });
    await expect(gone).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

function libraryDirectory(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const name = `@chdb/lib-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
    const found = dirname(require.resolve(`${name}/package.json`, { paths: [require.resolve('chdb')] }));
    return existsSync(join(found, 'libchdb.so')) ? found : undefined;
  } catch {
    return undefined;
  }
}

function startServer(port: number): ChildProcess {
  const program = join(directory.path, 'clickhouse-server');
  const library = libraryDirectory() ?? '';
  const source = fileURLToPath(new URL('./clickhouse-server.c', import.meta.url));
  execFileSync('cc', [source, '-o', program, `-L${library}`, '-lchdb', `-Wl,-rpath,${library}`]);
  const listen =
    'SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(1000) ' +
    'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 4000000 FORMAT Null';
  const options = [
    '--path',
    join(directory.path, 'server'),
    '--listen_host',
    '127.0.0.1',
    '--http_port',
    String(port),
  ];
  return spawn(program, [...options, '--query', listen], { stdio: 'ignore' });
}

async function untilUp(address: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error('the server ended');
    const answer = await fetch(`${address}/ping`).catch(() => undefined);
    if (answer?.ok === true) return;
    await pause(50);
  }
  throw new Error('the server did not start');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
