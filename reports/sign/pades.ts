import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AnnexaError } from '../../domain/errors.ts';
import { signedData } from './cms.ts';
import type { CmsOptions, CmsSigner } from './cms.ts';

/** Room for the signature, bytes: some 3 KiB are used without, 8 KiB with a time-stamp token and its chain. */
export const CONTENTS_BYTES = 16_384;

/** Stands for a number of the ByteRange that is not known yet: as wide as any offset below 10 GB. */
export const BYTE_RANGE_MARK = '**********';

/** PDF names and arrays of an unsigned signature, in the form that PDFKit's `doc.ref` takes. */
export interface SignaturePlaceholder {
  readonly Type: 'Sig';
  readonly Filter: 'Adobe.PPKLite';
  readonly SubFilter: 'ETSI.CAdES.detached';
  readonly ByteRange: readonly [0, string, string, string];
  readonly Contents: Buffer;
  readonly Reference: readonly [
    {
      readonly Type: 'SigRef';
      readonly TransformMethod: 'DocMDP';
      readonly TransformParams: { readonly Type: 'TransformParams'; readonly P: 1; readonly V: '1.2' };
    },
  ];
}

/**
 * Signature dictionary of a certification signature that permits no change (ISO 32000-2, 12.8.1 and 12.8.2.2). The PDF
 * adds `M` (the packet's own time, for the same bytes every time) and refers to it from the catalogue's Perms.DocMDP and
 * from one signature field. {@link signPdfFile} finds it by its ByteRange.
 */
export function signaturePlaceholder(): SignaturePlaceholder {
  return {
    Type: 'Sig',
    Filter: 'Adobe.PPKLite',
    SubFilter: 'ETSI.CAdES.detached',
    ByteRange: [0, BYTE_RANGE_MARK, BYTE_RANGE_MARK, BYTE_RANGE_MARK],
    Contents: Buffer.alloc(CONTENTS_BYTES),
    Reference: [
      {
        Type: 'SigRef',
        TransformMethod: 'DocMDP',
        TransformParams: { Type: 'TransformParams', P: 1, V: '1.2' },
      },
    ],
  };
}

export interface SignPdfOptions {
  readonly signer: CmsSigner;
  readonly timestamp?: CmsOptions['timestamp'];
}

/** Reads and writes at offsets; a file or a buffer. */
interface Medium {
  readonly size: number;
  read(from: number, length: number): Promise<Uint8Array>;
  write(at: number, bytes: Uint8Array): Promise<void>;
}

/**
 * Signs the PDF in `file` in place (PAdES baseline B-B, EN 319 142-1; B-T with a time-stamp authority): fills in the one
 * ByteRange and the one Contents, and changes no other byte and no offset. Reads the file once, in chunks.
 *
 * Throws PACKET_INVALID when there is not exactly one placeholder, or the signature does not fit. After a failure the file
 * may hold a filled ByteRange without a signature: write it anew.
 */
export async function signPdfFile(file: string, options: SignPdfOptions): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await sign(fileMedium(handle, (await handle.stat()).size), options);
  } finally {
    await handle.close();
  }
}

/** As {@link signPdfFile}, in the given buffer, which is returned. */
export async function signPdf(pdf: Uint8Array, options: SignPdfOptions): Promise<Uint8Array> {
  const medium: Medium = {
    size: pdf.length,
    read: async (from, length) => pdf.subarray(from, from + length),
    write: async (at, bytes) => pdf.set(bytes, at),
  };
  await sign(medium, options);
  return pdf;
}

const CHUNK_BYTES = 1 << 20;
/** As PDFKit writes the placeholder: a string in an array is a name. */
const RANGE_TEXT = `/ByteRange [0 /${BYTE_RANGE_MARK} /${BYTE_RANGE_MARK} /${BYTE_RANGE_MARK}]`;
const CONTENTS_TEXT = `<${'0'.repeat(2 * CONTENTS_BYTES)}>`;

async function sign(medium: Medium, { signer, timestamp }: SignPdfOptions): Promise<void> {
  const [rangeAt, contentsAt] = await findOnce(medium, [RANGE_TEXT, CONTENTS_TEXT]);
  const after = contentsAt + CONTENTS_TEXT.length;
  const range = `/ByteRange [0 ${contentsAt} ${after} ${medium.size - after}]`.padEnd(RANGE_TEXT.length);
  await medium.write(rangeAt, Buffer.from(range, 'latin1'));
  const hash = createHash('sha256');
  for (const [from, to] of [
    [0, contentsAt],
    [after, medium.size],
  ] as const) {
    for (let at = from; at < to; at += CHUNK_BYTES)
      hash.update(await medium.read(at, Math.min(CHUNK_BYTES, to - at)));
  }
  const cms = await signedData({ digest: hash.digest(), signer, timestamp });
  if (cms.length > CONTENTS_BYTES) {
    throw new AnnexaError(
      'PACKET_INVALID',
      `the PDF signature takes ${cms.length} of ${CONTENTS_BYTES} bytes`,
      {
        hint: 'Use a shorter certificate chain.',
      },
    );
  }
  await medium.write(contentsAt + 1, Buffer.from(Buffer.from(cms).toString('hex'), 'latin1'));
}

/** Offsets of texts that each stand in the medium exactly once. */
async function findOnce<const Texts extends readonly string[]>(
  medium: Medium,
  texts: Texts,
): Promise<{ [At in keyof Texts]: number }> {
  const found = texts.map((): number[] => []);
  const overlap = Math.max(...texts.map((text) => text.length)) - 1;
  for (let from = 0; from < medium.size; from += CHUNK_BYTES) {
    const part = Buffer.from(await medium.read(from, Math.min(CHUNK_BYTES + overlap, medium.size - from)));
    for (const [which, text] of texts.entries()) {
      let at = part.indexOf(text, 0, 'latin1');
      while (at >= 0 && at < CHUNK_BYTES) {
        found[which]?.push(from + at);
        at = part.indexOf(text, at + 1, 'latin1');
      }
    }
  }
  const counts = found.map((offsets) => offsets.length);
  if (counts.some((count) => count !== 1)) {
    throw new AnnexaError(
      'PACKET_INVALID',
      `the PDF has ${counts.join(' and ')} signature placeholders, not one`,
    );
  }
  return found.map((offsets) => offsets[0]) as { [At in keyof Texts]: number };
}

function fileMedium(handle: FileHandle, size: number): Medium {
  return {
    size,
    async read(from, length): Promise<Uint8Array> {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    },
    async write(at, bytes): Promise<void> {
      await handle.write(bytes, 0, bytes.length, at);
    },
  };
}
