import type { CellStyle, Face, ParagraphStyle } from '../layout/blocks.ts';
import { colours, type Colour } from './colours.ts';

export interface Style {
  readonly face: Face;
  readonly size: number;
  readonly leading: number;
  readonly colour: Colour;
  readonly before: number;
  readonly after: number;
  readonly kerned: boolean;
}

export const margins = { left: 54, right: 54, top: 70, bottom: 60 } as const;

/** Space inside a cell: at the sides, and above the first line. */
export const cellPadding = { side: 4, top: 2.75, headTop: 3.5 } as const;

const style = (face: Face, size: number, leading: number, rest: Partial<Style> = {}): Style => ({
  face,
  size,
  leading,
  colour: colours.ink,
  before: 0,
  after: 0,
  kerned: true,
  ...rest,
});

export const headings = {
  chapter: style('bold', 22, 28, { colour: colours.deep, after: 14 }),
  part: style('bold', 13.5, 18, { colour: colours.deep, before: 15, after: 5 }),
  small: style('bold', 9.5, 13, { before: 11, after: 4 }),
} as const;

export const paragraphs = {
  body: style('regular', 9.2, 13.2, { after: 6 }),
  note: style('regular', 8.4, 12, { after: 4 }),
  small: style('regular', 8, 11, { colour: colours.soft, after: 4 }),
  caption: style('regular', 8, 11, { colour: colours.soft, after: 5 }),
} as const satisfies Record<ParagraphStyle, Style>;

export const cells = {
  cell: style('regular', 7.8, 10, { kerned: false }),
  identifier: style('mono', 6.9, 10, { kerned: false }),
  command: style('mono', 7.2, 10.6, { kerned: false }),
} as const satisfies Record<CellStyle, Style>;

export const tableHead = style('bold', 7.4, 10, { kerned: false });
export const groupLine = style('bold', 7.8, 10, { colour: colours.deep, kerned: false });
export const listingStyles = {
  title: style('bold', 7.2, 10),
  label: style('regular', 6.8, 8.8, { kerned: false }),
  text: style('mono', 6.5, 8.8, { colour: colours.soft, kerned: false }),
} as const;
export const furnitureStyle = style('regular', 7.5, 10, { colour: colours.soft });
export const panelLabel = style('bold', 8.4, 12);

/** Distance from the top of a line box to its base line. */
export function baseline({ leading, size }: Style): number {
  return (leading - size) / 2 + size * 0.79;
}
