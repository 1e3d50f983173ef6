import type { Writable } from 'node:stream';
import type { About, Attachment } from '../layout/blocks.ts';
import { createFaces, fontFile, type Faces } from './faces.ts';
import { drain, endKit, openKit, type Kit, type KitOutline } from './kit.ts';
import { createObjects, referenceTo } from './objects.ts';
import { addPage, annotate, endPage, linkText, TOTAL_FORM, type Area, type Page } from './page.ts';
import { createSignatureField } from './signature-field.ts';
import { createStructure, type Attributes, type Element, type Structure, type Tag } from './structure.ts';
import { createTextWriter, type Part } from './text-writer.ts';

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
  const { about, paper, out } = options;
  const kit = openKit({ ...options, font: fontFile('regular') });
  const objects = createObjects(kit);
  const structure = createStructure(objects);
  const faces = createFaces(kit);
  const totalId = objects.reserve();
  const top = structure.open('Document', null);
  const catalogue = kit._root.data;
  catalogue['MarkInfo'] = kit.ref({ Marked: true });
  catalogue['PageLabels'] = { Nums: [0, { S: 'D' }] };
  const destinations = nameTree(catalogue);
  const held = new Set<Page>();
  const writer = createTextWriter();
  let current: Page | null = null;
  let pages = 0;
  let onPage: (page: Page) => void = () => undefined;

  const page = (): Page => {
    if (current === null) throw new TypeError('there is no page yet');
    return current;
  };
  const leave = (): void => {
    if (current !== null && !held.has(current)) endPage({ objects, structure, totalId }, current);
    current = null;
  };
  const enter = (next: Page): void => {
    current = next;
    kit.page = next.kit;
    writer.reset();
  };

  return {
    faces,
    structure,
    top,
    totalForm: TOTAL_FORM,
    get page() {
      return page();
    },
    get pages() {
      return pages;
    },
    newPage() {
      leave();
      enter(addPage(kit, { paper, number: (pages += 1), key: structure.nextKey() }));
      onPage(page());
      return page();
    },
    onPage: (draw) => void (onPage = draw),
    hold() {
      held.add(page());
      return page();
    },
    resume(next) {
      leave();
      held.delete(next);
      enter(next);
    },
    begin(tag, parent, attributes = {}) {
      const { kit, marked } = page();
      const mcid = marked.length;
      marked.push(structure.leaf(tag, parent, { page: kit.dictionary.id, mcid, attributes }));
      page().main += `/${tag}<</MCID ${mcid}>>BDC\n`;
    },
    mark(element) {
      const { kit, marked } = page();
      const mcid = marked.length;
      marked.push(element.id);
      element.kids.push(`<</Type/MCR/Pg ${kit.dictionary.id} 0 R/MCID ${mcid}>>`);
      page().main += `/${element.tag}<</MCID ${mcid}>>BDC\n`;
    },
    end: () => void (page().main += 'EMC\n'),
    text: (parts, x, y, size, colour) =>
      writer.write(page(), parts, { x, y: page().height - y, size, colour }),
    draw(operators) {
      page().main += operators;
      writer.reset();
    },
    under: (operators) => void (page().under += operators),
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
    drain: () => drain(kit, out),
    async finish({ operators, font }) {
      if (held.size > 0) throw new TypeError('a page is still on hold');
      leave();
      objects.write(totalId, formText(operators, font));
      structure.close(top);
      structure.end(top);
      objects.flush();
      catalogue['StructTreeRoot'] = referenceTo(structure.rootId);
      const markInfo = catalogue['MarkInfo'] as { end(): void };
      kit.endMarkings = () => markInfo.end();
      await endKit(kit, out);
    },
  };
}

/** Room above the place that a bookmark or link leads to. */
const RISE = 14;
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
