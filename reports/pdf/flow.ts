import type { Face, Heading, Paragraph } from '../layout/blocks.ts';
import type { PdfDocument } from './document.ts';
import type { KitOutline } from './kit.ts';
import { breakLines, type Line } from './lines.ts';
import type { Element, Tag } from './structure.ts';
import { baseline, headings, margins, paragraphs, type Style } from './styles.ts';

/** Where the next block goes. */
export interface Flow {
  readonly document: PdfDocument;
  /** Points from the top of the page. */
  y: number;
  readonly width: number;
  readonly bottom: number;
  room(height: number): boolean;
  /** Starts a page unless this height is left. */
  ensure(height: number): void;
  newPage(): void;
  lines(text: string, style: Style, width?: number): Line[];
  /** Draws one line inside marked content and returns its width. */
  put(text: string, style: Style, place: Placement): number;
}

interface Placement {
  readonly x: number;
  /** Base line. */
  readonly y: number;
  readonly align?: 'right' | 'centre';
  readonly width?: number;
  /** A space after the text, so that extraction keeps it apart from what follows. */
  readonly spaced?: boolean;
}

/** Wider than any line that is put in one piece. */
const UNBROKEN = 100_000;

export function createFlow(document: PdfDocument): Flow {
  const flow: Flow = {
    document,
    y: margins.top,
    get width() {
      return document.page.width - margins.left - margins.right;
    },
    get bottom() {
      return document.page.height - margins.bottom;
    },
    room: (height) => flow.y + height <= flow.bottom,
    ensure(height) {
      if (!flow.room(height)) flow.newPage();
    },
    newPage() {
      document.newPage();
      flow.y = margins.top;
    },
    lines: (text, style, width = flow.width) => breakLines(document.faces, text, { ...style, width }),
    put(text, style, { x, y, align, width = 0, spaced }) {
      const line = flow.lines(text, style, UNBROKEN)[0];
      if (line === undefined) return 0;
      const shift = align === undefined ? 0 : (width - line.width) / (align === 'centre' ? 2 : 1);
      const parts = spaced === true ? [...line.parts, ...spaceOf(document, style.face)] : line.parts;
      document.text(parts, x + shift, y, style.size, style.colour);
      return line.width;
    },
  };
  return flow;
}

export function spaceOf(document: PdfDocument, face: Face): Line['parts'] {
  return document.faces.space(face).parts;
}

/** Room before a block, unless it stands first on its page. */
function spaceBefore(flow: Flow, { before }: Style): void {
  if (flow.y > margins.top + 1) flow.y += before;
}

/** Lines that stay together at the foot and at the head of a page. */
const KEPT_LINES = 2;

/** One element, over as many pages as it takes. */
export function writeParagraph(flow: Flow, parent: Element, { text, style: name = 'body' }: Paragraph): void {
  const { document } = flow;
  const style = paragraphs[name];
  const lines = flow.lines(text, style);
  spaceBefore(flow, style);
  flow.ensure((lines.length <= KEPT_LINES + 1 ? lines.length : KEPT_LINES) * style.leading);
  const element = document.structure.open('P', parent);
  let from = 0;
  while (from < lines.length) {
    const rest = lines.length - from;
    let count = Math.min(rest, Math.floor((flow.bottom - flow.y + 0.01) / style.leading));
    if (count < rest && rest - count < KEPT_LINES && count > KEPT_LINES) count -= 1;
    document.mark(element);
    for (const line of lines.slice(from, from + count)) {
      document.text(line.parts, margins.left, flow.y + baseline(style), style.size, style.colour);
      flow.y += style.leading;
    }
    document.end();
    from += count;
    if (from < lines.length) flow.newPage();
  }
  document.structure.close(element);
  flow.y += style.after;
}

export interface HeadingOptions {
  readonly tag: Tag;
  readonly text: string;
  readonly style: Style;
  /** Points that have to fit below it on the same page. */
  readonly keep: number;
  readonly target?: string;
  /** Adds a bookmark, under this one if given. */
  readonly bookmark?: { readonly under: KitOutline | null };
}

/** Returns the bookmark, if one was asked for. */
export function writeTitle(flow: Flow, parent: Element, options: HeadingOptions): KitOutline | null {
  const { tag, text, style, keep, target, bookmark } = options;
  const { document } = flow;
  const lines = flow.lines(text, style);
  spaceBefore(flow, style);
  flow.ensure(lines.length * style.leading + style.after + keep);
  if (target !== undefined) document.destination(target, flow.y);
  const item = bookmark === undefined ? null : document.bookmark(bookmark.under, text, flow.y);
  document.begin(tag, parent);
  for (const line of lines) {
    document.text(line.parts, margins.left, flow.y + baseline(style), style.size, style.colour);
    flow.y += style.leading;
  }
  document.end();
  flow.y += style.after;
  return item;
}

/** Room below a heading when it asks for none. */
const KEEP = 90;

export function writeHeading(flow: Flow, parent: Element, { level, small, text, keep }: Heading): void {
  const style = level === 3 || small === true ? headings.small : headings.part;
  writeTitle(flow, parent, { tag: `H${level}`, text, style, keep: keep ?? KEEP });
}
