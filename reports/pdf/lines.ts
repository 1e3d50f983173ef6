import type { Face } from '../layout/blocks.ts';
import type { Faces, Shaped } from './faces.ts';
import type { Part } from './text-writer.ts';

/** A line of shaped text. */
export interface Line {
  readonly parts: readonly Part[];
  /** Points, without the space at a soft end. */
  readonly width: number;
}

export interface LineOptions {
  readonly face: Face;
  readonly size: number;
  /** Points. */
  readonly width: number;
  readonly kerned: boolean;
}

/**
 * Breaks text into lines, ragged right: at spaces; a longer word before `@` and after `- / _ . : , = &`; what is still too
 * long between any two characters. Each soft line end carries a space, so that extracted text keeps its words apart.
 */
export function breakLines(faces: Faces, text: string, options: LineOptions): Line[] {
  const { face, size, kerned } = options;
  const max = (options.width * 1000) / size;
  const space = faces.space(face);
  const lines: Line[] = [];
  let parts: Part[] = [];
  let width = 0;
  const end = (soft: boolean): void => {
    lines.push({ parts: soft ? [...parts, ...space.parts] : parts, width: (width * size) / 1000 });
    parts = [];
    width = 0;
  };
  const put = (shaped: Shaped, gap: boolean): void => {
    if (gap) parts.push(...space.parts);
    parts.push(...shaped.parts);
    width += shaped.width + (gap ? space.width : 0);
  };
  const fits = (shaped: Shaped, gap: boolean): boolean =>
    width + shaped.width + (gap ? space.width : 0) <= max;
  const fill = (word: string): void => {
    let gap = width > 0;
    for (const piece of piecesOf(word)) {
      const shaped = faces.shape(face, piece, false);
      if (!fits(shaped, gap)) {
        if (width > 0) end(gap);
        gap = false;
      }
      if (fits(shaped, gap)) put(shaped, gap);
      else {
        for (const character of piece) {
          const one = faces.shape(face, character, false);
          if (width > 0 && !fits(one, false)) end(false);
          put(one, false);
        }
      }
      gap = false;
    }
  };
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const shaped = faces.shape(face, word, kerned);
    if (fits(shaped, width > 0)) put(shaped, width > 0);
    else if (shaped.width <= max) {
      end(true);
      put(shaped, false);
    } else fill(word);
  }
  if (parts.length > 0 || lines.length === 0) end(false);
  return lines;
}

/** A mail address up to this length breaks at the `@` and nowhere else. */
const ADDRESS_PART = 30;

/** Pieces between which a long word may break. */
function piecesOf(word: string): string[] {
  const at = word.indexOf('@');
  if (at > 0 && at < ADDRESS_PART && word.length - at < ADDRESS_PART)
    return [word.slice(0, at), word.slice(at)];
  return word.split(/(?<=[-/_.:,=&])|(?=@)/).filter((piece) => piece !== '');
}
