import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../domain/evaluation.ts';
import { run, serve, type Finished, type Served } from './start.ts';

let cwd = '';
let demo: Finished;
let packet = '';

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'annexa-demo-'));
  demo = await run('demo/run.js', ['--exit'], { cwd });
  packet = /^packet: (.+)$/m.exec(demo.out)?.[1] ?? '';
}, 180_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('npm run demo -- --exit', () => {
  it('ends with the path of a packet and exit code 0', () => {
    expect(demo.err).toBe('');
    expect(demo.code).toBe(0);
    expect(demo.out.trimEnd().split('\n').at(-1)).toBe(`packet: ${packet}`);
    expect(packet).toMatch(/demo-out\/packet-[0-9a-f]{16}\.zip$/);
  });

  it('leaves a packet that annexa verify accepts with its trust directory', async () => {
    const { code, out } = await run('main.js', ['verify', packet, '--trust', join(cwd, 'demo-out/trust')], {
      cwd,
    });
    expect(out).not.toMatch(/not valid/i);
    expect(code).toBe(0);
  });

  it('is not valid without the trust directory, and the fingerprint is printed', async () => {
    const { code, out } = await run('main.js', ['verify', packet, '--data', join(cwd, 'nowhere')], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/unknown key [0-9a-f]{64}|unknown key .*\+/);
  });

  it('answers 2 for what is no packet', async () => {
    const { code } = await run('main.js', ['verify', join(cwd, 'demo-out/annexa.yaml')], { cwd });
    expect(code).toBe(2);
  });

  it('refuses to remove a directory that no demo made', async () => {
    const other = mkdtempSync(join(tmpdir(), 'annexa-other-'));
    cpSync(join(cwd, 'demo-out/trust'), join(other, 'demo-out/trust'), { recursive: true });
    const { code, err } = await run('demo/run.js', ['--exit'], { cwd: other });
    rmSync(other, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(err).toContain('not from an earlier demo');
  });
});

describe('commands while annexa serve runs on the same directory', () => {
  let server: Served;
  const from = ['--from', '2026-11-21T08:31:09.1Z', '--to', '2026-11-21T08:33:18Z'];
  const asked: Record<string, Finished> = {};
  const commands: Readonly<Record<string, readonly string[]>> = {
    list: ['list', 'sessions', ...from, '--json'],
    csv: ['list', 'blocked', ...from, '--csv'],
    evaluate: ['evaluate', ...from, '--control', 'A.9.2', '--json'],
    verify: ['log', 'verify'],
    checkpoint: ['log', 'checkpoint'],
    proof: ['log', 'proof', '7'],
  };
  const data = (): string[] => [
    '--config',
    join(cwd, 'demo-out/annexa.yaml'),
    '--data',
    join(cwd, 'demo-out/data'),
  ];

  beforeAll(async () => {
    const config = readFileSync(join(cwd, 'demo-out/annexa.yaml'), 'utf8').replace(
      /sources:[\s\S]*?controls:/,
      'listen: 127.0.0.1:0\ncontrols:',
    );
    const file = join(cwd, 'serve.yaml');
    writeFileSync(file, config);
    for (const [name, argv] of Object.entries(commands)) {
      if (name === 'list' || name === 'csv')
        asked[name] = await run(
          'main.js',
          [...argv, '--config', file, '--data', join(cwd, 'demo-out/data')],
          { cwd },
        );
    }
    server = await serve(['--config', file, '--data', join(cwd, 'demo-out/data')], cwd);
  }, 120_000);
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });

  it.each(['list', 'csv'])('%s prints what it prints on its own', async (name) => {
    const through = await run('main.js', [...(commands[name] ?? []), ...data()], { cwd });
    expect(through).toEqual(asked[name]);
    expect(through.code).toBe(0);
  });

  it('evaluates', async () => {
    const { code, out } = await run('main.js', [...(commands['evaluate'] ?? []), ...data()], { cwd });
    expect(code).toBe(0);
    const evaluation = JSON.parse(out) as Evaluation;
    expect(evaluation.controls.map((control) => control.id)).toEqual(['A.5.16', 'A.5.17', 'A.5.18', 'A.8.2']);
  });

  it.each(['verify', 'checkpoint', 'proof'])('log %s', async (name) => {
    const { code, out } = await run('main.js', [...(commands[name] ?? []), ...data()], { cwd });
    expect(code).toBe(0);
    expect(out).toContain(name === 'verify' ? 'valid: ' : 'annexa.example.com/demo/main');
  });

  it('writes a packet', async () => {
    const { code, out } = await run(
      'main.js',
      ['packet', ...from, '--control', 'A.5.18', '--out', 'again.zip', ...data()],
      { cwd },
    );
    expect(out).toContain(`packet: ${join(cwd, 'again.zip')}`);
    expect(code).toBe(0);
    expect((await run('main.js', ['verify', 'again.zip', '--trust', 'demo-out/trust'], { cwd })).code).toBe(
      0,
    );
  });

  it('takes events, imported and sent, and gives receipts', async () => {
    const event = (id: string): string =>
      JSON.stringify({
        specversion: '1.0',
        source: 'test',
        id,
        type: 'session.started',
        time: '2026-11-21T09:00:00Z',
        subject: 'session/s1',
        data: { session: 's1', resource: 'db', person: { id: 'x' } },
      });
    const imported = await run('main.js', ['import', '-', ...data()], {
      cwd,
      input: `${event('1')}\nnot json\n`,
    });
    expect(imported.code).toBe(1);
    expect(imported.out).toContain('1 taken, 0 there already, 1 refused');
    const sent = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${event('1')}\n${event('2')}\n`,
    });
    expect(sent.status).toBe(200);
    expect(await sent.json()).toMatchObject({ accepted: 1, repeated: 1, refused: [] });
  });

  it('lets in with the link once, and nobody without it', async () => {
    const anonymous = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect([302, 303, 401]).toContain(anonymous.status);
    const first = await fetch(server.link, { redirect: 'manual' });
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const page = await fetch(`${server.url}/`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('The denominator is access through the gateway.');
    const second = await fetch(server.link, { redirect: 'manual' });
    expect(second.headers.get('set-cookie') ?? '').not.toMatch(/annexa=./);
  });

  it('closes the door for programs without a token once there is one', async () => {
    const { code, out } = await run('main.js', ['token', 'create', '--role', 'ingest', ...data()], { cwd });
    expect(code).toBe(0);
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...headers },
        body: '{}\n',
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: `Bearer ${out.trim()}` })).status).toBe(200);
  });
});
