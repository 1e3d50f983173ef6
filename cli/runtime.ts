import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/parse.ts';
import { createEvaluator, type Evaluator } from '../controls/evaluate.ts';
import { loadCatalogue } from '../controls/load.ts';
import { resolveLimits } from '../controls/limits.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/entry.ts';
import type { Evaluate, LedgerReader, LogStore, LogVerification } from '../domain/ports.ts';
import type { Clock } from '../domain/time.ts';
import { createAppender, type LogAppender } from '../ingest/append.ts';
import { createSaltPool } from '../ingest/salts.ts';
import { initKeys, openKeys, type Keys } from '../ledger/keys.ts';
import { formatVerifierKey } from '../ledger/note.ts';
import { createReader } from '../ledger/reader.ts';
import { createSealer, type Sealer } from '../ledger/seal.ts';
import { PREDICATE_TYPE, writeTrust } from '../ledger/trust.ts';
import { verifyLog } from '../ledger/verify-log.ts';
import type { WritePacketOptions } from '../reports/options.ts';
import { writePacket, type WrittenPacket } from '../reports/write-packet.ts';
import { openStore } from '../store/open.ts';
import { verifyPacket } from '../verify/verify.ts';
import { keepInstallation } from './installation.ts';
import { createCollectors, type Collectors } from './collectors.ts';
import { createTokens, type Tokens } from './tokens.ts';

/** What a packet is asked for by; the rest of its options is the installation's. */
export type PacketOrder = Pick<WritePacketOptions, 'period' | 'controls' | 'complete' | 'out'> &
  Partial<Pick<WritePacketOptions, 'size' | 'reader' | 'reportOut' | 'onProgress'>>;

/** An opened data directory with everything wired. One process at a time has it, when the engine is embedded. */
export interface Runtime {
  readonly config: Config;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly store: LogStore;
  readonly appender: LogAppender;
  readonly ledger: LedgerReader;
  readonly sealer: Sealer;
  readonly evaluator: Evaluator;
  readonly evaluate: Evaluate;
  readonly collectors: Collectors;
  /** Collectors whose clock is another one; `received` stays the real time. */
  readonly collectorsAt: (clock: Clock) => Collectors;
  readonly tokens: Tokens;
  /** Brings tiles and checkpoint up to the last entry. */
  readonly seal: () => Promise<Checkpoint>;
  readonly verifyLog: (
    onProgress?: (done: number, total: number, label: string) => void,
  ) => Promise<LogVerification>;
  readonly writePacket: (order: PacketOrder) => Promise<WrittenPacket>;
  readonly writeTrust: (directory: string) => void;
  /** One line for the operator. */
  readonly report: (text: string) => void;
  readonly close: () => Promise<void>;
}

