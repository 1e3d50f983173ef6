import { createHash } from 'node:crypto';
import { createInflate } from 'node:zlib';
import { Readable } from 'node:stream';
import { AnnexaError } from '../domain/errors.ts';
import { concatBytes } from '../ledger/bytes.ts';

/** Bytes behind a match that may still belong to it: a ByteRange, or the dictionary of an embedded file. */
const LOOK_AHEAD = 4096;
/** Largest signature, as hex text. */
const CONTENTS_MAX = 2 ** 20;
/** Largest embedded file that is compared. */
const EMBEDDED_MAX = 256 * 2 ** 20;

/** What a verifier needs of a signed PDF. Reads the file twice and holds neither the file nor a page of it. */
export interface PdfFindings {
  readonly size: number;
  /** Lower-case hex SHA-256 of all bytes. */
  readonly sha256: string;
  readonly signature: PdfSignature | { readonly problem: string };
  /** SHA-256 of each embedded file, lower-case hex. */
  readonly embedded: readonly string[];
}

export interface PdfSignature {
  /** SHA-256 over the signed ranges. */
  readonly digest: Uint8Array;
  /** The DER signature without its padding. */
  readonly cms: Uint8Array;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Takes a PDF apart (ISO 32000-2, 12.8.1): one ByteRange that covers everything but the hex string of the signature and
 * ends where the file ends, lower-case hex, and zeros after the signature. So every byte is signed, or part of the
 * signature, or fixed. Embedded files are found by their stream dictionaries, which PDF/A-3 does not let be compressed away.
 */
export async function readPdf(open: () => AsyncIterable<Uint8Array>): Promise<PdfFindings> {
  const scan = await scanPdf(open());
  const range = toRange(scan.byteRanges, scan.size);
  const gap = 'problem' in range ? undefined : range.gap;
  const hash = createHash('sha256');
  const contents: Uint8Array[] = [];
  const streams = scan.embedded.map((): Uint8Array[] => []);
  let at = 0;
  for await (const chunk of open()) {
    if (gap !== undefined) {
      hash.update(cut(chunk, at, { from: 0, to: gap.from }));
      contents.push(cut(chunk, at, gap).slice());
      hash.update(cut(chunk, at, { from: gap.to, to: scan.size }));
    }
    for (const [which, { stretch }] of scan.embedded.entries())
      streams[which]?.push(cut(chunk, at, stretch).slice());
    at += chunk.length;
  }
  const embedded: string[] = [];
  for (const [which, { deflated }] of scan.embedded.entries()) {
    const digest = await digestOf(concatBytes(...(streams[which] ?? [])), deflated);
    if (digest !== undefined) embedded.push(digest);
  }
  return {
    size: scan.size,
    sha256: scan.sha256,
    signature: 'problem' in range ? range : toSignature(contents, hash.digest()),
    embedded,
  };
}

interface Scan {
  readonly size: number;
  readonly sha256: string;
  readonly byteRanges: readonly string[];
  readonly embedded: readonly { readonly stretch: Stretch; readonly deflated: boolean }[];
}

async function scanPdf(chunks: AsyncIterable<Uint8Array>): Promise<Scan> {
  const hash = createHash('sha256');
  const byteRanges: string[] = [];
  const embedded: { stretch: Stretch; deflated: boolean }[] = [];
  let held = Buffer.alloc(0);
  let heldFrom = 0;
  const search = (until: number): void => {
    for (const at of find(held, '/ByteRange', until))
      byteRanges.push(held.toString('latin1', at, at + LOOK_AHEAD));
    for (const at of find(held, '/EmbeddedFile', until)) {
      const stream = toEmbedded(held.toString('latin1', at, at + LOOK_AHEAD), heldFrom + at);
      if (stream !== undefined) embedded.push(stream);
    }
  };
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    held = Buffer.concat([held, chunk]);
    if (held.length <= LOOK_AHEAD) continue;
    const done = held.length - LOOK_AHEAD;
    search(done);
    held = held.subarray(done);
    heldFrom += done;
  }
  search(held.length);
  return { size, sha256: hash.digest('hex'), byteRanges, embedded };
}

function find(bytes: Buffer, text: string, until: number): number[] {
  const found: number[] = [];
  for (
    let at = bytes.indexOf(text, 0, 'latin1');
    at >= 0 && at < until;
    at = bytes.indexOf(text, at + 1, 'latin1')
  ) {
    found.push(at);
  }
  return found;
}

function toEmbedded(text: string, from: number): { stretch: Stretch; deflated: boolean } | undefined {
  const match = /^\/EmbeddedFile\s(?:(?!endobj|stream)[^])*?>>\s*stream\r?\n/.exec(text);
  const length = /\/Length (\d+)(?! \d+ R)/.exec(match?.[0] ?? '')?.[1];
  if (match === null || length === undefined || Number(length) > EMBEDDED_MAX) return undefined;
  const start = from + match[0].length;
  return {
    stretch: { from: start, to: start + Number(length) },
    deflated: /\/Filter\s*\/FlateDecode/.test(match[0]),
  };
}

function toRange(
  found: readonly string[],
  size: number,
): { readonly gap: Stretch } | { readonly problem: string } {
  if (found.length !== 1) return { problem: `the PDF has ${found.length} signatures, not one` };
  const match = /^\/ByteRange\s*\[\s*(\d{1,12}) (\d{1,12}) (\d{1,12}) (\d{1,12})\s*\]/.exec(found[0] ?? '');
  const [first, length, second, rest] = (match?.slice(1) ?? []).map(Number);
  if (first === undefined || length === undefined || second === undefined || rest === undefined) {
    return { problem: 'the PDF has a malformed ByteRange' };
  }
  if (second + rest !== size) return { problem: `the signature ends at byte ${second + rest} of ${size}` };
  if (first !== 0 || second <= length || second - length > CONTENTS_MAX) {
    return { problem: 'the ByteRange leaves out more than the signature' };
  }
  return { gap: { from: length, to: second } };
}

function toSignature(
  contents: readonly Uint8Array[],
  digest: Uint8Array,
): PdfSignature | { readonly problem: string } {
  const text = Buffer.from(concatBytes(...contents)).toString('latin1');
  if (!/^<(?:[0-9a-f]{2})+>$/.test(text))
    return { problem: 'the ByteRange leaves out something else than a signature' };
  const bytes = Buffer.from(text.slice(1, -1), 'hex');
  const length = bytes[0] === 0x30 && bytes[1] === 0x82 ? 4 + bytes.readUInt16BE(2) : 0;
  if (length === 0 || length > bytes.length) return { problem: 'the signature is not DER' };
  if (bytes.subarray(length).some((byte) => byte !== 0))
    return { problem: 'bytes stand after the signature' };
  return { digest, cms: new Uint8Array(bytes.subarray(0, length)) };
}

/** The part of a chunk at offset `at` that lies in the stretch. */
function cut(chunk: Uint8Array, at: number, { from, to }: Stretch): Uint8Array {
  return chunk.subarray(
    Math.min(Math.max(from - at, 0), chunk.length),
    Math.max(Math.min(to - at, chunk.length), 0),
  );
}

async function digestOf(bytes: Uint8Array, deflated: boolean): Promise<string | undefined> {
  const hash = createHash('sha256');
  if (!deflated) return hash.update(bytes).digest('hex');
  let size = 0;
  try {
    for await (const chunk of Readable.from([bytes]).pipe(createInflate()) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > EMBEDDED_MAX) throw new AnnexaError('PACKET_INVALID', 'an embedded file is too large');
      hash.update(chunk);
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
