import { deflateSync } from 'node:zlib';
import type { Kit, KitPage } from './kit.ts';
import { referenceTo, type Objects } from './objects.ts';
import { decimal, textString } from './operators.ts';
import type { Element, Structure } from './structure.ts';

/** A page under work. */
export interface Page {
  readonly kit: KitPage;
  readonly number: number;
  readonly width: number;
  readonly height: number;
  /** Object numbers of the elements of its marked content, by MCID. */
  readonly marked: number[];
  readonly key: number;
  /** Decoration, painted first, and content. */
  under: string;
  main: string;
}

/** A rectangle from the top left of the page. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Name under which every page may draw the form that is written last. */
export const TOTAL_FORM = 'Total';

export function addPage(
  kit: Kit,
  { paper, number, key }: { paper: string; number: number; key: number },
): Page {
  kit.addPage({ size: paper, margin: 0 });
  kit._pageBuffer.length = 0;
  const { page } = kit;
  page.dictionary.data['StructParents'] = key;
  return { kit: page, number, key, width: page.width, height: page.height, marked: [], under: '', main: '' };
}

export interface PageParts {
  readonly objects: Objects;
  readonly structure: Structure;
  readonly totalId: number;
}

export function endPage({ objects, structure, totalId }: PageParts, page: Page): void {
  const array = objects.reserve();
  objects.write(array, `[${page.marked.map((id) => `${id} 0 R`).join(' ')}]`);
  structure.bind(page.key, array);
  const decoration = page.under === '' ? '' : `/Artifact BMC\n${page.under}EMC\n`;
  const { content } = page.kit;
  // PDFKit has put a flipped coordinate system at the head of the content: ours stands upright.
  content.buffer = [deflateSync(Buffer.from(decoration + page.main, 'latin1'))];
  content.compress = false;
  content.data['Filter'] = 'FlateDecode';
  page.kit.xobjects[TOTAL_FORM] = referenceTo(totalId);
  page.kit.end();
  objects.flush();
}

/** Adds an annotation to the page and ties it to an element. */
export function annotate(
  { objects, structure }: Pick<PageParts, 'objects' | 'structure'>,
  page: Page,
  element: Element,
  body: string,
): number {
  const id = objects.reserve();
  const key = structure.nextKey();
  objects.write(id, `<</Type/Annot${body}/StructParent ${key}>>`);
  page.kit.annotations.push(referenceTo(id));
  element.kids.push(`<</Type/OBJR/Pg ${page.kit.dictionary.id} 0 R/Obj ${id} 0 R>>`);
  structure.bind(key, element.id);
  return id;
}

export function linkText(page: Page, area: Area, target: string, says: string): string {
  const corners = [area.left, page.height - area.bottom, area.right, page.height - area.top];
  const box = corners.map(decimal).join(' ');
  return `/Subtype/Link/Rect[${box}]/Border[0 0 0]/F 4/Contents${textString(says)}/Dest${textString(target)}`;
}
