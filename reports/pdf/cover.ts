import type { Cover } from '../layout/blocks.ts';
import { colours, type Colour } from './colours.ts';
import type { Flow } from './flow.ts';
import { drawMark } from './marks.ts';
import { line, rectangle } from './operators.ts';
import type { Element, Tag } from './structure.ts';
import { margins, type Style } from './styles.ts';

/** Height of the dark part. */
const TOP = 372;
const FACTS_AT = 150;

/** The first page: what this is, about whom and when, and the counts of outcomes. */
export function writeCover(flow: Flow, cover: Cover): void {
  const { document } = flow;
  document.newPage();
  document.destination('cover', 14);
  const sect = document.structure.open('Sect', document.top, { title: cover.title });
  const { width, height } = document.page;
  document.under(`${colours.deep} rg ${rectangle(0, height - TOP, width, TOP)}f ${tree(width, height)}`);
  document.under(`${colours.accent} rg ${rectangle(margins.left, height - 196, 34, 3)}f `);
  const put = (tag: Tag, text: string, y: number, style: Style): void => {
    document.begin(tag, sect);
    flow.put(text, style, { x: margins.left, y });
    document.end();
  };
  put('P', cover.brand, 72, plain('bold', 13, colours.white));
  put('H1', cover.title, 242, plain('bold', 36, colours.white));
  put('P', cover.subtitle, 272, plain('regular', 14, colours.white));
  put('P', cover.line, 292, plain('regular', 11, colours.pale));
  put('P', cover.period, 336, plain('bold', 11, colours.white));
  writeFacts(flow, sect, cover);
  writeCounts(flow, sect, cover);
  put('P', cover.closing, height - 72, plain('regular', 9, colours.ink));
  document.structure.close(sect);
}

function plain(face: Style['face'], size: number, colour: Colour): Style {
  return { face, size, leading: size * 1.35, colour, before: 0, after: 0, kerned: true };
}

function writeFacts(flow: Flow, sect: Element, { facts }: Cover): void {
  const { document } = flow;
  const value = plain('regular', 10, colours.ink);
  let y = TOP + 40;
  for (const [label, text] of facts) {
    const lines = flow.lines(text, value, document.page.width - FACTS_AT - margins.right);
    document.begin('P', sect);
    flow.put(label, plain('regular', 9, colours.soft), { x: margins.left, y, spaced: true });
    for (const { parts } of lines) {
      document.text(parts, FACTS_AT, y, value.size, value.colour);
      y += value.leading;
    }
    document.end();
    y += 8;
  }
}

function writeCounts(flow: Flow, sect: Element, { counts }: Cover): void {
  const { document } = flow;
  const { height } = document.page;
  const y = height - 128;
  const each = flow.width / counts.length;
  for (const [at, { mark, count, word }] of counts.entries()) {
    const x = margins.left + at * each;
    document.under(
      `${colours.rule} RG 0.6 w ${line(x, height - y + 26, x + each - 12, height - y + 26)}` +
        drawMark(mark, { x: x + 7, y: height - y - 4, radius: 7 }),
    );
    document.begin('P', sect);
    flow.put(count, plain('bold', 20, colours.ink), { x: x + 20, y: y + 10, spaced: true });
    flow.put(word, plain('regular', 8, colours.soft), { x: x + 20, y: y + 24 });
    document.end();
  }
}

const LEVELS = 6;
const LEAVES = 64;
/** The leaf whose path is bright. */
const BRIGHT = 41;

/** A hash tree with the path of one leaf, as ornament. */
function tree(width: number, height: number): string {
  const left = width - 268;
  const step = (width - 30 - left) / LEAVES;
  const rise = 36;
  const base = height - TOP + 30;
  const dim: string[] = [];
  const bright: string[] = [];
  for (let level = 0; level < LEVELS; level += 1) {
    const spread = step * 2 ** level;
    for (let node = 0; node < LEAVES >> level; node += 1) {
      const x = left + (node + 0.5) * spread;
      const above = left + ((node >> 1) + 0.5) * spread * 2;
      const y = base + level * rise;
      const hot = BRIGHT >> level === node;
      const size = hot ? 3.6 : 2;
      const path = line(x, y, above, y + rise);
      const dot = `${rectangle(x - size / 2, y - size / 2, size, size)}f\n`;
      (hot ? bright : dim).push(
        hot
          ? `${colours.accent} RG 1.1 w ${path}${colours.accent} rg ${dot}`
          : `${colours.treeLine} RG 0.5 w ${path}${colours.treeNode} rg ${dot}`,
      );
    }
  }
  return [...dim, ...bright].join('');
}
