import type { FaceFont } from './faces.ts';
import { decimal } from './operators.ts';
import type { Page } from './page.ts';

/** Glyphs of one face, ready to be shown. */
export interface Part {
  readonly font: FaceFont;
  /** Hex digits for `Tj`, or with pairs of hex strings and shifts for `TJ`. */
  readonly glyphs: string;
  readonly kerned: boolean;
}

export interface TextWriter {
  /** Shows parts in a row; y upwards. */
  write(
    page: Page,
    parts: readonly Part[],
    place: { x: number; y: number; size: number; colour: string },
  ): void;
  /** Forgets the graphics state: something else may have changed it. */
  reset(): void;
}

/** Writes text operators, font and colour only where they change. */
export function createTextWriter(): TextWriter {
  let colour = '';
  let font: FaceFont | null = null;
  let size = 0;
  return {
    write(page, parts, place) {
      let operators = '';
      if (colour !== place.colour) operators += `${(colour = place.colour)} rg\n`;
      operators += `BT 1 0 0 1 ${decimal(place.x)} ${decimal(place.y)} Tm`;
      for (const run of runsOf(parts)) {
        if (font !== run.font || size !== place.size) {
          font = run.font;
          size = place.size;
          operators += `/${font.name} ${decimal(size)} Tf`;
          page.kit.fonts[font.name] ??= font.reference();
        }
        operators += run.kerned ? `[${run.glyphs}]TJ` : `<${run.glyphs}>Tj`;
      }
      page.main += `${operators} ET\n`;
    },
    reset() {
      colour = '';
      font = null;
    },
  };
}

/** Joins neighbours of one face. */
function runsOf(parts: readonly Part[]): Part[] {
  const runs: Part[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last === undefined || last.font !== part.font) runs.push(part);
    else if (!last.kerned && !part.kerned)
      runs[runs.length - 1] = { ...last, glyphs: last.glyphs + part.glyphs };
    else runs[runs.length - 1] = { font: last.font, glyphs: spelled(last) + spelled(part), kerned: true };
  }
  return runs;
}

function spelled({ glyphs, kerned }: Part): string {
  return kerned ? glyphs : `<${glyphs}>`;
}
