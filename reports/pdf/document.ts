import type { Writable } from 'node:stream';
import type { About, Attachment } from '../layout/blocks.ts';
import { createFaces, fontFile, type Faces } from './faces.ts';
import { drain, endKit, openKit, type Kit, type KitOutline } from './kit.ts';
import { createObjects, referenceTo, type Objects } from './objects.ts';
import { createPageSequence } from './page-sequence.ts';
import { annotate, linkText, TOTAL_FORM, type Area, type Page } from './page.ts';
import { createSignatureField } from './signature-field.ts';
import { createStructure, type Attributes, type Element, type Structure, type Tag } from './structure.ts';
import { createTextWriter, type Part, type TextWriter } from './text-writer.ts';

/**
 * A tagged PDF under work. Positions are points from the top left of the page unless said otherwise. Pages are written
 * as soon as the next one starts, but for those on hold.
 */
export interface PdfDocument {
  readonly faces: Faces;
  readonly structure: Structure;
  readonly page: Page;
  readonly pages: number;
  readonly top: Element;
  newPage(): Page;
  /** Called with each new page, before its content. */
  onPage(draw: (page: Page) => void): void;
  /** Keeps the current page open for {@link resume}; the next page starts meanwhile. */
  hold(): Page;
  resume(page: Page): void;
  /** Starts marked content in an element of its own. End it with `end`. */
  begin(tag: Tag, parent: Element, attributes?: Attributes): void;
  /** Starts marked content that belongs to an open element. */
  mark(element: Element): void;
  end(): void;
  /** Draws shaped text with its base line at y. */
  text(parts: readonly Part[], x: number, y: number, size: number, colour: string): void;
  /** Adds operators to the page's content; native coordinates. */
  draw(operators: string): void;
  /** Adds decoration that is painted before all content; native coordinates. */
  under(operators: string): void;
  link(area: Area, target: string, says: string, element: Element): void;
  destination(name: string, y: number): void;
  bookmark(parent: KitOutline | null, title: string, y: number): KitOutline;
  attach(attachment: Attachment): void;
  signatureField(options: { by: string; says: string }): void;
  /** Name under which every page may draw the form that `finish` writes. */
  readonly totalForm: string;
  drain(): Promise<void>;
  finish(total: { operators: string; font: { name: string; id: number } }): Promise<void>;
}

export interface DocumentOptions {
  readonly about: About;
  readonly language: string;
  readonly paper: 'A4' | 'LETTER';
  readonly out: Writable;
}

/** Opens a PDF/A-3a, PDF/UA-1 document that streams to `out`. The same calls give the same bytes. */
export function openDocument(options: DocumentOptions): PdfDocument {
  const kit = openKit({ ...options, font: fontFile('regular') });
  const objects = createObjects(kit);
  const structure = createStructure(objects);
  const faces = createFaces(kit);
  const totalId = objects.reserve();
  const top = structure.open('Document', null);
  const catalogue = kit._root.data;
  const markInfo = kit.ref({ Marked: true });
  catalogue['MarkInfo'] = markInfo;
  catalogue['PageLabels'] = { Nums: [0, { S: 'D' }] };
  const writer = createTextWriter();
  const sequence = createPageSequence({ kit, objects, structure, totalId, paper: options.paper, writer });
  const parts: Parts = { ...options, kit, objects, structure, top, page: sequence.current, writer };
  return {
    ...contentOf(parts),
    ...referencesOf(parts),
    ...sequence,
    faces,
    structure,
    top,
    totalForm: TOTAL_FORM,
    get page() {
      return sequence.current();
    },
    get pages() {
      return sequence.count();
    },
    drain: () => drain(kit, options.out),
    async finish({ operators, font }) {
      sequence.finishPages();
      objects.write(totalId, formText(operators, font));
      structure.close(top);
      structure.end(top);
      objects.flush();
      catalogue['StructTreeRoot'] = referenceTo(structure.rootId);
      kit.endMarkings = () => markInfo.end();
      await endKit(kit, options.out);
    },
  };
}

interface Parts {
  readonly about: About;
  readonly kit: Kit;
  readonly objects: Objects;
  readonly structure: Structure;
  readonly top: Element;
  readonly page: () => Page;
  readonly writer: TextWriter;
}

/** What goes into the content of the current page. */
function contentOf({
  structure,
  page,
  writer,
}: Parts): Pick<PdfDocument, 'begin' | 'mark' | 'end' | 'text' | 'draw' | 'under'> {
  const start = (tag: Tag): { readonly on: Page; readonly mcid: number } => {
    const on = page();
    on.main += `/${tag}<</MCID ${on.marked.length}>>BDC\n`;
    return { on, mcid: on.marked.length };
  };
  return {
    begin(tag, parent, attributes = {}) {
      const { on, mcid } = start(tag);
      on.marked.push(structure.leaf(tag, parent, { page: on.kit.dictionary.id, mcid, attributes }));
    },
    mark(element) {
      const { on, mcid } = start(element.tag);
      on.marked.push(element.id);
      element.kids.push(`<</Type/MCR/Pg ${on.kit.dictionary.id} 0 R/MCID ${mcid}>>`);
    },
    end: () => void (page().main += 'EMC\n'),
    text: (parts, x, y, size, colour) =>
      writer.write(page(), parts, { x, y: page().height - y, size, colour }),
    draw(operators) {
      page().main += operators;
      writer.reset();
    },
    under: (operators) => void (page().under += operators),
  };
}

/** Room above the place that a bookmark or link leads to. */
const RISE = 14;

/** What leads to, from or beside the current page. */
function referencesOf({
  about,
  kit,
  objects,
  structure,
  top,
  page,
}: Parts): Pick<PdfDocument, 'link' | 'destination' | 'bookmark' | 'attach' | 'signatureField'> {
  const destinations = nameTree(kit._root.data);
  return {
    link(area, target, says, element) {
      annotate({ objects, structure }, page(), element, linkText(page(), area, target, says));
    },
    destination(name, y) {
      destinations.add(name, [page().kit.dictionary, 'XYZ', 0, page().height - y + RISE, null]);
    },
    bookmark(parent, title, y) {
      return (parent ?? kit.outline).addItem(title, { top: Math.max(0, y - RISE), expanded: false });
    },
    attach: (attachment) => attach(kit, attachment, about),
    signatureField: ({ by, says }) =>
      createSignatureField({ kit, objects, structure, top, page: page(), by, says, at: about.at }),
  };
}

function formText(operators: string, font: { name: string; id: number }): string {
  return (
    `<</Type/XObject/Subtype/Form/BBox[-1 -4 60 12]/Resources<</Font<</${font.name} ${font.id} 0 R>>>>` +
    `/Length ${operators.length}>>\nstream\n${operators}\nendstream`
  );
}

interface NameTree {
  add(name: string, value: unknown): void;
  _compareKeys(a: string, b: string): number;
}

/** PDFKit sorts destinations with the machine's collation; readers search them by code unit. */
function nameTree(catalogue: Record<string, unknown>): NameTree {
  const names = catalogue['Names'] as { readonly data: { readonly Dests: NameTree } };
  const tree = names.data.Dests;
  tree._compareKeys = (a, b) => (a < b ? -1 : Number(a > b));
  return tree;
}

function attach(kit: Kit, { bytes, name, description, mediaType }: Attachment, about: About): void {
  const at = new Date(about.at);
  kit.file(Buffer.from(bytes), {
    name,
    description,
    type: mediaType,
    relationship: 'Data',
    creationDate: at,
    modifiedDate: at,
  });
}
