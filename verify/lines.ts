import { AnnexaError } from '../domain/errors.ts';
import { concatBytes } from '../ledger/bytes.ts';

const LINE_FEED = 0x0a;

/**
 * Lines of a byte stream without their line feed, one at a time. Throws PACKET_INVALID when a line is longer than
 * `max` bytes or the last one has no line feed.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, max: number): AsyncIterable<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield concatBytes(...parts, chunk.subarray(from, at));
      parts = [];
      length = 0;
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > max) throw new AnnexaError('PACKET_INVALID', `a line is longer than ${max} bytes`);
  }
  if (length > 0) throw new AnnexaError('PACKET_INVALID', 'the last line has no end');
}
