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
  const write = (entry: ContentsLine, at: { x: number; y: number; width: number }, style: Style): void =>
    writeLine(flow, list, { entry, style, says: options.leads(entry.text, entry.page), ...at });
  let y = flow.y + 8;
  for (const entry of lines.filter(({ level }) => level === 1)) {
    write(entry, { x: margins.left, y, width: flow.width }, chapterLine);
    y += chapterLine.leading;
  }
  y += 16;
  const parts = lines.filter(({ level }) => level === 2);
  const column = (flow.width - GUTTER) / 2;
  const half = Math.ceil(parts.length / 2);
  // All 93 controls fit: the lines move together instead of running off the page.
  const leading = Math.min(partLine.leading, (flow.bottom - y) / Math.max(1, half));
  for (const [at, entry] of parts.entries()) {
    const x = margins.left + (at < half ? 0 : column + GUTTER);
    write(entry, { x, y: y + (at % half) * leading, width: column }, partLine);
  }
  structure.close(list);
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
  const [first] = flow.lines(entry.text, style, width - 30);
  document.text([...(first?.parts ?? []), ...spaceOf(document, style.face)], x, y, style.size, style.colour);
  flow.put(String(entry.page), style, { x, y, align: 'right', width });
  document.end();
  document.link({ left: x, top: y - 9, right: x + width, bottom: y + 3 }, entry.target, says, link);
  for (const element of [link, reference, item]) structure.close(element);
  const under = document.page.height - y - 3.4;
  document.under(`${colours.hair} RG 0.4 w ${line(x, under, x + width, under)}`);
}
