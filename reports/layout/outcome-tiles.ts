import { outcomes, type ControlResult } from '../../domain/evaluation.ts';
import type { Figure, Label, MarkKind, Shape } from './blocks.ts';
import { stateOf, testedControls, type ReportInput } from './view.ts';

const ACROSS = 10;
const TILE = 25;
const THEME = 14;
const GAP = 6;
const LEGEND = 18;
/** From this number of marks on they are drawn smaller. */
const MANY = 6;

const themes = ['organizational', 'people', 'physical', 'technological'] as const;
const legendMarks: readonly MarkKind[] = [...outcomes, 'no-evidence', 'not-applicable'];

/** A tile for each control with one mark for each of its tests. */
export function outcomeTiles(input: ReportInput): Figure {
  const { packet, words } = input;
  const { controls } = packet.evaluation;
  const groups = themes
    .map((theme) => ({ theme, controls: controls.filter((control) => control.theme === theme) }))
    .filter((group) => group.controls.length > 0);
  const failing = testedControls(packet).filter((control) =>
    control.tests.some((test) => test.outcome === 'exceptions'),
  );
  const height = groups.reduce((sum, group) => sum + heightOf(group.controls), 0) + LEGEND;
  return {
    kind: 'figure',
    says: words.say('results.tilesSay', {
      controls: controls.length,
      failing: failing.map(({ id }) => id).join(', ') || words.say('results.nothing'),
    }),
    height: () => height,
    draw(width) {
      const shapes: Shape[] = [];
      let y = 0;
      for (const group of groups) {
        const name = `${clauseOf(group.controls)} ${words.say(`themes.${group.theme}`)}`;
        shapes.push({ kind: 'label', text: name, at: [0, y + 9], size: 8, face: 'bold', tone: 'deep' });
        for (const [at, control] of group.controls.entries()) {
          const x = (at % ACROSS) * (width / ACROSS);
          shapes.push(
            ...tile(input, control, {
              x,
              y: y + THEME + Math.floor(at / ACROSS) * TILE,
              width: width / ACROSS,
            }),
          );
        }
        y += heightOf(group.controls);
      }
      return [...shapes, ...legend(input, y + 7)];
    },
  };
}

function heightOf(controls: readonly ControlResult[]): number {
  return THEME + Math.ceil(controls.length / ACROSS) * TILE + GAP;
}

/** `A.5` of `A.5.18`. */
function clauseOf(controls: readonly ControlResult[]): string {
  return controls[0]?.id.split('.').slice(0, 2).join('.') ?? '';
}

function tile(
  { packet }: ReportInput,
  control: ControlResult,
  { x, y, width }: { x: number; y: number; width: number },
): readonly Shape[] {
  const state = stateOf(packet, control);
  const tested = state === 'tested';
  const marks: readonly MarkKind[] = state === 'tested' ? control.tests.map((test) => test.outcome) : [state];
  const small = marks.length >= MANY;
  const step = Math.min(small ? 6.4 : 7.6, (width - 9) / marks.length);
  const label: Label = {
    kind: 'label',
    text: control.id,
    at: [x + 4.5, y + 9.6],
    size: 7.4,
    face: tested ? 'bold' : 'regular',
    tone: tested ? 'ink' : 'soft',
  };
  return [
    {
      kind: 'box',
      at: [x + 1, y],
      width: width - 2,
      height: TILE - 2,
      fill: tested ? 'white' : 'panel',
      stroke: 'rule',
      weight: 0.5,
    },
    ...marks.map((mark, at): Shape => ({
      kind: 'mark',
      mark,
      at: [x + 7.5 + at * step, y + 16.8],
      radius: small ? 2.6 : 3,
    })),
    label,
  ];
}

const LEGEND_STEPS = [0, 46, 118, 202, 274, 376];

function legend({ words }: ReportInput, y: number): readonly Shape[] {
  return legendMarks.flatMap((mark, at): Shape[] => {
    const x = LEGEND_STEPS[at] ?? 0;
    return [
      { kind: 'mark', mark, at: [x + 4, y], radius: 3.6 },
      {
        kind: 'label',
        text: words.say(`outcomes.${mark}`),
        at: [x + 12, y + 2.6],
        size: 7.8,
        face: 'regular',
        tone: 'ink',
      },
    ];
  });
}
