import type { ControlResult, Evaluation, PreconditionResult, TestResult } from '../../domain/evaluation.ts';
import type { Period } from '../../domain/time.ts';
import { createProgress, progressBar, type CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';

export interface EvaluateOptions {
  readonly io: CommandIo;
  readonly period: Period;
  readonly controls: readonly string[];
  readonly json: boolean;
}

const SHOWN_ITEMS = 12;

/** Runs the control tests and prints them. The exit code says that they ran, never what they found. */
export async function evaluate(runtime: Runtime, options: EvaluateOptions): Promise<number> {
  const { io, period, controls } = options;
  const progress = createProgress(io);
  const evaluation = await runtime.evaluate({
    period,
    controls,
    onProgress: (done, total, label) => progress.show(progressBar(done, total, label)),
  });
  progress.clear();
  io.out(options.json ? `${JSON.stringify(evaluation, null, 1)}\n` : toText(evaluation));
  return 0;
}

function toText(evaluation: Evaluation): string {
  const { period, asOf, logs } = evaluation;
  const head = [
    `Period ${period.from} to ${period.to}, end excluded. Log as of ${asOf}.`,
    ...logs.map((log) => `Log ${log.origin}, ${log.size} entries, root ${log.root}.`),
    'The denominator is access through the gateway.',
    '',
  ];
  return `${[...head, ...evaluation.preconditions.map(preconditionLine), '', ...evaluation.controls.flatMap(controlLines)].join('\n')}\n`;
}

function preconditionLine(result: PreconditionResult): string {
  const blind = result.blind.length === 0 ? '' : `, ${result.blind.length} blind interval(s)`;
  return `${result.id.padEnd(4)} ${result.outcome.padEnd(14)} ${result.question}${reasonOf(result)}${blind}`;
}

function controlLines(control: ControlResult): string[] {
  if (control.tests.length === 0) return [];
  const iso2013 = control.iso2013.length === 0 ? '' : ` (2013: ${control.iso2013.join(', ')})`;
  return [
    `${control.id} ${control.title}${iso2013}, grade ${control.grade}`,
    ...control.tests.flatMap(testLines),
    `  cannot evidence: ${control.cannotEvidence}`,
    '',
  ];
}

function testLines(test: TestResult): string[] {
  const counts =
    test.outcome === 'not-tested' && test.population === 0
      ? ''
      : ` ${test.exceptions} of ${test.population}, excluded ${test.excluded}`;
  const shown = test.items.slice(0, SHOWN_ITEMS);
  const rest = test.exceptions - shown.length;
  return [
    `  ${test.id.padEnd(22)} ${test.outcome.padEnd(14)}${counts}${reasonOf(test)}`,
    ...shown.map(
      (item) =>
        `      ${item.code.padEnd(24)} ${item.subject} ${item.time} entry ${item.index} ${item.person === '' ? item.who : item.person} ${item.resource}`,
    ),
    ...(rest > 0 ? [`      and ${rest} more: annexa evaluate --json lists them`] : []),
  ];
}

function reasonOf(result: { readonly reason?: string }): string {
  return result.reason === undefined ? '' : ` (${result.reason})`;
}
