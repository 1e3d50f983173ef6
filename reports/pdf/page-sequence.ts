import type { Kit } from './kit.ts';
import type { Objects } from './objects.ts';
import { addPage, endPage, type Page } from './page.ts';
import type { Structure } from './structure.ts';
import type { TextWriter } from './text-writer.ts';

/** Pages in the order of the document; they are written as soon as the next one starts, but for those on hold. */
export interface PageSequence {
  /** Throws TypeError before the first page. */
  current(): Page;
  count(): number;
  newPage(): Page;
  /** Called with each new page, before its content. */
  onPage(draw: (page: Page) => void): void;
  /** Keeps the current page open for `resume`; the next page starts meanwhile. */
  hold(): Page;
  resume(page: Page): void;
  /** Writes the last page. Throws TypeError while one is on hold. */
  finishPages(): void;
}

export interface PageSequenceOptions {
  readonly kit: Kit;
  readonly objects: Objects;
  readonly structure: Structure;
  /** Object number of the form with the number of pages. */
  readonly totalId: number;
  readonly paper: string;
  readonly writer: TextWriter;
}

export function createPageSequence(options: PageSequenceOptions): PageSequence {
  const { kit, structure, paper, writer } = options;
  const held = new Set<Page>();
  let page: Page | null = null;
  let pages = 0;
  let draw: (page: Page) => void = () => undefined;
  const current = (): Page => {
    if (page === null) throw new TypeError('there is no page yet');
    return page;
  };
  const leave = (): void => {
    if (page !== null && !held.has(page)) endPage(options, page);
    page = null;
  };
  const enter = (next: Page): Page => {
    page = next;
    kit.page = next.kit;
    writer.reset();
    return next;
  };
  return {
    current,
    count: () => pages,
    newPage() {
      leave();
      pages += 1;
      const next = enter(addPage(kit, { paper, number: pages, key: structure.nextKey() }));
      draw(next);
      return next;
    },
    onPage: (next) => void (draw = next),
    hold() {
      held.add(current());
      return current();
    },
    resume(next) {
      leave();
      held.delete(next);
      enter(next);
    },
    finishPages() {
      if (held.size > 0) throw new TypeError('a page is still on hold');
      leave();
    },
  };
}
