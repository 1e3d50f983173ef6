import type { MarkKind } from '../layout/blocks.ts';
import type { Outcome } from '../../domain/evaluation.ts';
import { colours } from './colours.ts';
import { circle, decimal, line, openPath, polygon, rectangle } from './operators.ts';

/** Where a mark's middle lies, and its radius; native coordinates. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Operators of a mark: its form tells the outcome, then its tone, then its hue. */
export function drawMark(kind: MarkKind, place: Place): string {
  return marks[kind](place);
}

const marks: Readonly<Record<MarkKind, (place: Place) => string>> = {
  pass: ({ x, y, radius: r }) =>
    `${colours.pass} rg ${circle(x, y, r)}f ${colours.white} RG ${decimal(r * 0.3)} w 1 J 1 j ` +
    `${openPath([
      [x - r * 0.45, y],
      [x - r * 0.1, y - r * 0.38],
      [x + r * 0.48, y + r * 0.4],
    ])}S 0 J 0 j\n`,
  exceptions: ({ x, y, radius: r }) =>
    `${colours.exceptions} rg ${polygon([
      [x, y + r * 1.08],
      [x + r * 1.12, y - r * 0.9],
      [x - r * 1.12, y - r * 0.9],
    ])}f ${colours.white} rg ${rectangle(x - r * 0.12, y - r * 0.25, r * 0.24, r * 0.75)}` +
    `${rectangle(x - r * 0.12, y - r * 0.64, r * 0.24, r * 0.24)}f\n`,
  'no-occurrence': ({ x, y, radius: r }) =>
    `${colours.white} rg ${colours.ink} RG ${decimal(r * 0.24)} w ${circle(x, y, r * 0.88)}B\n`,
  'not-tested': ({ x, y, radius: r }) => {
    const box = { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 };
    const frame = rectangle(box.x, box.y, box.width, box.height);
    return (
      `${colours.white} rg ${frame}f ${hatch(box, { step: r * 0.62, weight: r * 0.2 })}` +
      `${colours.soft} RG ${decimal(r * 0.18)} w ${frame}S\n`
    );
  },
  'no-evidence': ({ x, y, radius: r }) => `${colours.soft} rg ${circle(x, y, r * 0.36)}f\n`,
  'not-applicable': ({ x, y, radius: r }) =>
    `${colours.soft} RG ${decimal(r * 0.26)} w ${line(x - r * 0.7, y, x + r * 0.7, y)}`,
};

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Operators of a segment of a bar, in the tones of the marks. */
export function drawSegment(outcome: Outcome, box: Box): string {
  const { x, y, width, height } = box;
  const whole = rectangle(x, y, width, height);
  const frame = `0.7 w ${rectangle(x + 0.35, y + 0.35, width - 0.7, height - 0.7)}S\n`;
  const segments: Readonly<Record<Outcome, () => string>> = {
    pass: () => `${colours.pass} rg ${whole}f\n`,
    exceptions: () => `${colours.exceptions} rg ${whole}f\n`,
    'no-occurrence': () => `${colours.white} rg ${whole}f ${colours.ink} RG ${frame}`,
    'not-tested': () =>
      `${colours.white} rg ${whole}f ${hatch(box, { step: 3, weight: 0.6 })}${colours.soft} RG ${frame}`,
  };
  return segments[outcome]();
}

/** Slanted lines, clipped to the box. */
function hatch({ x, y, width, height }: Box, style: { step: number; weight: number }): string {
  let lines = '';
  for (let at = -height; at < width; at += style.step) lines += line(x + at, y, x + at + height, y + height);
  return `q ${rectangle(x, y, width, height)}W n ${colours.soft} RG ${decimal(style.weight)} w\n${lines}Q\n`;
}
