import { outcomes, type ControlResult, type Outcome } from '../domain/evaluation.ts';

/** How an outcome is drawn: the word is fixed, the key names its shape and colour. */
export interface OutcomeFace {
  readonly key: 'pass' | 'exc' | 'none' | 'nt';
  readonly word: string;
}

const FACES: Readonly<Record<Outcome, OutcomeFace>> = {
  pass: { key: 'pass', word: 'pass' },
  exceptions: { key: 'exc', word: 'exceptions' },
  'no-occurrence': { key: 'none', word: 'no occurrence' },
  'not-tested': { key: 'nt', word: 'not tested' },
};

/** The order in which outcomes are named: what is wrong, what could not be seen, what did not happen, the rest. */
export const namingOrder = [
  'exceptions',
  'not-tested',
  'no-occurrence',
  'pass',
] as const satisfies readonly Outcome[];

export function faceOf(outcome: Outcome): OutcomeFace {
  return FACES[outcome];
}

export function isOutcome(text: string): text is Outcome {
  return outcomes.some((outcome) => outcome === text);
}

export type Tally = Readonly<Record<Outcome, number>>;

export function tally(results: Iterable<Outcome>): Tally {
  const counts: Record<Outcome, number> = { pass: 0, exceptions: 0, 'no-occurrence': 0, 'not-tested': 0 };
  for (const outcome of results) counts[outcome] += 1;
  return counts;
}

export function tallyOf(controls: readonly ControlResult[]): Tally {
  return tally(controls.flatMap((control) => control.tests.map((test) => test.outcome)));
}

/** `exceptions 2, not tested 1, pass 1`; `no gateway evidence` when there is no test. */
export function inWords(counts: Tally): string {
  const words = namingOrder
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${FACES[outcome].word} ${counts[outcome]}`);
  return words.length === 0 ? 'no gateway evidence' : words.join(', ');
}
