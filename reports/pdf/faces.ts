import { createRequire } from 'node:module';
import type { Face } from '../layout/blocks.ts';
import type { FontkitGlyph, Kit, KitFont } from './kit.ts';
import type { Part } from './text-writer.ts';

const require = createRequire(import.meta.url);

/** IBM Plex (OFL 1.1), unmodified. Latin, Greek and Cyrillic. */
const files: Readonly<Record<Face, string>> = {
  regular: '@expo-google-fonts/ibm-plex-sans/400Regular/IBMPlexSans_400Regular.ttf',
  bold: '@expo-google-fonts/ibm-plex-sans/600SemiBold/IBMPlexSans_600SemiBold.ttf',
  italic: '@expo-google-fonts/ibm-plex-sans/400Regular_Italic/IBMPlexSans_400Regular_Italic.ttf',
  mono: '@expo-google-fonts/ibm-plex-mono/400Regular/IBMPlexMono_400Regular.ttf',
};

/** Where a code point is looked for, in order. */
const chains: Readonly<Record<Face, readonly Face[]>> = {
  regular: ['regular'],
  bold: ['bold', 'regular'],
  italic: ['italic', 'regular'],
  mono: ['mono', 'regular'],
};

export function fontFile(face: Face): string {
  return require.resolve(files[face]);
}

export interface Shaped {
  readonly parts: readonly Part[];
  /** Thousandths of the size. */
  readonly width: number;
}

export interface FaceFont {
  readonly name: string;
  reference(): object;
}

export interface Faces {
  /**
   * Glyphs of one word. Kerned for prose; identifiers, numbers and cells are not, so that they can be searched and
   * copied. A character that no face has is spelled as `[U+XXXX]`: a blank box says nothing, and PDF/UA forbids it.
   */
  shape(face: Face, word: string, kerned: boolean): Shaped;
  /** One space. */
  space(face: Face): Shaped;
  font(face: Face): { readonly name: string; readonly id: number };
}

/** Words kept for each face and manner; then all are forgotten at once. */
const CACHE_WORDS = 4_000;

interface OpenFace extends FaceFont {
  readonly kit: KitFont;
  readonly glyphs: Map<number, Glyph | null>;
  /** Kerning by first × 0x10000 + second code unit. */
  readonly pairs: Map<number, number>;
  readonly words: { readonly kerned: Map<string, Shaped>; readonly plain: Map<string, Shaped> };
}

interface Glyph {
  readonly hex: string;
  readonly width: number;
}

/** Faces of a document, opened at first use and embedded only if drawn. */
export function createFaces(kit: Kit): Faces {
  const open = new Map<Face, OpenFace>();
  const faceOf = (name: Face): OpenFace => {
    const known = open.get(name);
    if (known !== undefined) return known;
    kit.font(fontFile(name));
    const font = kit._font;
    const words = { kerned: new Map<string, Shaped>(), plain: new Map<string, Shaped>() };
    const face: OpenFace = {
      name: font.id,
      kit: font,
      glyphs: new Map(),
      pairs: new Map(),
      words,
      reference: () => font.ref(),
    };
    open.set(name, face);
    return face;
  };
  const shape = (name: Face, word: string, kerned: boolean): Shaped => {
    const face = faceOf(name);
    const cache = kerned ? face.words.kerned : face.words.plain;
    const known = cache.get(word);
    if (known !== undefined) return known;
    const shaped =
      (kerned ? shapeKerned(face, word) : shapePlain(face, word)) ?? shapeMixed(name, word, faceOf);
    // Identifiers do not come back.
    if (!kerned && word.length > 1 && /\d/.test(word)) return shaped;
    if (cache.size >= CACHE_WORDS) cache.clear();
    cache.set(word, shaped);
    return shaped;
  };
  return {
    shape,
    space: (face) => shape(face, ' ', false),
    font(name) {
      const { kit } = faceOf(name);
      return { name: kit.id, id: kit.ref().id };
    },
  };
}

