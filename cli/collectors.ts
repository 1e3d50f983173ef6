import { setTimeout as sleepFor } from 'node:timers/promises';
import { collectHoop, type PollReport } from '../collectors/hoop/collect.ts';
import { createRowMemory } from '../collectors/hoop/memory.ts';
import { createCollectorHistory } from '../collectors/history.ts';
import { collectInspect } from '../collectors/inspect/collect.ts';
import { createLinkStore, deriveLinks, type LinkReport } from '../collectors/links/derive.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Appender, Keyring, ReadStore } from '../domain/ports.ts';
import type { Clock, Instant } from '../domain/time.ts';
import type { SourceConfig } from '../config/parse.ts';

export interface CollectorsDeps {
  readonly sources: readonly SourceConfig[];
  readonly store: ReadStore;
  readonly appender: Appender;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** One line for the operator. */
  readonly report: (text: string) => void;
}

export interface Collectors {
  /** One poll of a source; polls of one source never overlap. */
  poll(name: string, asOf?: Instant): Promise<PollReport>;
  /** Derives which gateway session carried which relay session, as far as it is known now. */
  link(): Promise<LinkReport>;
  /** Polls the named sources, or all of them, at their own pace until `stop`. */
  start(names?: readonly string[]): void;
  stop(): Promise<void>;
}

const FAILURE_PAUSE_MAX_MS = 300_000;

/** Drives the collectors of the configuration. A source that fails is tried again with growing pauses; others go on. */
export function createCollectors(deps: CollectorsDeps): Collectors {
  const history = createCollectorHistory(deps.store);
  const memories = new Map(deps.sources.map((source) => [source.name, createRowMemory()]));
  const linkStore = createLinkStore(deps.store);
  const busy = new Map<string, Promise<unknown>>();
  const loops: Promise<void>[] = [];
  let stopping = new AbortController();

  const poll = async (name: string, asOf?: Instant): Promise<PollReport> => {
    const source = deps.sources.find((candidate) => candidate.name === name);
    if (source === undefined) throw new AnnexaError('NOT_FOUND', `there is no source "${name}"`);
    const turn = (busy.get(name) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => pollSource(source, asOf));
    busy.set(name, turn);
    return turn;
  };

  const pollSource = async (source: SourceConfig, asOf: Instant | undefined): Promise<PollReport> => {
    const shared = {
      appender: deps.appender,
      history,
      keyring: deps.keyring,
      clock: deps.clock,
      signal: stopping.signal,
    };
    if (source.kind === 'hoop-inspect') return collectInspect({ ...shared, source });
    const memory = memories.get(source.name);
    return collectHoop({
      ...shared,
      source,
      sleep: (ms) => sleepFor(ms),
      ...(memory === undefined ? {} : { memory }),
      ...(asOf === undefined ? {} : { asOf }),
    });
  };

  const link = (): Promise<LinkReport> =>
    deriveLinks({
      store: linkStore,
      appender: deps.appender,
      history,
      keyring: deps.keyring,
      clock: deps.clock,
    });

  const loop = async (source: SourceConfig): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await poll(source.name);
        await link();
        failures = 0;
      } catch (error) {
        failures += 1;
        deps.report(`${source.name}: ${error instanceof AnnexaError ? error.toLine() : String(error)}`);
      }
      const pause = Math.min(
        source.everyMs * 2 ** Math.min(failures, 6),
        Math.max(FAILURE_PAUSE_MAX_MS, source.everyMs),
      );
      await sleepFor(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    poll,
    link,
    start: (names = []) => {
      stopping = new AbortController();
      const chosen = deps.sources.filter((source) => names.length === 0 || names.includes(source.name));
      loops.push(...chosen.map(loop));
    },
    stop: async () => {
      stopping.abort();
      await Promise.allSettled([...loops, ...busy.values()]);
      loops.length = 0;
    },
  };
}
