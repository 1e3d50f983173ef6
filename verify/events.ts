import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Checkpoint } from '../domain/entry.ts';
import { equalBytes } from '../ledger/bytes.ts';
import type { CheckpointTrust } from '../ledger/checkpoint.ts';
import { checkDisclosures } from '../ledger/disclosure.ts';
import { leafHash } from '../ledger/merkle.ts';
import { verifyTlogProof } from '../ledger/tlog-proof.ts';
import { readLines } from './lines.ts';
import { readWhole } from './members.ts';
import type { Members } from './members.ts';
import { parseCanonical } from './packet-view.ts';
import type { PacketView } from './packet-view.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

const EVENTS = 'data/events.jsonl';
/** Longest line: an entry of 16 KiB and its disclosures. */
const LINE_MAX = 8 * 2 ** 20;
const PROOF_MAX = 64 * 1024;
const PROOF_NAME = /^data\/proofs\/0-(0|[1-9]\d{0,15})\.tlog-proof$/;

const Line = Compile(
  Type.Object(
    {
      log: Type.Literal(0),
      index: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      entry: Type.String(),
      disclosures: Type.Array(
        Type.Object(
          { name: Type.String(), salt: Type.Optional(Type.String()), value: Type.Optional(Type.String()) },
          { additionalProperties: false },
        ),
      ),
      cited: Type.Enum(['exception', 'population', 'context']),
    },
    { additionalProperties: false },
  ),
);
const Committed = Compile(Type.Object({ _sd: Type.Array(Type.String()) }));

export interface EventsInput {
  readonly packet: PacketView;
  readonly checkpoint: Checkpoint;
  /** Keys that opened the checkpoint. */
  readonly trust: CheckpointTrust;
  readonly leafAt: (index: number) => Promise<Uint8Array | undefined>;
}

export interface EventsFindings {
  /** Leaves, order, counts and citations. */
  readonly entries: Problems;
  readonly disclosures: Problems;
  readonly proofs: Problems;
  readonly counts: {
    readonly entries: number;
    readonly opened: number;
    readonly closed: number;
    readonly proofs: number;
  };
}

/**
 * Checks events.jsonl line by line: canonical JSON, ascending indexes, each entry the leaf that the tiles or its proof hold,
 * each disclosure one that the entry commits to, each proof leading to the packet's checkpoint, every exception of
 * packet.json among the entries, and the counts of packet.json. With `complete` the range is all there.
 */
export async function checkEvents(members: Members, input: EventsInput): Promise<EventsFindings> {
  const run = createRun(members, input);
  try {
    let number = 0;
    for await (const line of readLines(members.read(EVENTS), LINE_MAX)) {
      number++;
      await run.line(line, number);
    }
  } catch (error) {
    run.findings.entries.add(explain(error));
  }
  run.finish();
  return { ...run.findings, counts: run.counts };
}

interface Run {
  readonly findings: Pick<EventsFindings, 'entries' | 'disclosures' | 'proofs'>;
  readonly counts: EventsFindings['counts'];
  readonly line: (bytes: Uint8Array, number: number) => Promise<void>;
  readonly finish: () => void;
}

function createRun(members: Members, input: EventsInput): Run {
  const { packet, leafAt } = input;
  const entries = collectProblems();
  const disclosures = collectProblems();
  const prover = createProver(members, input);
  const counts = { entries: 0, opened: 0, closed: 0, proofs: 0 };
  const cited = { exception: 0, population: 0, context: 0 };
  const needed = new Set(exceptionIndexes(packet));
  const { range } = packet.log;
  let previous = -1;
  let inRange = 0;

  const line = async (bytes: Uint8Array, number: number): Promise<void> => {
    const where = `${EVENTS}:${number}`;
    const parsed = parseCanonical(bytes);
    const value = 'value' in parsed ? parsed.value : undefined;
    if (!Line.Check(value)) {
      entries.add(`${where} ${'problem' in parsed ? parsed.problem : 'is not an entry line'}`);
      return;
    }
    const { index, entry } = value;
    counts.entries++;
    cited[value.cited]++;
    if (index <= previous) entries.add(`${where} index ${index} follows ${previous}`);
    previous = index;
    needed.delete(index);
    if (index >= range.from && index < range.to) inRange++;
    const leaf = leafHash(entry);
    const expected = await leafAt(index);
    const proven = await prover.prove(index, leaf);
    if (expected === undefined && !proven) entries.add(`${where} entry ${index} has no tile and no proof`);
    if (expected !== undefined && !equalBytes(expected, leaf)) {
      entries.add(`${where} entry ${index} is not the logged one`);
    }
    const opened = openLine(value, where);
    if (opened.problem !== undefined) disclosures.add(opened.problem);
    counts.opened += opened.open;
    counts.closed += opened.closed;
  };

  const finish = (): void => {
    counts.proofs = prover.finish();
    for (const index of needed) entries.add(`exception at index ${index} is not in ${EVENTS}`);
    const { total, exceptions, context, complete } = packet.cited;
    const differ = (what: string, found: number, said: number): void => {
      if (found !== said) entries.add(`${EVENTS} has ${found} ${what}, data/packet.json says ${said}`);
    };
    differ('entries', counts.entries, total);
    differ('exceptions', cited.exception, exceptions);
    differ('context entries', cited.context, context);
    if (complete) differ('entries of the range', inRange, range.to - range.from);
  };
  return { findings: { entries, disclosures, proofs: prover.problems }, counts, line, finish };
}

