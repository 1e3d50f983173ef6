import type { Writable } from 'node:stream';
import type { Block, Chapter, Many, Report, Section } from '../layout/blocks.ts';
import { writeListing, writePanel } from './boxes.ts';
import { colours } from './colours.ts';
import { chapterBar, writeContents, type ContentsLine } from './contents.ts';
import { writeCover } from './cover.ts';
import { openDocument } from './document.ts';
import { writeFigure } from './figure.ts';
import { createFlow, writeHeading, writeParagraph, writeTitle, type Flow } from './flow.ts';
import { totalOperators, writeFurniture } from './furniture.ts';
import type { KitOutline } from './kit.ts';
import { line } from './operators.ts';
import type { Element } from './structure.ts';
import { furnitureStyle, headings, margins } from './styles.ts';
import { writeTable } from './table.ts';

export interface WrittenReport {
  readonly pages: number;
  /** Structure elements. */
  readonly elements: number;
}

/**
 * Writes a report as PDF/A-3a and PDF/UA-1 to `out`, in one pass: blocks are asked for as they are drawn, and only the
 * page of contents stays open to the end. The same report gives the same bytes. Rejects when `out` fails.
 */
export async function writeReport(report: Report, out: Writable): Promise<WrittenReport> {
  const failed = new Promise<never>((_, reject) => {
    out.on('error', reject);
  });
  return Promise.race([write(report, out), failed]);
}

interface Work {
  readonly flow: Flow;
  readonly report: Report;
  readonly contents: ContentsLine[];
  /** Bookmark that sections go under. */
  bookmark: KitOutline | null;
}

async function write(report: Report, out: Writable): Promise<WrittenReport> {
  const document = openDocument({ ...report, out });
  const { structure } = document;
  const flow = createFlow(document);
  const work: Work = { flow, report, contents: [], bookmark: null };
  writeCover(flow, report.cover);
  const { furniture, expectedPages } = report;
  document.onPage((page) => writeFurniture(flow, page, { ...furniture, expectedPages }));
  flow.newPage();
  const contents = structure.open('Sect', document.top, { title: furniture.contents });
  const held = document.hold();
  for (const chapter of report.chapters) await writeChapter(work, chapter);
  if (report.signature !== null) document.signatureField(report.signature);
  const { pages } = document;
  document.resume(held);
  const { leads, contents: title } = furniture;
  writeContents(flow, contents, work.contents, { title, leads });
  structure.close(contents);
  for (const attachment of report.attachments) document.attach(attachment);
  const font = document.faces.font(furnitureStyle.face);
  await document.finish({ operators: totalOperators(flow, document, furniture.of(pages)), font });
  return { pages, elements: structure.count };
}

/** Space above a chapter that follows on. */
const CHAPTER_GAP = 34;

async function writeChapter(work: Work, chapter: Chapter): Promise<void> {
  const { flow, contents } = work;
  const { document } = flow;
  if (chapter.followsOn !== undefined && flow.room(chapter.followsOn)) flow.y += CHAPTER_GAP;
  else flow.newPage();
  const sect = document.structure.open('Sect', document.top, { title: chapter.title });
  const text = `${chapter.number}  ${chapter.title}`;
  const target = `s${String(chapter.number).padStart(2, '0')}`;
  chapterBar(flow);
  const style = headings.chapter;
  work.bookmark = writeTitle(flow, sect, {
    tag: 'H1',
    text,
    style,
    keep: 0,
    target,
    bookmark: { under: null },
  });
  contents.push({ text, target, page: document.page.number, level: 1 });
  await writeBlocks(work, sect, chapter.blocks);
  document.structure.close(sect);
}

async function writeBlocks(work: Work, parent: Element, blocks: Many<Block>): Promise<void> {
  for await (const block of blocks) {
    await writeBlock(work, parent, block);
    await work.flow.document.drain();
  }
}

async function writeBlock(work: Work, parent: Element, block: Block): Promise<void> {
  const { flow, report } = work;
  switch (block.kind) {
    case 'heading':
      return writeHeading(flow, parent, block);
    case 'paragraph':
      return writeParagraph(flow, parent, block);
    case 'table':
      return writeTable(flow, parent, block, { continued: report.furniture.continued });
    case 'figure':
      return writeFigure(flow, parent, block);
    case 'panel':
      return writePanel(flow, parent, block);
    case 'listing':
      return writeListing(flow, parent, block);
    case 'section':
      return writeSection(work, parent, block);
  }
}

/** What has to fit below the heading of a section. */
const SECTION_KEEP = 104;

async function writeSection(work: Work, parent: Element, { title, target, blocks }: Section): Promise<void> {
  const { flow, contents, bookmark } = work;
  const { document } = flow;
  const sect = document.structure.open('Sect', parent, { title });
  const style = { ...headings.part, after: 2 };
  const options = {
    tag: 'H2',
    text: title,
    style,
    keep: SECTION_KEEP,
    target,
    bookmark: { under: bookmark },
  } as const;
  writeTitle(flow, sect, options);
  contents.push({ text: title, target, page: document.page.number, level: 2 });
  const y = document.page.height - flow.y + style.leading + 4.5;
  const first = flow.y <= margins.top + style.leading + style.after + 1;
  if (!first)
    document.under(`${colours.rule} RG 0.7 w ${line(margins.left, y, margins.left + flow.width, y)}`);
  await writeBlocks(work, sect, blocks);
  document.structure.close(sect);
}