/** Undefined when the face lacks a character. */
function shapePlain(face: OpenFace, word: string): Shaped | undefined {
  let glyphs = '';
  let width = 0;
  for (let at = 0; at < word.length; at += 1) {
    const glyph = glyphOf(face, word.codePointAt(at) ?? 0);
    if (glyph === null) return undefined;
    glyphs += glyph.hex;
    width += glyph.width;
    if (word.charCodeAt(at) >= 0xd800 && word.charCodeAt(at) < 0xdc00) at += 1;
  }
  return { width, parts: [{ font: face, glyphs, kerned: false }] };
}

function shapeKerned(face: OpenFace, word: string): Shaped | undefined {
  let row = '';
  let glyphs = '';
  let width = 0;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    const glyph = glyphOf(face, code);
    if (glyph === null) return undefined;
    glyphs += glyph.hex;
    const shift = at + 1 < word.length ? kerningOf(face, code, word.charCodeAt(at + 1)) : 0;
    width += glyph.width + shift;
    if (shift === 0) continue;
    row += `<${glyphs}>${-shift}`;
    glyphs = '';
  }
  if (row === '') return { width, parts: [{ font: face, glyphs, kerned: false }] };
  return { width, parts: [{ font: face, glyphs: glyphs === '' ? row : `${row}<${glyphs}>`, kerned: true }] };
}

/** Character by character, each from the first face that has it. */
function shapeMixed(name: Face, word: string, faceOf: (name: Face) => OpenFace): Shaped {
  const parts: Part[] = [];
  let width = 0;
  const add = (face: OpenFace, text: string): void => {
    const shaped = shapePlain(face, text);
    if (shaped === undefined) return;
    parts.push(...shaped.parts);
    width += shaped.width;
  };
  for (const character of word) {
    const codePoint = character.codePointAt(0) ?? 0;
    const face = chains[name].map(faceOf).find((candidate) => glyphOf(candidate, codePoint) !== null);
    if (face === undefined) add(faceOf(name), `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`);
    else add(face, character);
  }
  return { parts, width };
}

function glyphOf(face: OpenFace, codePoint: number): Glyph | null {
  const known = face.glyphs.get(codePoint);
  if (known !== undefined) return known;
  const { font, scale } = face.kit;
  let glyph: Glyph | null = null;
  if (codePoint >= 0x20 && font.hasGlyphForCodePoint(codePoint)) {
    const raw = measured(face.kit, font.glyphForCodePoint(codePoint));
    glyph = { hex: embed(face.kit, raw, codePoint), width: raw.advanceWidth * scale };
  }
  face.glyphs.set(codePoint, glyph);
  return glyph;
}

/** Puts the glyph into the subset; its code there, four hex digits. */
function embed(kit: KitFont, glyph: FontkitGlyph, codePoint: number): string {
  const id = kit.subset.includeGlyph(glyph.id);
  kit.widths[id] ??= glyph.advanceWidth * kit.scale;
  kit.unicode[id] ??= [codePoint];
  return id.toString(16).padStart(4, '0');
}

/**
 * An empty glyph at the end of the outline table, as the space of Plex Mono, makes fontkit read past it: such a glyph gets
 * its measures from the table of horizontal metrics.
 */
function measured(kit: KitFont, glyph: FontkitGlyph): FontkitGlyph {
  if (glyph._metrics !== undefined) return glyph;
  try {
    void glyph.advanceWidth;
  } catch {
    const { metrics } = kit.font.hmtx;
    const metric = metrics.get(Math.min(glyph.id, metrics.length - 1));
    glyph._metrics = {
      advanceWidth: metric.advance,
      advanceHeight: 0,
      leftBearing: metric.bearing,
      topBearing: 0,
    };
  }
  return glyph;
}

/** Thousandths of the size between two characters. A ligature counts as none. */
function kerningOf(face: OpenFace, first: number, second: number): number {
  if (glyphOf(face, second) === null) return 0;
  const key = first * 0x10000 + second;
  const known = face.pairs.get(key);
  if (known !== undefined) return known;
  const { font, scale } = face.kit;
  const left = measured(face.kit, font.glyphForCodePoint(first));
  measured(face.kit, font.glyphForCodePoint(second));
  const { glyphs, positions } = font.layout(String.fromCharCode(first, second));
  const advance = positions[0]?.xAdvance ?? left.advanceWidth;
  const shift = glyphs.length === 2 ? Math.round((advance - left.advanceWidth) * scale) : 0;
  face.pairs.set(key, shift);
  return shift;
}
