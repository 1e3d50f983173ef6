import type { Objects } from './objects.ts';
import { decimal, textString } from './operators.ts';

/** Structure types used here (ISO 32000-1, 14.8.4). */
export type Tag =
  | 'Document'
  | 'Sect'
  | 'H1'
  | 'H2'
  | 'H3'
  | 'P'
  | 'L'
  | 'LI'
  | 'LBody'
  | 'Table'
  | 'Caption'
  | 'THead'
  | 'TBody'
  | 'TR'
  | 'TH'
  | 'TD'
  | 'Figure'
  | 'Link'
  | 'TOC'
  | 'TOCI'
  | 'Reference'
  | 'Form';

export interface Attributes {
  readonly title?: string;
  /** Text in place of the content. */
  readonly alt?: string;
  readonly scope?: 'Row' | 'Column';
  readonly span?: number;
  /** Left, bottom, right, top; native coordinates. */
  readonly box?: readonly [number, number, number, number];
}

/** A structure element that still takes kids. */
export interface Element {
  readonly id: number;
  readonly tag: Tag;
  readonly parent: number;
  readonly attributes: Attributes;
  readonly kids: string[];
}

export interface Structure {
  /** Object number of the StructTreeRoot. */
  readonly rootId: number;
  readonly count: number;
  /** An element without content of its own; without a parent it is the top one. */
  open(tag: Tag, parent: Element | null, attributes?: Attributes): Element;
  /** Writes the element. It takes no kids afterwards. */
  close(element: Element): void;
  /** An element with one marked-content sequence, written at once. */
  leaf(tag: Tag, parent: Element, place: { page: number; mcid: number; attributes?: Attributes }): number;
  /** A key of the parent tree that leads to an object: an element, or a page's array of elements. */
  nextKey(): number;
  bind(key: number, id: number): void;
  /** Writes the tree's root and the parent tree. */
  end(top: Element): void;
}

/**
 * The structure tree (ISO 32000-1, 14.7), written as it grows: an element is text from the moment it closes, and only
 * its number is kept by its parent.
 */
export function createStructure(objects: Objects): Structure {
  const rootId = objects.reserve();
  const treeId = objects.reserve();
  const bound: [key: number, id: number][] = [];
  let keys = 0;
  let count = 0;
  return {
    rootId,
    get count() {
      return count;
    },
    open(tag, parent, attributes = {}) {
      const element: Element = {
        id: objects.reserve(),
        tag,
        parent: parent?.id ?? rootId,
        attributes,
        kids: [],
      };
      parent?.kids.push(`${element.id} 0 R`);
      count += 1;
      return element;
    },
    close({ id, tag, parent, attributes, kids }) {
      objects.write(id, `<</S/${tag}/P ${parent} 0 R${toText(attributes)}/K[${kids.join(' ')}]>>`);
    },
    leaf(tag, parent, { page, mcid, attributes = {} }) {
      const id = objects.reserve();
      objects.write(id, `<</S/${tag}/P ${parent.id} 0 R/Pg ${page} 0 R${toText(attributes)}/K ${mcid}>>`);
      parent.kids.push(`${id} 0 R`);
      count += 1;
      return id;
    },
    nextKey: () => keys++,
    bind: (key, id) => void bound.push([key, id]),
    end(top) {
      const numbers = bound.sort(([a], [b]) => a - b).map(([key, id]) => `${key} ${id} 0 R`);
      objects.write(treeId, `<</Nums[${numbers.join(' ')}]>>`);
      objects.write(
        rootId,
        `<</Type/StructTreeRoot/K ${top.id} 0 R/ParentTree ${treeId} 0 R/ParentTreeNextKey ${keys}>>`,
      );
    },
  };
}

function toText({ title, alt, scope, span, box }: Attributes): string {
  let text = '';
  if (title !== undefined) text += `/T${textString(title)}`;
  if (alt !== undefined) text += `/Alt${textString(alt)}`;
  if (scope !== undefined) {
    text += `/A<</O/Table/Scope/${scope}${span === undefined ? '' : `/ColSpan ${span}`}>>`;
  }
  if (box !== undefined) text += `/A<</O/Layout/Placement/Block/BBox[${box.map(decimal).join(' ')}]>>`;
  return text;
}
