import { createHash } from 'node:crypto';
import { toCanonicalJson } from '../domain/canonical.ts';
import type { Evaluation, TestItem, TestResult } from '../domain/evaluation.ts';
import type { InformationProduced, Packet, PacketLog } from '../domain/packet.ts';
import type { Period } from '../domain/time.ts';
import type { PacketFacts } from './facts/facts.ts';

/** What a packet is asked for. The same question at the same log size has the same id. */
export interface PacketQuestion {
  readonly origin: string;
  readonly size: number;
  readonly period: Period;
  /** As asked for; empty = all. */
  readonly controls: readonly string[];
  /** SHA-256 of the catalogue of controls and its queries, lower-case hex. */
  readonly controlsSha256: string;
  readonly reader: Packet['reader'];
  readonly complete: boolean;
}

export interface PacketInput {
  readonly question: PacketQuestion;
  readonly organisation: string;
  readonly log: Pick<PacketLog, 'vkey' | 'root' | 'anchored'>;
  readonly soa: Packet['soa'];
  readonly evaluation: Evaluation;
  readonly facts: PacketFacts;
  /** Root of the log at the previous packet's size, base64; absent without one. */
  readonly previousRoot: string | null;
  readonly ipe: readonly InformationProduced[];
  readonly cited: Packet['cited'];
  readonly withheld: number;
  /** Sentences that hold for every result. */
  readonly statements: readonly string[];
}

/** Puts a packet together. Pure: no clock, no random id; what the reader may not see is not in it. */
export function buildPacket(input: PacketInput): Packet {
  const { question, facts, log } = input;
  const { reader } = question;
  const previous =
    facts.previous === null || input.previousRoot === null
      ? null
      : { ...facts.previous, root: input.previousRoot };
  return {
    version: 1,
    id: packetId(question),
    organisation: input.organisation,
    period: question.period,
    asOf: facts.asOf,
    controlsRequested: question.controls,
    controlsSha256: question.controlsSha256,
    reader,
    log: { ...log, origin: question.origin, size: question.size, range: facts.range },
    soa: input.soa,
    access: facts.access,
    evaluation: redactEvaluation(input.evaluation, reader),
    ipe: input.ipe,
    policies: facts.policies,
    sources: facts.sources,
    lateArrivals: facts.lateArrivals,
    cited: input.cited,
    withheld: input.withheld,
    erased: facts.erased,
    previous,
    statements: input.statements,
  };
}

/** First 16 hex digits of SHA-256 over the question. */
export function packetId(question: PacketQuestion): string {
  const { origin, size, period, controls, controlsSha256, reader, complete } = question;
  const text = toCanonicalJson({
    origin,
    size,
    period: { from: period.from, to: period.to },
    controls,
    controlsSha256,
    reader: { person: reader.person, content: reader.content },
    complete,
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The item as this reader may see it: pseudonyms stay, names go. */
export function redactItem(item: TestItem, { person }: Packet['reader']): TestItem {
  if (person === 'full') return item;
  return { ...item, person: '', accepted: item.accepted === null ? null : { ...item.accepted, by: '' } };
}

function redactEvaluation(evaluation: Evaluation, reader: Packet['reader']): Evaluation {
  if (reader.person === 'full') return evaluation;
  const redactTest = (test: TestResult): TestResult => ({
    ...test,
    items: test.items.map((item) => redactItem(item, reader)),
  });
  return {
    ...evaluation,
    controls: evaluation.controls.map((control) => ({ ...control, tests: control.tests.map(redactTest) })),
  };
}
