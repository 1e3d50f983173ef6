import type { Cell, Column, Group, Row, Table } from '../layout/blocks.ts';
import { colours } from './colours.ts';
import type { Flow } from './flow.ts';
import type { Line } from './lines.ts';
import { drawMark } from './marks.ts';
import { line, rectangle } from './operators.ts';
import type { Element } from './structure.ts';
import {
  baseline,
  cellPadding,
  cells,
  groupLine,
  margins,
  paragraphs,
  tableHead,
  type Style,
} from './styles.ts';

export interface TableOptions {
  /** Words for a group that runs on to another page. */
  readonly continued: (text: string) => string;
}

/**
 * A table of any length: its head is repeated on each page, no row is split, and rows are written as they come. Memory
 * grows by the number of each row's object alone.
 */
export async function writeTable(
  flow: Flow,
  parent: Element,
  table: Table,
  options: TableOptions,
): Promise<void> {
  const { document } = flow;
  const { structure } = document;
  const layout = layOut(flow, table.columns);
  const element = structure.open('Table', parent, { title: table.title });
  if (table.caption !== undefined) writeCaption(flow, element, table.caption, layout.headHeight + KEPT_ROWS);
  flow.ensure(layout.headHeight + KEPT_ROWS);
  const head = structure.open('THead', element);
  writeHead(flow, layout, head);
  structure.close(head);
  const body = structure.open('TBody', element);
  let group = '';
  let rows = 0;
  const nextPage = (): void => {
    flow.newPage();
    repeatHead(flow, layout, group === '' ? '' : options.continued(group));
  };
  for await (const row of table.rows) {
    if ('group' in row) {
      group = '';
      if (!flow.room(GROUP_HEIGHT + KEPT_ROWS)) nextPage();
      group = row.group;
      writeGroup(flow, body, row, table.columns.length);
      continue;
    }
    const prepared = prepare(flow, layout, row);
    if (!flow.room(prepared.height)) nextPage();
    writeRow(flow, layout, body, prepared);
    rows += 1;
    if (rows % ROWS_BETWEEN_DRAINS === 0) await document.drain();
  }
  structure.close(body);
  structure.close(element);
  rule(flow, colours.rule, 0.9);
  flow.y += SPACE_AFTER;
}

/** Height that is kept for the first rows under a head or a group line. */
const KEPT_ROWS = 52;
const GROUP_HEIGHT = 16;
const SPACE_AFTER = 10;
const ROWS_BETWEEN_DRAINS = 64;
const MARK_ROOM = 11;
const MARK_RADIUS = 3.4;

interface Place {
  readonly column: Column;
  readonly x: number;
  readonly width: number;
  readonly style: Style;
  readonly head: readonly Line[];
}

interface Layout {
  readonly places: readonly Place[];
  readonly headHeight: number;
}

function layOut(flow: Flow, columns: readonly Column[]): Layout {
  const fixed = columns.reduce((sum, { width }) => sum + (typeof width === 'number' ? width : 0), 0);
  const shares = columns.reduce((sum, { width }) => sum + (typeof width === 'number' ? 0 : width.share), 0);
  let x: number = margins.left;
  const places = columns.map((column): Place => {
    const width =
      typeof column.width === 'number' ? column.width : ((flow.width - fixed) * column.width.share) / shares;
    const style = { ...cells[column.style ?? 'cell'], kerned: column.prose === true };
    const head = flow.lines(column.head, tableHead, width - 2 * cellPadding.side);
    const place = { column, x, width, style, head };
    x += width;
    return place;
  });
  const lines = Math.max(...places.map(({ head }) => head.length));
  return { places, headHeight: lines * tableHead.leading + 2 * cellPadding.headTop };
}

function rule(flow: Flow, colour: string, weight: number): void {
  const { document } = flow;
  const y = document.page.height - flow.y;
  document.under(`${colour} RG ${weight} w ${line(margins.left, y, margins.left + flow.width, y)}`);
}

function ground(flow: Flow, colour: string, height: number): void {
  const { document } = flow;
  const y = document.page.height - flow.y - height;
  document.under(`${colour} rg ${rectangle(margins.left, y, flow.width, height)}f `);
}

function writeCaption(flow: Flow, table: Element, text: string, keep: number): void {
  const { document } = flow;
  const style = paragraphs.caption;
  const lines = flow.lines(text, style);
  flow.ensure(lines.length * style.leading + keep);
  const caption = document.structure.open('Caption', table);
  document.mark(caption);
  for (const { parts } of lines) {
    document.text(parts, margins.left, flow.y + baseline(style), style.size, style.colour);
    flow.y += style.leading;
  }
  document.end();
  document.structure.close(caption);
  flow.y += 2;
}

function writeHead(flow: Flow, layout: Layout, parent: Element): void {
  const { document } = flow;
  groundOfHead(flow, layout);
  const row = document.structure.open('TR', parent);
  for (const place of layout.places) {
    document.begin('TH', row, { scope: 'Column' });
    writeHeadCell(flow, layout, place);
    document.end();
  }
  document.structure.close(row);
  flow.y += layout.headHeight;
}

