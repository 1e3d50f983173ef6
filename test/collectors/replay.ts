import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCollectorHistory, type CollectorHistory } from '../../collectors/history.ts';
import { collectHoop, type CollectHoopOptions, type PollReport } from '../../collectors/hoop/collect.ts';
import { collectInspect } from '../../collectors/inspect/collect.ts';
import { deriveLinks, type LinkReport, type LinkStore } from '../../collectors/links/derive.ts';
import { createRecordedGateway, recordedToken, type RecordedGateway } from '../../demo/recorded-gateway.ts';
import type { Appender, LogStore } from '../../domain/ports.ts';
import { fromMillis, toInstant, type Instant } from '../../domain/time.ts';
import { createAppender } from '../../ingest/append.ts';
import { createSaltPool } from '../../ingest/salts.ts';
import { openStore } from '../../store/open.ts';
import { memoryKeyring } from './memory.ts';

export const recording = fileURLToPath(new URL('../../demo/recording', import.meta.url));
/** Before the recorded run began. */
export const since: Instant = toInstant('2026-11-21T08:00:00Z', 'test');

export interface Destination {
  readonly appender: Appender;
  readonly history: CollectorHistory;
  readonly links: LinkStore;
}

export interface Replay {
  readonly gateway: RecordedGateway;
  pollHoop(options?: Partial<CollectHoopOptions>): Promise<PollReport>;
  pollInspect(): Promise<PollReport>;
  link(): Promise<LinkReport>;
  close(): Promise<void>;
}

/** The recorded gateway and the relay's file beside it, with the collectors pointed at a log. */
export async function startReplay(destination: Destination): Promise<Replay> {
  const gateway = createRecordedGateway({ directory: recording });
  const { url } = await gateway.listen();
  const directory = mkdtempSync(join(tmpdir(), 'annexa-replay-'));
  const file = join(directory, 'inspect.jsonl');
  copyFileSync(join(recording, 'inspect-config.yaml'), join(directory, 'inspect-config.yaml'));
  const relay = readFileSync(join(recording, 'inspect.jsonl'));
  const { appender, history, links } = destination;
  const shared = { appender, history, keyring: memoryKeyring, clock: gateway.clock };
  const source = { name: 'gateway', url, token: recordedToken, since };
  return {
    gateway,
    pollHoop: (options = {}) => collectHoop({ ...shared, source, sleep: async () => {}, ...options }),
    pollInspect() {
      writeFileSync(file, relay.subarray(0, gateway.inspectBytes()));
      const config = join(directory, 'inspect-config.yaml');
      return collectInspect({ ...shared, source: { name: 'relay', file, config } });
    },
    link: () => deriveLinks({ ...shared, store: links }),
    async close() {
      await gateway.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Polls every recorded moment once. */
export async function replayAll(replay: Replay): Promise<readonly PollReport[]> {
  const reports: PollReport[] = [];
  do {
    reports.push(await replay.pollHoop());
    await replay.pollInspect();
    await replay.link();
  } while (replay.gateway.advance());
  return reports;
}

export interface RealLog extends Destination {
  readonly store: LogStore;
  close(): Promise<void>;
}

/** A log in the embedded engine, in a directory of its own. */
export async function openRealLog(links: (store: LogStore) => LinkStore): Promise<RealLog> {
  const path = mkdtempSync(join(tmpdir(), 'annexa-collectors-'));
  const store = await openStore({ engine: 'embedded', path });
  const appender = createAppender({
    store,
    keyring: memoryKeyring,
    clock: () => fromMillis(Date.now()),
    salt: createSaltPool((length) => randomBytes(length)),
    log: 0,
    origin: 'test.example/log',
  });
  return {
    appender,
    history: createCollectorHistory(store),
    links: links(store),
    store,
    async close() {
      await store.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