export interface RuntimeOptions {
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

const LOG = 0;

/** Opens the store, the keys and the log of a data directory, making what is not there yet. */
export async function openRuntime(config: Config, options: RuntimeOptions): Promise<Runtime> {
  const { clock, log: report } = options;
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  keepInstallation(config.data, config);
  const made = await initKeys(config.data, {
    origin: config.origin,
    organisation: config.organisation,
    randomBytes,
    clock,
  });
  const keys = openKeys(config.data, { origin: config.origin, randomBytes });
  const trust = join(config.data, 'trust');
  if (made.length > 0 || !existsSync(trust)) writeTrust(trust, keys);
  const store = await openStore(storeLocation(config), { nonce: randomBytes(4).toString('hex') });
  try {
    return await wire({ config, clock, report, keys, store });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Opened {
  readonly config: Config;
  readonly clock: Clock;
  readonly report: (text: string) => void;
  readonly keys: Keys;
  readonly store: LogStore;
}

async function wire(opened: Opened): Promise<Runtime> {
  const { config, clock, report, keys, store } = opened;
  const location = { dataDirectory: config.data, log: LOG, origin: config.origin };
  const sealer = createSealer({
    ...location,
    store,
    signer: keys.log,
    onFailure: (error) => report(`sealing: ${error instanceof Error ? error.message : String(error)}`),
  });
  const ledger = createReader({ ...location, store, signer: keys.log });
  const appender = createAppender({
    store,
    keyring: keys.keyring,
    clock,
    salt: createSaltPool(randomBytes),
    log: LOG,
    origin: config.origin,
    onCommitted: () => sealer.wake(),
  });
  await foundLog(opened, appender);
  await sealKindly(sealer, report);
  const catalogue = loadCatalogue();
  const check = (
    onProgress?: (done: number, total: number, label: string) => void,
  ): Promise<LogVerification> =>
    verifyLog({
      ...location,
      store,
      key: keys.log.key,
      clock,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  const evaluator = createEvaluator({
    store,
    catalogue,
    limits: resolveLimits(config.limits),
    tags: config.tags,
    ledger,
    verifyChain: async () => {
      const failed = (await check()).checks.filter((line) => !line.valid);
      return {
        ok: failed.length === 0,
        detail: failed.map((line) => `${line.name}: ${line.detail}`).join('; '),
      };
    },
  });
  const tokens = createTokens({ store, appender, clock, randomBytes });
  await tokens.load();
  const collectorsAt = (collectorClock: Clock): Collectors =>
    createCollectors({
      sources: config.sources,
      store,
      appender,
      keyring: keys.keyring,
      clock: collectorClock,
      report,
    });
  const collectors = collectorsAt(clock);
  return {
    config,
    clock,
    keys,
    store,
    appender,
    ledger,
    sealer,
    evaluator,
    evaluate: async (request) => {
      await sealKindly(sealer, report);
      return evaluator.evaluate(request);
    },
    collectors,
    collectorsAt,
    tokens,
    report,
    seal: () => sealer.seal(),
    verifyLog: async (onProgress) => {
      await sealKindly(sealer, () => undefined);
      return check(onProgress);
    },
    writePacket: async (order) => {
      await sealer.seal();
      return writePacket({ ...packetDefaults({ ...opened, ledger, evaluator }), ...order });
    },
    writeTrust: (directory) => writeTrust(directory, keys),
    close: async () => {
      await collectors.stop();
      await appender.drain();
      await sealer.stop();
      await sealKindly(sealer, report);
      await store.close();
    },
  };
}

/** Seals; a log that no longer gives its signed root is reported, so that it can still be read and verified. */
async function sealKindly(sealer: Sealer, report: (text: string) => void): Promise<void> {
  try {
    await sealer.seal();
  } catch (error) {
    if (!(error instanceof AnnexaError) || (error.code !== 'LOG_INCONSISTENT' && error.code !== 'LOG_FROZEN'))
      throw error;
    report(error.toLine());
  }
}

function packetDefaults(
  parts: Opened & { ledger: LedgerReader; evaluator: Evaluator },
): Omit<WritePacketOptions, 'period' | 'controls' | 'complete' | 'out'> {
  const { config, keys, store, ledger, evaluator } = parts;
  return {
    reader: { person: 'full', content: 'full' },
    organisation: config.organisation,
    controlsSha256: evaluator.catalogueSha256,
    soa: null,
    log: { number: LOG, vkey: formatVerifierKey(keys.log.key), anchored: 'none' },
    predicateType: PREDICATE_TYPE,
    store,
    ledger,
    evaluate: evaluator.evaluate,
    populationOf: evaluator.populationOf,
    testQueryOf: evaluator.testQueryOf,
    signers: { attestation: keys.attestation, report: keys.pdf },
    verify: (zip) => verifyPacket(zip, { trust: join(config.data, 'trust') }),
  };
}

/** The first entry of a log says which log it is. */
async function foundLog({ config, clock, keys, store }: Opened, appender: LogAppender): Promise<void> {
  if ((await store.head(LOG)).size > 0) return;
  await appender.append([
    {
      source: 'annexa',
      id: 'ledger.created:0',
      kind: 'ledger.created',
      time: clock(),
      subject: 'ledger/0',
      data: { origin: config.origin, vkey: formatVerifierKey(keys.log.key) },
    },
  ]);
}

function storeLocation(config: Config): Parameters<typeof openStore>[0] {
  return config.clickhouse === 'embedded'
    ? { engine: 'embedded', path: join(config.data, 'clickhouse') }
    : { engine: 'server', ...config.clickhouse };
}
