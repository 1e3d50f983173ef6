import type { Listing, Panel } from '../layout/blocks.ts';
import { colours } from './colours.ts';
import type { Flow } from './flow.ts';
import { rectangle } from './operators.ts';
import type { Element } from './structure.ts';
import { baseline, listingStyles, margins, panelLabel, paragraphs } from './styles.ts';

/** Width of the labels at the left. */
const LABELS = 90;
const INSET = 10;

/** A tinted box with a label and a sentence; never split. */
export function writePanel(flow: Flow, parent: Element, { label, text }: Panel): void {
  const { document } = flow;
  const style = paragraphs.note;
  const lines = flow.lines(text, style, flow.width - LABELS - INSET);
  const height = lines.length * style.leading + 10;
  flow.ensure(height + 4);
  const bottom = document.page.height - flow.y - height;
  document.under(
    `${colours.panel} rg ${rectangle(margins.left, bottom, flow.width, height)}f ` +
      `${colours.ink} rg ${rectangle(margins.left, bottom, 2.4, height)}f `,
  );
  const top = flow.y + 5 + baseline(style);
  document.begin('P', parent);
  flow.put(label, panelLabel, { x: margins.left + INSET, y: top, spaced: true });
  for (const [at, { parts }] of lines.entries()) {
    document.text(parts, margins.left + LABELS, top + at * style.leading, style.size, style.colour);
  }
  document.end();
  flow.y += height + 6;
}

/** A framed list; kept whole when it fits a page, else its frame is drawn page by page. */
export function writeListing(flow: Flow, parent: Element, { title, items }: Listing): void {
  const { document } = flow;
  const { structure } = document;
  const { text, label } = listingStyles;
  const laid = items.map(([name, line]) => ({
    name,
    lines: flow.lines(line, text, flow.width - LABELS - INSET),
  }));
  const height = laid.reduce((sum, { lines }) => sum + lines.length * text.leading, 0) + HEAD + FOOT;
  flow.ensure(Math.min(height, flow.bottom - margins.top));
  let top = flow.y;
  const frame = (): void => {
    const bottom = document.page.height - flow.y - FOOT;
    const box = rectangle(margins.left + 0.3, bottom, flow.width - 0.6, flow.y + FOOT - top);
    document.under(`${colours.rule} RG 0.6 w ${box}S\n`);
  };
  document.begin('P', parent);
  flow.put(title, listingStyles.title, { x: margins.left + INSET, y: flow.y + 12 });
  document.end();
  flow.y += HEAD;
  const list = structure.open('L', parent);
  for (const { name, lines } of laid) {
    if (!flow.room(lines.length * text.leading + FOOT)) {
      frame();
      flow.newPage();
      top = flow.y;
      flow.y += FOOT;
    }
    const item = structure.open('LI', list);
    const body = structure.open('LBody', item);
    document.mark(body);
    const y = flow.y + baseline(text);
    if (name !== '') flow.put(name, label, { x: margins.left + INSET, y, spaced: true });
    for (const [at, { parts }] of lines.entries()) {
      document.text(parts, margins.left + LABELS, y + at * text.leading, text.size, text.colour);
    }
    document.end();
    structure.close(body);
    structure.close(item);
    flow.y += lines.length * text.leading;
  }
  structure.close(list);
  frame();
  flow.y += FOOT + 8;
}

/** Heights of a listing's title and of the room below its last line. */
const HEAD = 17;
const FOOT = 5;
