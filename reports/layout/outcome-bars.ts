import { outcomes, type TestResult } from '../../domain/evaluation.ts';
import type { Figure, Label, Shape } from './blocks.ts';
import { countOutcome, figure, tally, testedControls, type ReportInput } from './view.ts';

const LABELS = 92;
const TOTALS = 40;
const ROW = 19;
const BAR = 13;
/** Narrower segments carry no figure. */
const FIGURE_ROOM = 12;
const LEGEND_STEP = 88;

interface Bar {
  readonly name: string;
  readonly tests: readonly TestResult[];
}

/** One stacked bar for each theme: how its tests came out. */
export function outcomeBars(input: ReportInput): Figure {
  const { words } = input;
  const bars = themeBars(input);
  const text = bars
    .map(({ name, tests }) => words.say('results.bar', { theme: name, ...tally(tests) }))
    .join('. ');
  const height = bars.length * ROW + 22;
  return {
    kind: 'figure',
    says: words.say('results.bars', { text }),
    height: () => height,
    draw(width) {
      const most = Math.max(1, ...bars.map(({ tests }) => tests.length));
      const unit = (width - LABELS - TOTALS) / most;
      const rows = bars.flatMap((bar, at) =>
        drawBar(bar, { y: 2 + at * ROW, unit, width, none: words.say('results.noTests') }),
      );
      return [...rows, ...legend(input, bars.length * ROW + 14)];
    },
  };
}

const themes: readonly (readonly [theme: string, clause: string])[] = [
  ['organizational', 'A.5'],
  ['people', 'A.6'],
  ['physical', 'A.7'],
  ['technological', 'A.8'],
];

/** Themes that the packet holds controls of, with their tests. */
function themeBars({ packet, words }: ReportInput): readonly Bar[] {
  const tested = testedControls(packet);
  return themes
    .filter(([theme]) => packet.evaluation.controls.some((control) => control.theme === theme))
    .map(([theme, clause]) => ({
      name: `${clause} ${words.say(`themes.${theme}`)}`,
      tests: tested.filter((control) => control.theme === theme).flatMap((control) => control.tests),
    }));
}

function drawBar(
  { name, tests }: Bar,
  { y, unit, width, none }: { y: number; unit: number; width: number; none: string },
): readonly Shape[] {
  const base = y + 10;
  const text: Label = { kind: 'label', text: name, at: [0, base], size: 8.4, face: 'regular', tone: 'ink' };
  const total: Label = {
    ...text,
    text: figure(tests.length),
    at: [width - 30, base],
    face: 'bold',
    align: 'right',
    width: 30,
  };
  if (tests.length === 0) {
    return [
      text,
      { ...text, text: none, at: [LABELS, base], size: 7.8, face: 'italic', tone: 'soft' },
      total,
    ];
  }
  const shapes: Shape[] = [text];
  let x = LABELS;
  for (const outcome of outcomes) {
    const count = countOutcome(tests, outcome);
    if (count === 0) continue;
    const length = Math.max(2, count * unit - 1);
    shapes.push({ kind: 'segment', outcome, at: [x, y], width: length, height: BAR });
    if (length > FIGURE_ROOM) {
      if (outcome === 'not-tested') {
        shapes.push({ kind: 'box', at: [x + length / 2 - 5, y + 2], width: 10, height: 9, fill: 'white' });
      }
      const tone = outcome === 'exceptions' ? 'white' : 'ink';
      shapes.push({
        ...total,
        text: figure(count),
        at: [x, base],
        size: 7.8,
        tone,
        align: 'centre',
        width: length,
      });
    }
    x += length + 1;
  }
  return [...shapes, total];
}

function legend({ words }: ReportInput, y: number): readonly Shape[] {
  return outcomes.flatMap((mark, at): Shape[] => [
    { kind: 'mark', mark, at: [at * LEGEND_STEP + 4, y], radius: 4 },
    {
      kind: 'label',
      text: words.say(`outcomes.${mark}`),
      at: [at * LEGEND_STEP + 12, y + 3],
      size: 8,
      face: 'regular',
      tone: 'ink',
    },
  ]);
}
