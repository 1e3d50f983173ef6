import { once } from 'node:events';
import type { Writable } from 'node:stream';
import PDFDocument from 'pdfkit';
import { AnnexaError } from '../../domain/errors.ts';
import type { About } from '../layout/blocks.ts';
import { identificationXml, escapeXml } from './xmp.ts';

/** An indirect object of PDFKit. */
interface KitReference {
  readonly id: number;
  readonly data: Record<string, unknown>;
  buffer: Uint8Array[];
  compress: boolean;
  end(): void;
}

export interface KitPage {
  readonly width: number;
  readonly height: number;
  readonly content: KitReference;
  readonly dictionary: KitReference;
  readonly resources: KitReference;
  readonly fonts: Record<string, unknown>;
  readonly xobjects: Record<string, unknown>;
  readonly annotations: unknown[];
  end(): void;
}

export interface KitOutline {
  addItem(title: string, options: { top: number; expanded: boolean }): KitOutline;
}

/** A font that PDFKit embeds as a subset. */
export interface KitFont {
  readonly id: string;
  /** Units of the font to thousandths of its size. */
  readonly scale: number;
  readonly subset: { includeGlyph(glyph: number): number };
  readonly widths: number[];
  readonly unicode: number[][];
  readonly font: FontkitFont;
  ref(): KitReference;
}

interface FontkitFont {
  readonly hmtx: { readonly metrics: { readonly length: number; get(at: number): FontkitMetric } };
  hasGlyphForCodePoint(codePoint: number): boolean;
  glyphForCodePoint(codePoint: number): FontkitGlyph;
  layout(text: string): {
    readonly glyphs: readonly FontkitGlyph[];
    readonly positions: readonly { xAdvance: number }[];
  };
}
interface FontkitMetric {
  readonly advance: number;
  readonly bearing: number;
}
export interface FontkitGlyph {
  readonly id: number;
  readonly advanceWidth: number;
  _metrics?: { advanceWidth: number; advanceHeight: number; leftBearing: number; topBearing: number };
}

/**
 * The part of PDFKit that this writer stands on: fonts, pages, cross-reference table, metadata, attachments, outline.
 * Page content and the structure tree are written past it, as text. The members with an underscore are PDFKit's own;
 * {@link openKit} checks that they are there.
 */
export interface Kit {
  readonly _offsets: (number | null)[];
  _offset: number;
  _write(data: string | Uint8Array): void;
  _finalize(): void;
  _pageBuffer: KitPage[];
  readonly _root: { readonly data: Record<string, unknown> };
  readonly _font: KitFont;
  readonly info: Record<string, unknown>;
  readonly outline: KitOutline;
  readonly readableLength: number;
  page: KitPage;
  addPage(options: { size: string; margin: number }): void;
  font(file: string): void;
  ref(data: Record<string, unknown>): KitReference;
  file(bytes: Buffer, options: Record<string, unknown>): void;
  appendXML(xml: string): void;
  pipe(out: Writable): void;
  end(): void;
  endMarkings(): void;
  endAcroForm(): void;
  endMetadata(): void;
}

const NEEDED = [
  '_write',
  '_finalize',
  'appendXML',
  'endMarkings',
  'endAcroForm',
  'endMetadata',
  'addPage',
  'ref',
];

export interface KitOptions {
  readonly about: About;
  readonly language: string;
  readonly paper: string;
  /** Path of the font that PDFKit starts with. */
  readonly font: string;
  readonly out: Writable;
}

/** A PDF 1.7 document for PDF/A-3a and PDF/UA-1, without pages, writing to `out`. */
export function openKit({ about, language, paper, font, out }: KitOptions): Kit {
  const document: unknown = new PDFDocument({
    pdfVersion: '1.7',
    subset: 'PDF/A-3a',
    lang: language,
    displayTitle: true,
    autoFirstPage: false,
    font,
    size: paper,
    margin: 0,
    info: {
      Title: about.title,
      Author: about.author,
      Subject: about.subject,
      Keywords: about.keywords,
      Creator: 'annexa',
      Producer: 'annexa',
      CreationDate: new Date(about.at),
    },
  });
  if (!isKit(document)) {
    throw new AnnexaError('INTERNAL', 'the installed PDFKit is not the one that this writer knows', {
      hint: 'Install the versions of package-lock.json with npm ci.',
    });
  }
  for (const xml of identificationXml) document.appendXML(xml);
  escapeMetadata(document);
  document.pipe(out);
  return document;
}

function isKit(value: unknown): value is Kit {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Record<string, unknown>;
  return NEEDED.every((name) => typeof members[name] === 'function') && Array.isArray(members['_offsets']);
}

/** The information dictionary takes texts as they are; the same texts go into XMP unescaped, so escape them in between. */
function escapeMetadata(kit: Kit): void {
  const end = kit.endMetadata.bind(kit);
  kit.endMetadata = (): void => {
    for (const [name, value] of Object.entries(kit.info)) {
      if (typeof value === 'string') kit.info[name] = escapeXml(value);
    }
    end();
  };
}

/** Size of the pieces that the cross-reference table is written in. */
const TABLE_CHUNK = 65_536;

/** Ends the file. PDFKit writes one buffer for each line of the cross-reference table: they are joined here. */
export async function endKit(kit: Kit, out: Writable): Promise<void> {
  const write = kit._write.bind(kit);
  const finalize = kit._finalize.bind(kit);
  kit._finalize = (): void => {
    let text = '';
    kit._write = (data): void => {
      text += `${String(data)}\n`;
      if (text.length < TABLE_CHUNK && data !== '%%EOF') return;
      write(Buffer.from(text, 'latin1'));
      text = '';
    };
    finalize();
  };
  const finished = once(out, 'finish');
  kit.end();
  await finished;
}

/** Bytes that may wait in memory before the writer stops for the output. */
const WAITING_BYTES = 1 << 20;

/** Waits while the output is behind. PDFKit's stream itself ignores back-pressure. */
export async function drain(kit: Kit, out: Writable): Promise<void> {
  if (!out.writableNeedDrain && kit.readableLength <= WAITING_BYTES) return;
  await new Promise((resolve) => setImmediate(resolve));
  if (out.writableNeedDrain) await once(out, 'drain');
}
