import type { Outcome } from '../../domain/evaluation.ts';
import type { Instant } from '../../domain/time.ts';

/** What a report consists of, free of pages, fonts and file formats. Lengths are in points (1/72 inch). */
export interface Report {
  /** BCP 47, like `en`. */
  readonly language: string;
  readonly paper: 'A4' | 'LETTER';
  readonly about: About;
  readonly furniture: Furniture;
  readonly cover: Cover;
  readonly chapters: readonly Chapter[];
  readonly attachments: readonly Attachment[];
  /** Roughly: how much room the number of pages takes in each footer. */
  readonly expectedPages: number;
  /** Leaves room for a certification signature. */
  readonly signature: { readonly by: string; readonly says: string } | null;
}

export interface About {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly keywords: string;
  /** The packet's own clock: the only time in the file. */
  readonly at: Instant;
}

/** Words that stand on every page, and those of the contents. */
export interface Furniture {
  readonly left: string;
  readonly middle: string;
  readonly right: string;
  readonly footer: string;
  readonly contents: string;
  page(number: number): string;
  of(total: number): string;
  continued(text: string): string;
  /** What a link of the contents says to a reader that cannot see it. */
  leads(text: string, page: number): string;
}

export interface Cover {
  readonly brand: string;
  readonly title: string;
  readonly subtitle: string;
  readonly line: string;
  readonly period: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly counts: readonly { readonly mark: MarkKind; readonly count: string; readonly word: string }[];
  readonly closing: string;
}

export interface Chapter {
  readonly number: number;
  readonly title: string;
  /** Room that has to be left for the chapter to follow on; absent = it starts a page. */
  readonly followsOn?: number;
  /** Made as it is written, so that a long register is never held whole. */
  readonly blocks: Many<Block>;
}

export type Many<Item> = Iterable<Item> | AsyncIterable<Item>;

export type Block = Heading | Paragraph | Table | Figure | Panel | Listing | Section;

export interface Heading {
  readonly kind: 'heading';
  readonly level: 2 | 3;
  /** A small heading directly under a chapter keeps its level and only looks smaller. */
  readonly small?: boolean;
  readonly text: string;
  /** Points that have to fit below the heading on the same page. */
  readonly keep?: number;
}

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: string;
  readonly style?: ParagraphStyle;
}
export type ParagraphStyle = 'body' | 'note' | 'small' | 'caption';

/** A part with its own heading, bookmark, line in the contents and destination. */
export interface Section {
  readonly kind: 'section';
  readonly title: string;
  readonly target: string;
  readonly blocks: Many<Block>;
}

export interface Table {
  readonly kind: 'table';
  readonly title: string;
  readonly caption?: string;
  readonly columns: readonly Column[];
  readonly rows: Many<Row | Group>;
}

export interface Column {
  readonly head: string;
  /** Points, or a share of what the others leave. */
  readonly width: number | { readonly share: number };
  readonly align?: 'right';
  readonly style?: CellStyle;
  /** The cell names its row. */
  readonly names?: boolean;
  /** Sentences: kerned. Identifiers are not, so that they can be searched and copied. */
  readonly prose?: boolean;
}
export type CellStyle = 'cell' | 'identifier' | 'command';

export type Row = readonly (string | Cell)[];

export interface Cell {
  readonly text: string;
  readonly mark?: MarkKind;
  readonly style?: CellStyle;
  readonly soft?: boolean;
  /** Destination of a link, and what the link says. */
  readonly link?: { readonly target: string; readonly says: string };
}

/** A line across the table, repeated at the head of each page it runs on to. */
export interface Group {
  readonly group: string;
}

/** A sentence with a label at its left, on a tinted ground; never split. */
export interface Panel {
  readonly kind: 'panel';
  readonly label: string;
  readonly text: string;
}

/** A framed list of labelled lines in a fixed-width face. */
export interface Listing {
  readonly kind: 'listing';
  readonly title: string;
  readonly items: readonly (readonly [label: string, text: string])[];
}

export type MarkKind = Outcome | 'no-evidence' | 'not-applicable';

/** A drawing: its whole content is in `says` for those who cannot see it. */
export interface Figure {
  readonly kind: 'figure';
  readonly says: string;
  height(width: number): number;
  /** Shapes from back to front. Origin at the top left, y downwards. */
  draw(width: number): readonly Shape[];
}

export type Tone =
  | 'ink'
  | 'soft'
  | 'deep'
  | 'link'
  | 'white'
  | 'pale'
  | 'accent'
  | 'pass'
  | 'exceptions'
  | 'rule'
  | 'hair'
  | 'head'
  | 'panel';
export type Face = 'regular' | 'bold' | 'italic' | 'mono';
export type Point = readonly [x: number, y: number];

export type Shape =
  | {
      readonly kind: 'box';
      readonly at: Point;
      readonly width: number;
      readonly height: number;
      readonly fill: Tone;
      readonly stroke?: Tone;
      readonly weight?: number;
    }
  | {
      readonly kind: 'path';
      readonly points: readonly Point[];
      readonly tone: Tone;
      readonly weight: number;
      readonly dashed?: boolean;
      /** A head at the last point. */
      readonly arrow?: boolean;
    }
  | { readonly kind: 'mark'; readonly mark: MarkKind; readonly at: Point; readonly radius: number }
  | {
      readonly kind: 'segment';
      readonly outcome: Outcome;
      readonly at: Point;
      readonly width: number;
      readonly height: number;
    }
  | Label;

export interface Label {
  readonly kind: 'label';
  readonly text: string;
  /** Left end of the base line. */
  readonly at: Point;
  readonly size: number;
  readonly face: Face;
  readonly tone: Tone;
  /** Within `width` from `at`. */
  readonly align?: 'centre' | 'right';
  readonly width?: number;
}

export interface Attachment {
  readonly name: string;
  readonly description: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
