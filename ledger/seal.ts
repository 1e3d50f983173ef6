import { dirname } from 'node:path';
import type { Checkpoint } from '../domain/entry.ts';
import { AnnexaError } from '../domain/errors.ts';
import { signCheckpoint } from './checkpoint.ts';
import { emptyEdge, type Edge } from './edge.ts';
import { writeDurably } from './files.ts';
import { checkAgainstSigned, readEdge, writeTiles, type LeafStore } from './grow.ts';
import { frozen, inconsistent, readLastSigned, readPublished, type LogLocation } from './heads.ts';
import { checkpointPath, lastSignedPath, logDirectory } from './layout.ts';
import type { NoteSigner } from './note.ts';

/** Shortest time between two checkpoints, and longest wait of a new entry for its own. */
const SEAL_INTERVAL_MS = 1000;

/** What is durable when a step is reached. A crash after any of them is repaired by the next {@link Sealer.seal}. */
export type SealStep = 'tiles-written' | 'state-written' | 'checkpoint-written';

export interface SealerOptions {
  readonly store: LeafStore;
  readonly dataDirectory: string;
  readonly log: number;
  readonly origin: string;
  readonly signer: NoteSigner;
  /** Called between the steps; a test stops here. */
  readonly checkpoint?: (step: SealStep) => void | Promise<void>;
  /** Called with every checkpoint that is new. */
  readonly onSealed?: (checkpoint: Checkpoint) => void;
  /** Called when sealing in the background fails. LOG_INCONSISTENT and LOG_FROZEN end the background sealing. */
  readonly onFailure?: (error: unknown) => void;
}

export interface Sealer {
  /**
   * Brings tiles and checkpoint up to the store: tiles, then the record of what is about to be published, then the
   * checkpoint, each durable before the next. Signs only when the tree grew. Calls run one after another.
   * Throws LOG_INCONSISTENT when the store no longer gives the last signed root, LOG_FROZEN when the record of the last
   * signature is gone, older than what was published, or not ours; then nothing is signed or written.
   */
  seal(): Promise<Checkpoint>;
  /** As `seal`, but writes every tile again from the store: the same bytes as before. */
  rebuild(): Promise<Checkpoint>;
  /** Says that the tree grew. Between `start` and `stop` it is sealed at once, or when the interval is over. */
  wake(): void;
  /** Seals in the background: at most once in an interval, and within one of any growth. */
  start(): void;
  /** Waits for the sealing under way. */
  stop(): Promise<void>;
}

export function createSealer(options: SealerOptions): Sealer {
  const location: LogLocation = { ...options, key: options.signer.key };
  /** The edge of the published tree; forgotten after any failure. */
  let known: Edge | undefined;
  let running: Promise<unknown> = Promise.resolve();

  const run = (again: boolean): Promise<Checkpoint> => {
    const next = running.then(async () => {
      const from = again ? undefined : known;
      known = undefined;
      const sealed = await sealOnce({ ...options, location, known: from, again });
      known = sealed.edge;
      if (sealed.signed) options.onSealed?.(sealed.checkpoint);
      return sealed.checkpoint;
    });
    running = next.catch(() => undefined);
    return next;
  };
  const seal = (): Promise<Checkpoint> => run(false);
  return { seal, rebuild: () => run(true), ...inBackground(seal, options.onFailure) };
}

interface SealRun extends SealerOptions {
  readonly location: LogLocation;
  readonly known: Edge | undefined;
  readonly again: boolean;
}

async function sealOnce(run: SealRun): Promise<{ checkpoint: Checkpoint; edge: Edge; signed: boolean }> {
  const { store, log, dataDirectory, location } = run;
  const { last, published } = await readHeads(location);
  const { size } = await store.head(log);
  if (last !== undefined && size < last.size) {
    throw inconsistent(`the store holds ${size} entries, but ${last.size} were signed`, `log ${log}`);
  }
  const directory = logDirectory(dataDirectory, log);
  const edge = run.again ? emptyEdge() : await edgeOf(published, run.known, directory);
  if (last !== undefined) await checkAgainstSigned(edge, last, { store, log });
  if (last !== undefined && edge.size === size && published?.note === last.note) {
    return { checkpoint: last, edge, signed: false };
  }
  await writeTiles(edge, { store, log, to: size }, directory);
  await run.checkpoint?.('tiles-written');
  const grown = last === undefined || size > last.size;
  const checkpoint = grown
    ? await signCheckpoint({ origin: run.origin, size, root: edge.root() }, [run.signer])
    : last;
  const bytes = new TextEncoder().encode(checkpoint.note);
  if (grown) await replace(lastSignedPath(dataDirectory, log), bytes);
  await run.checkpoint?.('state-written');
  await replace(checkpointPath(dataDirectory, log), bytes);
  await run.checkpoint?.('checkpoint-written');
  return { checkpoint, edge, signed: grown };
}

/** The record of the last signature decides; what is published may lag behind it or be damaged, never be ahead. */
async function readHeads(
  location: LogLocation,
): Promise<{ last: Checkpoint | undefined; published: Checkpoint | undefined }> {
  const last = await readLastSigned(location);
  const read = await readPublished(location);
  const path = lastSignedPath(location.dataDirectory, location.log);
  if (last === undefined && read !== undefined)
    throw frozen('the record of the last signed checkpoint is gone', path);
  const published = read?.ok === true ? read.value : undefined;
  if (last !== undefined && published !== undefined && published.size > last.size) {
    throw frozen('the record of the last signed checkpoint is older than the published one', path);
  }
  return { last, published };
}

async function edgeOf(
  published: Checkpoint | undefined,
  known: Edge | undefined,
  directory: string,
): Promise<Edge> {
  if (published === undefined) return emptyEdge();
  if (known?.size === published.size) return known;
  return (await readEdge(directory, published)) ?? emptyEdge();
}

function replace(path: string, bytes: Uint8Array): Promise<void> {
  return writeDurably([{ path, bytes }], dirname(dirname(path)));
}

function inBackground(
  seal: () => Promise<Checkpoint>,
  onFailure: SealerOptions['onFailure'],
): Pick<Sealer, 'wake' | 'start' | 'stop'> {
  let started = false;
  let timer: NodeJS.Timeout | undefined;
  let idle = false;
  let tick: Promise<void> = Promise.resolve();
  let sealedSize = -1;

  const plan = (): void => {
    timer = setTimeout(() => {
      tick = step();
    }, SEAL_INTERVAL_MS);
  };
  const step = async (): Promise<void> => {
    timer = undefined;
    try {
      const { size } = await seal();
      idle = size === sealedSize;
      sealedSize = size;
    } catch (error) {
      onFailure?.(error);
      if (error instanceof AnnexaError && (error.code === 'LOG_INCONSISTENT' || error.code === 'LOG_FROZEN'))
        started = false;
    }
    if (started) plan();
  };
  return {
    start() {
      if (started) return;
      started = true;
      tick = step();
    },
    wake() {
      if (!started || !idle || timer === undefined) return;
      clearTimeout(timer);
      idle = false;
      tick = step();
    },
    async stop() {
      started = false;
      clearTimeout(timer);
      await tick;
    },
  };
}
