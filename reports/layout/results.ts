import type { ControlResult } from '../../domain/evaluation.ts';
import { outcomeBars } from './outcome-bars.ts';
import { outcomeTiles } from './outcome-tiles.ts';
import type { Block, Cell, Row } from './blocks.ts';
import { countOutcome, figure, stateOf, tally, targetOf, testsOf, type ReportInput } from './view.ts';

/** Chapter 3: everything on one page, then one line for each control. */
export function* resultBlocks(input: ReportInput): Generator<Block> {
  const { packet, words } = input;
  yield { kind: 'paragraph', text: sums(input) };
  if (packet.controlsRequested.length > 0) {
    yield { kind: 'paragraph', text: words.say('results.subset', { asked: packet.controlsRequested }) };
  }
  yield { kind: 'heading', level: 2, small: true, text: words.say('results.themes'), keep: 110 };
  yield outcomeBars(input);
  yield { kind: 'heading', level: 2, small: true, text: words.say('results.tiles'), keep: 300 };
  yield outcomeTiles(input);
  yield { kind: 'heading', level: 2, text: words.say('results.byControl'), keep: 80 };
  const head = (key: string): string => words.say(`results.columns.${key}`);
  const count = (key: string, width: number) => ({ head: head(key), width, align: 'right' }) as const;
  yield {
    kind: 'table',
    title: words.say('results.table'),
    columns: [
      { head: head('control'), width: 42, names: true },
      { head: head('title'), width: { share: 1 }, prose: true },
      { head: head('grade'), width: 54 },
      count('pass', 34),
      count('exceptions', 52),
      count('noOccurrence', 52),
      count('notTested', 38),
      count('rows', 52),
    ],
    rows: packet.evaluation.controls.map((control) => controlRow(input, control)),
  };
}

/** The figures of the first sentence: they add up to the number of controls and of tests. */
function sums({ packet, words }: ReportInput): string {
  const states = packet.evaluation.controls.map((control) => stateOf(packet, control));
  const count = (state: string): number => states.filter((one) => one === state).length;
  const tests = testsOf(packet);
  return words.say('results.sums', {
    controls: states.length,
    tested: count('tested'),
    none: count('no-evidence'),
    excluded: count('not-applicable'),
    tests: tests.length,
    ...tally(tests),
  });
}

function controlRow({ packet, words }: ReportInput, control: ControlResult): Row {
  const { id, title, grade, tests } = control;
  const state = stateOf(packet, control);
  if (state !== 'tested') {
    const soft = (text: string): Cell => ({ text, soft: true });
    const why = state === 'not-applicable' ? words.say('results.excluded') : words.say('grades.none');
    return [soft(id), soft(title), soft(why)];
  }
  const link = { target: targetOf(id), says: words.say('results.link', { id, title }) };
  const counts = (['pass', 'exceptions', 'no-occurrence', 'not-tested'] as const).map((outcome) => {
    const count = countOutcome(tests, outcome);
    return count === 0 ? '–' : figure(count);
  });
  const rows = tests.reduce((sum, test) => sum + test.exceptions, 0);
  return [{ text: id, link }, title, words.say(`grades.${grade}`), ...counts, figure(rows)];
}
