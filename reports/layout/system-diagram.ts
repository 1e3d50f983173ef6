import type { Figure, Label, Shape, Tone } from './blocks.ts';
import type { ReportInput } from './view.ts';

const BOX_WIDTH = 118;
const HIGH = 46;
const LOW = 40;
const LOWER_ROW = 96;
const HEIGHT = 142;

/** People → gateway → targets, gateway → collector → log, and the paths that nobody sees. */
export function systemDiagram({ packet, words }: ReportInput): Figure {
  const { access } = packet;
  const say = (key: string): string => words.say(`scope.${key}`);
  const people = access === undefined ? say('unknownCount') : words.say('scope.peopleCount', { ...access });
  const targets = access === undefined ? say('unknownCount') : words.say('scope.targetsCount', { ...access });
  return {
    kind: 'figure',
    says: say('diagram'),
    height: () => HEIGHT,
    draw(width) {
      const middle = (width - BOX_WIDTH) / 2;
      const right = width - BOX_WIDTH;
      const half = BOX_WIDTH / 2;
      const arrow = (...points: [number, number][]): Shape => ({
        kind: 'path',
        points,
        tone: 'ink',
        weight: 0.9,
        arrow: true,
      });
      return [
        ...node([0, 6], HIGH, { fill: 'white', name: say('people'), line: people }),
        ...node([middle, 6], HIGH, { fill: 'head', name: say('gateway'), line: say('gatewayDoes') }),
        ...node([right, 6], HIGH, { fill: 'white', name: say('targets'), line: targets }),
        ...node([middle, LOWER_ROW], LOW, {
          fill: 'white',
          name: say('collector'),
          line: say('collectorDoes'),
        }),
        ...node([right, LOWER_ROW], LOW, { fill: 'head', name: say('logBox'), line: say('logIs') }),
        arrow([BOX_WIDTH, 29], [middle - 2, 29]),
        arrow([middle + BOX_WIDTH, 29], [right - 2, 29]),
        arrow([middle + half, 52], [middle + half, LOWER_ROW - 2]),
        arrow([middle + BOX_WIDTH, LOWER_ROW + 20], [right - 2, LOWER_ROW + 20]),
        {
          kind: 'path',
          points: [
            [half, 52],
            [half, 76],
            [right + half, 76],
            [right + half, 54],
          ],
          tone: 'exceptions',
          weight: 1,
          dashed: true,
        },
        {
          kind: 'label',
          text: say('direct'),
          at: [half + 6, 72],
          size: 7.4,
          face: 'italic',
          tone: 'exceptions',
        },
      ];
    },
  };
}

function node(
  at: readonly [number, number],
  height: number,
  { fill, name, line }: { fill: Tone; name: string; line: string },
): readonly Shape[] {
  const [x, y] = at;
  const centred = { align: 'centre', width: BOX_WIDTH } as const;
  const title: Label = {
    kind: 'label',
    text: name,
    at: [x, y + height / 2 - 4],
    size: 9,
    face: 'bold',
    tone: 'ink',
    ...centred,
  };
  const detail: Label = {
    ...title,
    text: line,
    at: [x, y + height / 2 + 9],
    size: 7.4,
    face: 'regular',
    tone: 'soft',
  };
  return [{ kind: 'box', at, width: BOX_WIDTH, height, fill, stroke: 'rule', weight: 0.8 }, title, detail];
}
