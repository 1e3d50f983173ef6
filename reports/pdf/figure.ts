import type { Face, Figure, Point, Shape } from '../layout/blocks.ts';
import { colours } from './colours.ts';
import type { Flow } from './flow.ts';
import { drawMark, drawSegment } from './marks.ts';
import { decimal, openPath, polygon, rectangle } from './operators.ts';
import type { Element } from './structure.ts';
import { margins, type Style } from './styles.ts';

/** Draws a figure as one piece of content with its description; never split. */
export function writeFigure(flow: Flow, parent: Element, figure: Figure): void {
  const { document } = flow;
  const height = figure.height(flow.width);
  flow.ensure(height);
  const top = document.page.height - flow.y;
  const box = [margins.left, top - height, margins.left + flow.width, top] as const;
  document.begin('Figure', parent, { alt: figure.says, box });
  for (const shape of figure.draw(flow.width)) drawShape(flow, shape);
  document.end();
  flow.y += height + SPACE_AFTER;
}

const SPACE_AFTER = 8;
const ARROW_LENGTH = 5;
const ARROW_ANGLE = 0.4;

function drawShape(flow: Flow, shape: Shape): void {
  const { document } = flow;
  const native = ([x, y]: Point): [number, number] => [margins.left + x, document.page.height - flow.y - y];
  switch (shape.kind) {
    case 'label': {
      const [x, y] = [margins.left + shape.at[0], flow.y + shape.at[1]];
      const style = labelStyle(shape.face, shape.size, colours[shape.tone]);
      flow.put(shape.text, style, { ...shape, x, y, spaced: true });
      return;
    }
    case 'box': {
      const [x, y] = native(shape.at);
      const path = rectangle(x, y - shape.height, shape.width, shape.height);
      const stroke =
        shape.stroke === undefined ? '' : `${colours[shape.stroke]} RG ${decimal(shape.weight ?? 0.5)} w `;
      document.draw(`${colours[shape.fill]} rg ${stroke}${path}${stroke === '' ? 'f' : 'B'}\n`);
      return;
    }
    case 'path':
      document.draw(pathOperators(shape.points.map(native), shape));
      return;
    case 'mark': {
      const [x, y] = native(shape.at);
      document.draw(drawMark(shape.mark, { x, y, radius: shape.radius }));
      return;
    }
    case 'segment': {
      const [x, y] = native(shape.at);
      document.draw(drawSegment(shape.outcome, { ...shape, x, y: y - shape.height }));
      return;
    }
  }
}

function labelStyle(face: Face, size: number, colour: Style['colour']): Style {
  return { face, size, leading: size, colour, before: 0, after: 0, kerned: true };
}

function pathOperators(points: readonly [number, number][], shape: Extract<Shape, { kind: 'path' }>): string {
  const colour = colours[shape.tone];
  const dash = shape.dashed === true ? ['[3 3] 0 d ', '[] 0 d '] : ['', ''];
  const path = `${dash[0]}${colour} RG ${decimal(shape.weight)} w ${openPath(points)}S ${dash[1]}`;
  const [before, last] = points.slice(-2);
  if (shape.arrow !== true || before === undefined || last === undefined) return `${path}\n`;
  const angle = Math.atan2(last[1] - before[1], last[0] - before[0]);
  const wing = (turn: number): [number, number] => [
    last[0] - ARROW_LENGTH * Math.cos(angle + turn),
    last[1] - ARROW_LENGTH * Math.sin(angle + turn),
  ];
  return `${path}${colour} rg ${polygon([last, wing(ARROW_ANGLE), wing(-ARROW_ANGLE)])}f\n`;
}
