import type { Kit } from './kit.ts';

/** Indirect objects written as text, past PDFKit's own, into the same file and cross-reference table. */
export interface Objects {
  /** An object number. Its object has to be written before the file ends. */
  reserve(): number;
  write(id: number, body: string): void;
  /** Hands what was written so far to the output, as one buffer. */
  flush(): void;
}

export function createObjects(kit: Kit): Objects {
  let pending = '';
  let starts: [id: number, at: number][] = [];
  return {
    reserve() {
      kit._offsets.push(null);
      return kit._offsets.length;
    },
    write(id, body) {
      starts.push([id, pending.length]);
      pending += `${id} 0 obj\n${body}\nendobj\n`;
    },
    flush() {
      if (pending === '') return;
      for (const [id, at] of starts) kit._offsets[id - 1] = kit._offset + at;
      kit._write(Buffer.from(pending, 'latin1'));
      pending = '';
      starts = [];
    },
  };
}

/**
 * A reference to an object of ours inside a dictionary of PDFKit. PDFKit prints plain objects as dictionaries; the tag
 * makes it print what `toString` gives.
 */
export function referenceTo(id: number): object {
  return {
    get [Symbol.toStringTag](): string {
      return 'Reference';
    },
    toString: () => `${id} 0 R`,
    end: () => undefined,
  };
}
