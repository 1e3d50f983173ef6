import { join } from 'node:path';
import type { Checkpoint } from '../domain/entry.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Evaluation } from '../domain/evaluation.ts';
import { readContext } from './facts/context.ts';
import { readAccessSummary, readFacts, type Cut, type PacketFacts } from './facts/facts.ts';
import { writeAccessSummary, writePolicies } from './files/evidence.ts';
import { writeEvents, type WrittenEvents } from './files/events.ts';
import { writeLogCopy, writeProofs } from './files/log-copy.ts';
import { writePopulation, type WrittenPopulation } from './files/populations.ts';
import type { PacketQuestion } from './packet.ts';
import type { WritePacketOptions } from './options.ts';

/** Everything of a packet that is read from the log, written below the bag's data/, and what to say about it. */
export interface Evidence {
  readonly question: PacketQuestion;
  readonly checkpoint: Checkpoint;
  readonly facts: PacketFacts;
  readonly evaluation: Evaluation;
  readonly populations: readonly WrittenPopulation[];
  readonly events: WrittenEvents;
  /** Indexes of the entries that exceptions are about, ascending. */
  readonly exceptions: readonly number[];
  /** Root at the previous packet's size, base64. */
  readonly previousRoot: string | null;
}

export interface Directories {
  readonly bag: string;
  readonly scratch: string;
}

/** Reads the log at one size and writes what the packet ships of it. */
export async function collectEvidence(
  options: WritePacketOptions,
  directories: Directories,
): Promise<Evidence> {
  const { store, ledger, period, onProgress } = options;
  onProgress?.({ name: 'scope', done: 0, total: 1 });
  const checkpoint = await checkpointOf(options);
  const cut = { log: options.log.number, size: checkpoint.size };
  const facts = await readFacts(store, cut, period);
  onProgress?.({ name: 'scope', done: 1, total: 1 });
  const evaluation = await evaluate(options, cut);
  const populations = await writePopulations(options, { evaluation, cut, ...directories });
  const cited = await citedEntries(options, { evaluation, populations, facts, cut });
  const { range } = facts;
  const events = await writeEvents({
    ...options,
    file: join(directories.bag, 'data/events.jsonl'),
    cut,
    range,
    cited,
    onProgress: (done, total) => onProgress?.({ name: 'cited entries', done, total }),
  });
  await writePolicies(directories.bag, { policies: facts.policies, store });
  const rows = await readAccessSummary(store, cut, period);
  await writeAccessSummary(directories.bag, { rows, reader: options.reader });
  const indexes = (why: string): number[] =>
    [...cited]
      .filter(([, one]) => one === why)
      .map(([index]) => index)
      .sort((a, b) => a - b);
  const exceptions = indexes('exception');
  const previousSize = facts.previous?.size ?? null;
  const copy = { bag: directories.bag, ledger, log: cut.log, checkpoint, range, previousSize };
  await writeLogCopy(copy);
  await writeProofs({
    ...copy,
    exceptions,
    context: indexes('context'),
    onProgress: (done, total) => onProgress?.({ name: 'proofs', done, total }),
  });
  const previous = previousSize === null ? null : await ledger.checkpointAt(previousSize);
  const previousRoot = previous === null ? null : Buffer.from(previous.root).toString('base64');
  const question = questionOf(options, checkpoint);
  return { question, checkpoint, facts, evaluation, populations, events, exceptions, previousRoot };
}

async function checkpointOf({ ledger, size }: WritePacketOptions): Promise<Checkpoint> {
  const checkpoint = size === undefined ? await ledger.checkpoint() : await ledger.checkpointAt(size);
  if (checkpoint.size > 0) return checkpoint;
  throw new AnnexaError('NOT_FOUND', 'the log is empty', {
    where: ledger.origin,
    hint: 'Collect or import events first.',
  });
}

async function evaluate(
  { evaluate, period, controls, onProgress }: WritePacketOptions,
  { size }: Cut,
): Promise<Evaluation> {
  const evaluation = await evaluate({
    period,
    controls,
    size,
    onProgress: (done, total) => onProgress?.({ name: 'evaluate', done, total }),
  });
  return evaluation;
}

async function writePopulations(
  options: WritePacketOptions,
  { evaluation, cut, ...directories }: Directories & { evaluation: Evaluation; cut: Cut },
): Promise<readonly WrittenPopulation[]> {
  const { period, testQueryOf, populationOf, reader, onProgress } = options;
  const tests = evaluation.controls.flatMap((control) =>
    control.tests.map((test) => ({ control: control.id, test })),
  );
  const written: WrittenPopulation[] = [];
  const { size } = cut;
  for (const [at, { control, test }] of tests.entries()) {
    const query = await testQueryOf({ test: test.id, period, size });
    // A test that is declared and has no query yet has no lists either.
    if (query.sql !== '') {
      written.push(
        await writePopulation(test, { ...directories, control, period, size, reader, query, populationOf }),
      );
    }
    onProgress?.({ name: 'populations', done: at + 1, total: tests.length });
  }
  return written;
}

/** Entries that exceptions are about, and those that they rest on. */
async function citedEntries(
  { store }: WritePacketOptions,
  { populations, facts, cut }: Pick<Evidence, 'evaluation' | 'populations' | 'facts'> & { cut: Cut },
): Promise<Map<number, 'exception' | 'context'>> {
  const cited = new Map<number, 'exception' | 'context'>();
  const subjects = new Set<string>();
  const context = new Set(facts.policies.map((policy) => policy.index));
  for (const population of populations) {
    for await (const item of population.exceptions()) {
      cited.set(item.index, 'exception');
      subjects.add(item.subject);
      if (item.accepted !== null) context.add(item.accepted.index);
    }
  }
  for (const index of await readContext(store, cut, [...subjects])) context.add(index);
  for (const index of context) if (!cited.has(index) && index < cut.size) cited.set(index, 'context');
  return cited;
}

function questionOf(options: WritePacketOptions, { origin, size }: Checkpoint): PacketQuestion {
  const { period, controls, controlsSha256, reader, complete } = options;
  return { origin, size, period, controls: controls.toSorted(), controlsSha256, reader, complete };
}
