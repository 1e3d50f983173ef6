import type { ControlResult, Evaluation, Outcome, TestItem, TestResult } from '../domain/evaluation.ts';
import type { Link } from './links.ts';
import {
  faceOf,
  inWords,
  isOutcome,
  namingOrder,
  tallyOf,
  type OutcomeFace,
  type Tally,
} from './outcomes.ts';
import type { ChosenPeriod } from './period.ts';
import { capitalised } from './words.ts';

/** A reading aid of the heat map, not a verdict: the first outcome in naming order that occurs among the tests. */
export function groundOf(control: ControlResult): string {
  const counts = tallyOf([control]);
  const first = namingOrder.find((outcome) => counts[outcome] > 0);
  return first === undefined ? 'dot' : faceOf(first).key;
}

export interface Cell {
  readonly id: string;
  readonly short: string;
  readonly title: string;
  readonly href: string;
  readonly ground: string;
  readonly marks: readonly string[];
  readonly words: string;
  /** Another outcome than the one that the page is filtered by. */
  readonly muted: boolean;
  readonly testable: boolean;
}

export interface Theme {
  readonly id: string;
  readonly name: string;
  readonly controls: number;
  readonly tests: number;
  readonly cells: readonly Cell[];
}

/** The 93 controls in order of the standard, by theme. */
export function heatMap(evaluation: Evaluation, link: Link, outcome: string): readonly Theme[] {
  const themes = new Map<string, ControlResult[]>();
  for (const control of evaluation.controls) {
    const id = control.id.split('.').slice(0, 2).join('.');
    themes.set(id, [...(themes.get(id) ?? []), control]);
  }
  return [...themes].map(([id, controls]) => ({
    id,
    name: capitalised(controls[0]?.theme ?? ''),
    controls: controls.length,
    tests: controls.reduce((sum, control) => sum + control.tests.length, 0),
    cells: controls.map((control) => toCell(control, link, outcome)),
  }));
}

function toCell(control: ControlResult, link: Link, outcome: string): Cell {
  const counts = tallyOf([control]);
  const matches =
    outcome === 'none' ? control.tests.length === 0 : !isOutcome(outcome) || counts[outcome] > 0;
  return {
    id: control.id,
    short: control.id.slice(2),
    title: control.title,
    href: link(`/controls/${control.id}`),
    ground: groundOf(control),
    marks: control.tests.map((test) => faceOf(test.outcome).key),
    words: inWords(counts),
    muted: !matches,
    testable: control.tests.length > 0,
  };
}

/** Marks and words of one test at another time; undefined outcomes were not evaluated yet. */
export interface HistoryMark {
  readonly label: string;
  readonly face: OutcomeFace | null;
}

export function historyOf(
  test: string,
  months: readonly { readonly period: ChosenPeriod; readonly evaluation: Evaluation | undefined }[],
): readonly HistoryMark[] {
  return months.map(({ period, evaluation }) => {
    const result = evaluation === undefined ? undefined : findTest(evaluation, test)?.test;
    return { label: period.label, face: result === undefined ? null : faceOf(result.outcome) };
  });
}

export function findTest(
  evaluation: Evaluation,
  id: string,
): { readonly control: ControlResult; readonly test: TestResult } | undefined {
  for (const control of evaluation.controls) {
    const test = control.tests.find((candidate) => candidate.id === id);
    if (test !== undefined) return { control, test };
  }
  return undefined;
}

/** An exception with the test that found it. */
export interface Finding {
  readonly test: TestResult;
  readonly control: ControlResult;
  readonly item: TestItem;
}

/** Every listed exception, newest first; the order is total. */
export function findings(evaluation: Evaluation): readonly Finding[] {
  const all = evaluation.controls.flatMap((control) =>
    control.tests.flatMap((test) => test.items.map((item) => ({ test, control, item }))),
  );
  return all.sort((left, right) => compareKeys(findingKey(right), findingKey(left)));
}

export function findingKey({ test, item }: Finding): readonly [string, number, string, string] {
  return [item.time, item.index, test.id, `${item.subject} ${item.code}`];
}

export function compareKeys(left: readonly (string | number)[], right: readonly (string | number)[]): number {
  for (let at = 0; at < left.length; at += 1) {
    const a = left[at] ?? '';
    const b = right[at] ?? '';
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** Where the subject of a row can be read. */
export function subjectHref(item: Pick<TestItem, 'subject' | 'index'>, link: Link): string {
  const [kind, ...rest] = item.subject.split('/');
  if (kind === 'session' && rest.length > 0) return link(`/sessions/${encodeURIComponent(rest.join('/'))}`);
  return link('/log', { look: item.index });
}

/** `4 tests, 2 with exceptions, 1 pass, 1 not tested`. */
export function testsInWords(counts: Tally): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return 'no tests, no gateway evidence';
  const say: Readonly<Record<Outcome, (count: number) => string>> = {
    exceptions: (count) => `${count} with exceptions`,
    pass: (count) => `${count} pass`,
    'no-occurrence': (count) => `${count} without an occurrence`,
    'not-tested': (count) => `${count} not tested`,
  };
  const order = ['exceptions', 'pass', 'no-occurrence', 'not-tested'] as const;
  const parts = order
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => say[outcome](counts[outcome]));
  return [total === 1 ? '1 test' : `${total} tests`, ...parts].join(', ');
}
