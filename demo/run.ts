#!/usr/bin/env node
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toVerdict } from '../cli/commands/verify.ts';
import { openRuntime, type Runtime } from '../cli/runtime.ts';
import { serveRuntime } from '../cli/serve.ts';
import { runWithoutInput } from '../cli/standard-input.ts';
import { parseConfig } from '../config/parse.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Evaluation } from '../domain/evaluation.ts';
import { fromMillis, toInstant, type Clock, type Period } from '../domain/time.ts';
import { createRecordedGateway, type RecordedGateway } from './recorded-gateway.ts';
import { summarise } from './summary.ts';

/**
 * The main job on what a real gateway answered: its recorded API is polled step by step by the real collector, the
 * relay's file grows beside it, controls run, a packet is written and verified as a stranger would, pages are served.
 */
const recording = fileURLToPath(new URL('./recording', import.meta.url));
const out = resolve('demo-out');
/** From the first reading of the policy to the last poll: before and after it nobody looked. */
const period: Period = {
  from: toInstant('2026-11-21T08:31:09.1Z', 'demo'),
  to: toInstant('2026-11-21T08:33:18Z', 'demo'),
};
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const wallClock: Clock = () => fromMillis(Date.now());

async function main(exitAfterPacket: boolean): Promise<number> {
  clean();
  const gateway = createRecordedGateway({ directory: recording });
  const { url } = await gateway.listen();
  say(
    `1/5  A recorded gateway answers on ${url}: 22 moments of two minutes with six people, two reviewers and a relay.`,
  );
  const runtime = await openRuntime(readConfig(url), { clock: wallClock, log: say });
  try {
    await collectAll(runtime, gateway);
    const evaluation = await evaluateAll(runtime);
    const packet = await writePacket(runtime);
    say(summarise(evaluation));
    const code = await verifyPacket(packet);
    if (!exitAfterPacket) await serveUntilInterrupted(runtime, packet);
    say(`packet: ${packet}`);
    return code;
  } finally {
    await runtime.close();
    await gateway.close();
  }
}

function clean(): void {
  if (existsSync(out) && !existsSync(join(out, 'annexa.yaml'))) {
    throw new AnnexaError('USAGE', `${out} is there, but not from an earlier demo`, {
      hint: 'Move it away and run the demo again.',
    });
  }
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true, mode: 0o700 });
}

function readConfig(url: string): ReturnType<typeof parseConfig> {
  const text = readFileSync(new URL('./annexa.yaml', import.meta.url), 'utf8').replace(
    'http://127.0.0.1:8009',
    url,
  );
  const file = join(out, 'annexa.yaml');
  writeFileSync(file, text);
  writeFileSync(join(out, 'inspect.jsonl'), '');
  writeFileSync(join(out, 'inspect-config.yaml'), readFileSync(join(recording, 'inspect-config.yaml')));
  return parseConfig(text, {
    file,
    env: {},
    readSecret: (path) => readFileSync(path, 'utf8'),
    resolvePath: (path) => resolve(out, path),
    now: wallClock(),
  });
}

/** Polls every recorded moment. The collectors' clock follows the recording; `received` stays the real time. */
async function collectAll(runtime: Runtime, gateway: RecordedGateway): Promise<void> {
  const relay = readFileSync(join(recording, 'inspect.jsonl'));
  const collectors = runtime.collectorsAt(() => gateway.clock());
  let entries = 0;
  do {
    writeFileSync(join(out, 'inspect.jsonl'), relay.subarray(0, gateway.inspectBytes()));
    for (const source of runtime.config.sources) entries += (await collectors.poll(source.name)).accepted;
    await collectors.link();
  } while (gateway.advance());
  const checkpoint = await runtime.seal();
  say(
    `2/5  ${entries} events collected in ${gateway.step} polls; the log has ${checkpoint.size} entries, signed and sealed.`,
  );
}

async function evaluateAll(runtime: Runtime): Promise<Evaluation> {
  const evaluation = await runtime.evaluate({ period, controls: [] });
  const tests = evaluation.controls.flatMap((control) => control.tests);
  say(
    `3/5  ${tests.length} tests of ${evaluation.controls.length} controls over ${period.from} to ${period.to}.`,
  );
  return evaluation;
}

async function writePacket(runtime: Runtime): Promise<string> {
  const written = await runtime.writePacket({
    period,
    controls: [],
    complete: false,
    out: (id) => join(out, `packet-${id}.zip`),
  });
  runtime.writeTrust(join(out, 'trust'));
  say(`4/5  Packet ${written.id}: ${written.bytes} bytes, SHA-256 ${written.sha256}.`);
  return written.path;
}

async function verifyPacket(path: string): Promise<number> {
  const verdict = await toVerdict(path, { trust: join(out, 'trust') });
  say(`5/5  Verified as an auditor would, with the keys in ${join(out, 'trust')} and nothing else:`);
  say(verdict.text);
  return verdict.code;
}

async function serveUntilInterrupted(runtime: Runtime, packet: string): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const server = await serveRuntime(runtime, { period, report: say, anyPort: true });
  say(`packet: ${packet}`);
  say('Press Ctrl+C to stop.');
  await new Promise<void>((resolve_) =>
    stop.signal.addEventListener('abort', () => resolve_(), { once: true }),
  );
  await server.close();
}

try {
  process.exitCode =
    (await runWithoutInput(process.argv.slice(1))) ?? (await main(process.argv.includes('--exit')));
} catch (error) {
  process.stderr.write(
    `${error instanceof AnnexaError ? error.toLine() : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = 1;
}
process.stdout.write('', () => process.exit());