interface Prover {
  readonly problems: Problems;
  /** Whether the packet has a proof for this index, and it holds for this leaf. */
  readonly prove: (index: number, leaf: Uint8Array) => Promise<boolean>;
  /** Reports proofs without an entry; returns how many were checked. */
  readonly finish: () => number;
}

function createProver(members: Members, { checkpoint, trust }: EventsInput): Prover {
  const problems = collectProblems();
  const waiting = listProofs(members, problems);
  let checked = 0;

  const prove = async (index: number, leaf: Uint8Array): Promise<boolean> => {
    const name = waiting.get(index);
    if (name === undefined) return false;
    waiting.delete(index);
    checked++;
    const before = problems.count;
    try {
      const bytes = await readWhole(members, name, PROOF_MAX);
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      const proof = await verifyTlogProof(text, leaf, trust);
      if (!proof.ok) problems.add(`${name}: ${proof.reason}`);
      else if (proof.value.index !== index) problems.add(`${name}: proves index ${proof.value.index}`);
      else if (!isSameTree(proof.value.checkpoint, checkpoint)) problems.add(`${name}: proves another tree`);
    } catch (error) {
      problems.add(`${name}: ${explain(error)}`);
    }
    return problems.count === before;
  };

  const finish = (): number => {
    for (const [index, name] of waiting) problems.add(`${name}: no entry ${index} in ${EVENTS}`);
    return checked;
  };
  return { problems, prove, finish };
}

interface OpenedLine {
  readonly problem: string | undefined;
  readonly open: number;
  /** Withheld from this reader, or erased. */
  readonly closed: number;
}

function openLine(
  {
    entry,
    disclosures,
  }: { entry: string; disclosures: readonly { name: string; salt?: string; value?: string }[] },
  where: string,
): OpenedLine {
  const value = parseEntry(entry);
  if (!Committed.Check(value)) return { problem: `${where} entry commits to nothing`, open: 0, closed: 0 };
  const { states, valid } = checkDisclosures(value._sd, disclosures);
  const open = [...states.values()].filter((state) => state === 'present').length;
  const [wrong] = [...states].find(([, state]) => state === 'mismatch') ?? [];
  const closed = value._sd.length - open;
  if (valid) return { problem: undefined, open, closed };
  return { problem: `${where} disclosure ${wrong ?? 'list'} is not what the entry commits to`, open, closed };
}

/** Its form is not looked at: the leaf has pinned every byte of it. */
function parseEntry(entry: string): unknown {
  try {
    return JSON.parse(entry);
  } catch {
    return undefined;
  }
}

function exceptionIndexes(packet: PacketView): number[] {
  return packet.evaluation.controls.flatMap((control) =>
    control.tests.flatMap((test) => test.items.map((item) => item.index)),
  );
}

function listProofs(members: Members, problems: Problems): Map<number, string> {
  const proofs = new Map<number, string>();
  for (const name of members.names) {
    if (!name.startsWith('data/proofs/')) continue;
    const [, index] = PROOF_NAME.exec(name) ?? [];
    if (index === undefined) problems.add(`${name}: not the name of a proof`);
    else proofs.set(Number(index), name);
  }
  return proofs;
}

function isSameTree(a: Checkpoint, b: Checkpoint): boolean {
  return a.origin === b.origin && a.size === b.size && equalBytes(a.root, b.root);
}
