import type { Furniture } from '../layout/blocks.ts';
import { colours } from './colours.ts';
import type { PdfDocument } from './document.ts';
import type { Flow } from './flow.ts';
import { decimal, line } from './operators.ts';
import type { Page } from './page.ts';
import { furnitureStyle, margins, type Style } from './styles.ts';

const strong: Style = { ...furnitureStyle, face: 'bold', colour: colours.deep };

/** Header and footer of a page, as artifacts. The number of pages is a form that is written at the end. */
export function writeFurniture(
  flow: Flow,
  page: Page,
  furniture: Furniture & { readonly expectedPages: number },
): void {
  const { document } = flow;
  const right = page.width - margins.right;
  const room = totalWidth(flow, furniture.of(furniture.expectedPages));
  const { width } = flow;
  const x = margins.left;
  document.draw('/Artifact<</Type/Pagination/Subtype/Header/Attached[/Top]>>BDC\n');
  flow.put(furniture.left, strong, { x, y: 42 });
  const end = flow.put(furniture.right, furnitureStyle, { x, y: 42, align: 'right', width });
  // In the middle of the page, or as far left of it as the text at the right needs.
  const [{ width: middle } = { width: 0 }] = flow.lines(furniture.middle, furnitureStyle, UNBROKEN);
  const start = Math.min((width - middle) / 2, width - end - GAP - middle);
  flow.put(furniture.middle, furnitureStyle, { x: x + start, y: 42 });
  document.draw(
    `${colours.rule} RG 0.6 w ${line(x, page.height - 48, right, page.height - 48)}EMC\n` +
      `/Artifact<</Type/Pagination/Subtype/Footer/Attached[/Bottom]>>BDC\n${line(x, 46, right, 46)}`,
  );
  flow.put(furniture.footer, furnitureStyle, { x, y: page.height - 33 });
  flow.put(furniture.page(page.number), strong, {
    x,
    y: page.height - 33,
    align: 'right',
    width: width - room - 3,
  });
  document.draw(`q 1 0 0 1 ${decimal(right - room)} 33 cm /${document.totalForm} Do Q\nEMC\n`);
}

/** Room for the number of pages, which is not known before the last one. */
function totalWidth(flow: Flow, text: string): number {
  return flow.lines(text, { ...furnitureStyle, kerned: false }, UNBROKEN)[0]?.width ?? 0;
}

const UNBROKEN = 1_000;
/** Least space between two texts of the header. */
const GAP = 14;

/** Content of the form that every footer draws: "of N", at the right of its room. */
export function totalOperators(flow: Flow, document: PdfDocument, text: string): string {
  const [total] = flow.lines(text, { ...furnitureStyle, kerned: false }, UNBROKEN);
  const { name } = document.faces.font(furnitureStyle.face);
  const glyphs = (total?.parts ?? []).map((part) => part.glyphs).join('');
  return `${colours.soft} rg BT /${name} ${furnitureStyle.size} Tf 0 0 Td <${glyphs}>Tj ET`;
}
