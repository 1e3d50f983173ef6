import { colours } from './colours.ts';
import { spaceOf, type Flow } from './flow.ts';
import { line, rectangle } from './operators.ts';
import type { Element } from './structure.ts';
import { headings, margins, type Style } from './styles.ts';

/** A line of the contents. */
export interface ContentsLine {
  readonly text: string;
  readonly target: string;
  readonly page: number;
  readonly level: 1 | 2;
}

export interface ContentsOptions {
  readonly title: string;
  readonly leads: (text: string, page: number) => string;
}

const chapterLine: Style = {
  face: 'bold',
  size: 9.5,
  leading: 17,
  colour: colours.ink,
  before: 0,
  after: 0,
  kerned: true,
};
const partLine: Style = { ...chapterLine, face: 'regular', size: 7.6, leading: 11.6 };
const GUTTER = 20;
const NUMBER_ROOM = 26;

/** Fills the page that was held for it: chapters, then the parts in two columns, each with its page and a link. */
export function writeContents(
  flow: Flow,
  sect: Element,
  lines: readonly ContentsLine[],
  options: ContentsOptions,
): void {
  const { document } = flow;
  const { structure } = document;
  flow.y = margins.top;
  document.begin('H1', sect);
  flow.put(options.title, headings.chapter, { x: margins.left, y: flow.y + 21 });
  document.end();
  chapterBar(flow);
  flow.y += headings.chapter.leading + headings.chapter.after;
  const list = structure.open('TOC', sect);
  const write: WriteEntry = (entry, at, style) =>
    writeLine(flow, list, { entry, style, says: options.leads(entry.text, entry.page), ...at });
  let y = flow.y + 8;
  for (const entry of lines.filter(({ level }) => level === 1)) {
    write(entry, { x: margins.left, y, width: flow.width }, chapterLine);
    y += chapterLine.leading;
  }
  y += 16;
  const parts = lines.filter(({ level }) => level === 2);
  writeParts(flow, parts, { top: y, write });
  structure.close(list);
}

type WriteEntry = (
  entry: ContentsLine,
  at: { readonly x: number; readonly y: number; readonly width: number },
  style: Style,
) => void;

/** Two columns of as many lines each; titles that are too long take two. */
function writeParts(
  flow: Flow,
  parts: readonly ContentsLine[],
  { top, write }: { top: number; write: WriteEntry },
): void {
  const width = (flow.width - GUTTER) / 2;
  const counts = parts.map(({ text }) => flow.lines(text, partLine, width - NUMBER_ROOM).length);
  const half = Math.ceil(counts.reduce((sum, count) => sum + count, 0) / 2);
  // All 93 controls fit: the lines move together instead of running off the page.
  const leading = Math.min(partLine.leading, (flow.bottom - top) / Math.max(1, half + 1));
  let [x, line]: [number, number] = [margins.left, 0];
  for (const [at, entry] of parts.entries()) {
    if (line >= half && x === margins.left) [x, line] = [margins.left + width + GUTTER, 0];
    write(entry, { x, y: top + line * leading, width }, { ...partLine, leading });
    line += counts[at] ?? 1;
  }
}

/** The short bar above a chapter's title, at the flow's place. */
export function chapterBar(flow: Flow): void {
  const { document } = flow;
  const y = document.page.height - flow.y + 5;
  document.under(`${colours.deep} rg ${rectangle(margins.left, y, 34, 3)}f `);
}

interface LineOptions {
  readonly entry: ContentsLine;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly style: Style;
  readonly says: string;
}

function writeLine(flow: Flow, list: Element, { entry, x, y, width, style, says }: LineOptions): void {
  const { document } = flow;
  const { structure } = document;
  const item = structure.open('TOCI', list);
  const reference = structure.open('Reference', item);
  const link = structure.open('Link', reference);
  document.mark(link);
  const lines = flow.lines(entry.text, style, width - NUMBER_ROOM);
  const last = y + (lines.length - 1) * style.leading;
  for (const [at, { parts }] of lines.entries()) {
    const spaced = [...parts, ...spaceOf(document, style.face)];
    document.text(spaced, x, y + at * style.leading, style.size, style.colour);
  }
  flow.put(String(entry.page), style, { x, y: last, align: 'right', width });
  document.end();
  document.link({ left: x, top: y - 9, right: x + width, bottom: last + 3 }, entry.target, says, link);
  for (const element of [link, reference, item]) structure.close(element);
  const under = document.page.height - last - 3.4;
  document.under(`${colours.hair} RG 0.4 w ${line(x, under, x + width, under)}`);
}