/** On a further page the head is decoration: the reader of the structure has met it. */
function repeatHead(flow: Flow, layout: Layout, group: string): void {
  const { document } = flow;
  groundOfHead(flow, layout);
  document.draw('/Artifact<</Type/Pagination>>BDC\n');
  for (const place of layout.places) writeHeadCell(flow, layout, place);
  flow.y += layout.headHeight;
  if (group !== '') writeGroupText(flow, group, { ...groupLine, colour: colours.soft });
  document.draw('EMC\n');
}

function groundOfHead(flow: Flow, { headHeight }: Layout): void {
  ground(flow, colours.head, headHeight);
  rule(flow, colours.deep, 0.9);
}

function writeHeadCell(flow: Flow, { headHeight }: Layout, place: Place): void {
  const first = headHeight - cellPadding.headTop - place.head.length * tableHead.leading;
  writeLines(flow, place, { lines: place.head, style: tableHead, top: flow.y + first, indent: 0 });
}

function writeGroup(flow: Flow, body: Element, { group }: Group, span: number): void {
  const { document } = flow;
  const row = document.structure.open('TR', body);
  document.begin('TH', row, { scope: 'Row', span });
  writeGroupText(flow, group, groupLine);
  document.end();
  document.structure.close(row);
}

function writeGroupText(flow: Flow, text: string, style: Style): void {
  ground(flow, colours.panel, GROUP_HEIGHT);
  flow.put(text, style, { x: margins.left + cellPadding.side, y: flow.y + 11 });
  flow.y += GROUP_HEIGHT;
}

interface PreparedCell {
  readonly cell: Cell;
  readonly lines: readonly Line[];
  readonly style: Style;
}

interface PreparedRow {
  readonly cells: readonly PreparedCell[];
  readonly height: number;
}

function prepare(flow: Flow, { places }: Layout, row: Row): PreparedRow {
  const prepared = places.map((place, at): PreparedCell => {
    const given = row[at] ?? '';
    const cell: Cell = typeof given === 'string' ? { text: given } : given;
    const base = cell.style === undefined ? place.style : cells[cell.style];
    const style = cell.soft === true ? { ...base, colour: colours.soft } : base;
    const width = place.width - 2 * cellPadding.side - (cell.mark === undefined ? 0 : MARK_ROOM);
    return { cell, style, lines: cell.text === '' ? [] : flow.lines(cell.text, style, width) };
  });
  const height = Math.max(...prepared.map(({ lines, style }) => lines.length * style.leading));
  return { cells: prepared, height: height + 2 * cellPadding.top };
}

function writeRow(flow: Flow, { places }: Layout, body: Element, row: PreparedRow): void {
  const { document } = flow;
  const element = document.structure.open('TR', body);
  for (const [at, prepared] of row.cells.entries()) {
    const place = places[at];
    if (place !== undefined) writeCell(flow, place, element, prepared);
  }
  document.structure.close(element);
  flow.y += row.height;
  rule(flow, colours.hair, 0.5);
}

function writeCell(flow: Flow, place: Place, row: Element, { cell, lines, style }: PreparedCell): void {
  const { document } = flow;
  const tag = place.column.names === true ? 'TH' : 'TD';
  const attributes = place.column.names === true ? ({ scope: 'Row' } as const) : {};
  const top = flow.y + cellPadding.top;
  const indent = cell.mark === undefined ? 0 : MARK_ROOM;
  if (cell.mark !== undefined) {
    const y = document.page.height - (top + style.leading / 2);
    document.under(drawMark(cell.mark, { x: place.x + cellPadding.side + 3.6, y, radius: MARK_RADIUS }));
  }
  if (cell.link === undefined) {
    document.begin(tag, row, attributes);
    writeLines(flow, place, { lines, style, top, indent });
    document.end();
    return;
  }
  const element = document.structure.open(tag, row, attributes);
  const link = document.structure.open('Link', element);
  document.mark(link);
  writeLines(flow, place, { lines, style: { ...style, colour: colours.link }, top, indent });
  document.end();
  const left = place.x + cellPadding.side;
  const right = left + Math.max(0, ...lines.map(({ width }) => width));
  const area = { left, top, right, bottom: top + lines.length * style.leading };
  document.link(area, cell.link.target, cell.link.says, link);
  document.structure.close(link);
  document.structure.close(element);
}

interface Text {
  readonly lines: readonly Line[];
  readonly style: Style;
  readonly top: number;
  readonly indent: number;
}

function writeLines(flow: Flow, { column, x, width }: Place, { lines, style, top, indent }: Text): void {
  for (const [at, { parts, width: used }] of lines.entries()) {
    const left =
      column.align === 'right' ? x + width - cellPadding.side - used : x + cellPadding.side + indent;
    const y = top + at * style.leading + baseline(style);
    flow.document.text(parts, left, y, style.size, style.colour);
  }
}
