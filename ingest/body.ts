import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnnexaError } from '../domain/errors.ts';

/** How much of a body that is too large is read on, so that the sender gets to hear about it: this many times the limit. */
const DRAIN_FACTOR = 4;

export interface BodyOptions {
  /** Value of Content-Encoding: absent, `identity` or `gzip`. */
  readonly encoding: string | undefined;
  /** Bytes as sent and, for gzip, bytes after inflating. */
  readonly limit: number;
}

/**
 * Reads a request body. What is compressed is inflated no further than the limit, however small it came.
 * Throws BODY_TOO_LARGE, BODY_INVALID (not gzip) or MEDIA_TYPE_UNSUPPORTED (another encoding).
 */
export async function readBody(stream: Readable, options: BodyOptions): Promise<Buffer> {
  const encoding = options.encoding?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new AnnexaError(
      'MEDIA_TYPE_UNSUPPORTED',
      `Content-Encoding ${encoding.slice(0, 40)} is not known`,
      {
        hint: 'Send the body plain or as gzip.',
      },
    );
  }
  const sent = await collect(stream, options.limit);
  return encoding === 'gzip' ? inflate(sent, options.limit) : sent;
}

async function collect(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a request body gave something else than bytes');
    length += chunk.length;
    if (length > limit * DRAIN_FACTOR) break;
    if (length <= limit) chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  if (length > limit) throw tooLarge(limit);
  return Buffer.concat(chunks);
}

async function inflate(bytes: Buffer, limit: number): Promise<Buffer> {
  const gunzip = createGunzip();
  const chunks: Buffer[] = [];
  let length = 0;
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('gunzip gave something else than bytes');
      length += chunk.length;
      if (length > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AnnexaError || error instanceof TypeError) throw error;
    throw new AnnexaError('BODY_INVALID', 'the body is not gzip', { cause: error });
  }
  return Buffer.concat(chunks);
}

function tooLarge(limit: number): AnnexaError {
  return new AnnexaError('BODY_TOO_LARGE', `the body is larger than ${limit} bytes`, {
    hint: 'Send fewer events at a time.',
  });
}
