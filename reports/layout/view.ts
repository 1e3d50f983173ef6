import type { ControlResult, Outcome, TestResult } from '../../domain/evaluation.ts';
import type { Packet } from '../../domain/packet.ts';
import type { TestItem } from '../../domain/evaluation.ts';
import { formatCount } from '../../templates/helpers.ts';
import type { Phrases } from '../../templates/phrases.ts';
import type { Cell, Many, MarkKind } from './blocks.ts';

/** A key that signs something of the packet, as a reader compares it. */
export interface TrustKey {
  readonly purpose: 'log' | 'attestation' | 'report';
  /** SHA-256 of the public key or certificate in hex, or the log's verifier key. */
  readonly fingerprint: string;
}

export interface ReportFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What the report draws. */
export interface ReportInput {
  readonly packet: Packet;
  readonly words: Phrases;
  /** Every exception of a test, ordered by log index: the packet's own items may be the first ones only. */
  readonly exceptionsOf: (test: TestResult) => Many<TestItem>;
  readonly keys: readonly TrustKey[];
  /** Files of the packet but the report itself. */
  readonly files: readonly ReportFile[];
  readonly crosswalk: Crosswalk;
  readonly predicateType: string;
  /** Level of the signature that will be filled in, or null for an unsigned copy. */
  readonly signature: 'B-B' | 'B-T' | null;
  readonly paper: 'A4' | 'LETTER';
}

/** Controls of 2013 by id, in the standard's order. */
export type Crosswalk = ReadonlyMap<string, { readonly title: string; readonly to: readonly string[] }>;

export type ControlState = 'tested' | 'no-evidence' | 'not-applicable';

/** A control that the Statement of Applicability excludes has no outcome, whatever its tests found. */
export function stateOf(packet: Packet, control: ControlResult): ControlState {
  const excluded = packet.soa?.excluded?.some((item) => item.control === control.id) === true;
  if (excluded) return 'not-applicable';
  return control.tests.length > 0 ? 'tested' : 'no-evidence';
}

/** Controls whose results the report shows. */
export function testedControls(packet: Packet): readonly ControlResult[] {
  return packet.evaluation.controls.filter((control) => stateOf(packet, control) === 'tested');
}

export function testsOf(packet: Packet): readonly TestResult[] {
  return testedControls(packet).flatMap((control) => control.tests);
}

export function countOutcome(tests: readonly TestResult[], outcome: Outcome): number {
  return tests.filter((test) => test.outcome === outcome).length;
}

/** Values for sentences that name all four outcomes. */
export function tally(
  tests: readonly TestResult[],
): Record<'pass' | 'exceptions' | 'noOccurrence' | 'notTested', number> {
  return {
    pass: countOutcome(tests, 'pass'),
    exceptions: countOutcome(tests, 'exceptions'),
    noOccurrence: countOutcome(tests, 'no-occurrence'),
    notTested: countOutcome(tests, 'not-tested'),
  };
}

/** The mark with its word. */
export function outcomeCell(words: Phrases, mark: MarkKind): Cell {
  return { text: words.say(`outcomes.${mark}`), mark };
}

/** Grouped digits; unknown is a dash. */
export function figure(value: number | null): string {
  return value === null ? '–' : formatCount(value);
}

/** `2026-07-01 06:00:00`. */
export function second(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}

/** `2026-07-01 06:00`. */
export function minute(instant: string | null): string {
  return instant === null ? '–' : instant.slice(0, 16).replace('T', ' ');
}

/** Name of the destination of a control's section. */
export function targetOf(control: string): string {
  return `c-${control.toLowerCase().replaceAll('.', '-')}`;
}

/** Nothing of the population could be looked at: its size is unknown, not zero. */
export function isUnknown(test: TestResult): boolean {
  return test.outcome === 'not-tested' && test.population === 0 && test.blind.length === 0;
}
