import type { Receipt } from '../domain/ports.ts';
import type { Refusal } from '../domain/event.ts';
import type { LogAppender } from './append.ts';
import { parseLines, type ParsedInput } from './cloudevents.ts';
import { INGEST_LIMIT } from './limits.ts';

/** Bytes that one insert is made of, and how many refusals are told in full; the count is of all. */
const IMPORT_LIMIT = { batchBytes: 4_194_304, refusalsTold: 100 } as const;

export interface ImportOptions {
  readonly appender: LogAppender;
  /** Stands for the source of lines that name none. */
  readonly sender: string;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  /** Bytes of the input that are stored or refused. */
  readonly bytes: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
}

export interface ImportResult extends ImportProgress {
  /** The first ones, with their lines. */
  readonly refusals: readonly Refusal[];
}

/**
 * Appends a stream of CloudEvents, one a line. Bounded in memory; a batch is read while the one before is stored.
 * A line that is too long or no event costs that line only. Throws what the appender throws; what was stored before
 * stays, and the same input can be imported again.
 */
export async function importEvents(
  input: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportResult> {
  const totals = { bytes: 0, accepted: 0, repeated: 0, refused: 0 };
  const refusals: Refusal[] = [];
  let storing: Promise<void> = Promise.resolve();
  for await (const { parsed, bytes } of readBatches(input, options.sender)) {
    await storing;
    storing = options.appender.append(parsed.events, parsed.refusals, parsed.lines).then((receipt) => {
      add(totals, receipt, bytes);
      refusals.push(...receipt.refused.slice(0, IMPORT_LIMIT.refusalsTold - refusals.length));
      options.onProgress?.({ ...totals });
    });
    // Awaited above or below; this only keeps a failure from counting as unheard in between.
    storing.catch(() => undefined);
  }
  await storing;
  return { ...totals, refusals };
}

function add(
  totals: { bytes: number; accepted: number; repeated: number; refused: number },
  receipt: Receipt,
  bytes: number,
): void {
  totals.bytes += bytes;
  totals.accepted += receipt.accepted;
  totals.repeated += receipt.repeated;
  totals.refused += receipt.refused.length;
}

interface Batch {
  readonly parsed: ParsedInput;
  readonly bytes: number;
}

async function* readBatches(input: AsyncIterable<Uint8Array>, sender: string): AsyncGenerator<Batch> {
  const reader = createLineReader(sender);
  for await (const chunk of input) yield* reader.push(chunk);
  yield* reader.end();
}

interface LineReader {
  push(chunk: Uint8Array): Iterable<Batch>;
  end(): Iterable<Batch>;
}

/** Gathers whole lines into batches; of a line beyond the limit only the number is kept. */
function createLineReader(sender: string): LineReader {
  let held: Uint8Array[] = [];
  let length = 0;
  let line = 1;
  /** Bytes so far of a line that is too long; 0 outside of one. */
  let skipped = 0;
  /** What is held has no line end: nothing is gained by looking again before one comes. */
  let unbroken = false;

  const hold = (rest: Uint8Array[]): void => {
    held = rest;
    length = rest.reduce((sum, part) => sum + part.length, 0);
    unbroken = true;
  };
  const tooLong = (bytes: number): Batch => {
    skipped = 0;
    const reason = `the line is longer than ${INGEST_LIMIT.bodyBytes} bytes`;
    const refusal = { code: 'EVENT_TOO_LARGE', reason, line: line++, source: sender } as const;
    return { parsed: { events: [], lines: [], refusals: [refusal] }, bytes };
  };
  function* emit(bytes: Buffer): Iterable<Batch> {
    for (const part of splitLines(bytes)) {
      yield { parsed: parseLines(part.bytes, sender, line), bytes: part.bytes.length };
      line += part.lines;
    }
  }
  return {
    *push(given) {
      let chunk = given;
      if (skipped > 0) {
        const end = chunk.indexOf(10) + 1;
        skipped += end === 0 ? chunk.length : end;
        if (end === 0) return;
        yield tooLong(skipped);
        chunk = chunk.subarray(end);
      }
      held.push(chunk);
      length += chunk.length;
      if (chunk.includes(10)) unbroken = false;
      if (length > INGEST_LIMIT.bodyBytes && unbroken) {
        skipped = length;
        hold([]);
      }
      if (length < IMPORT_LIMIT.batchBytes || unbroken) return;
      const all = Buffer.concat(held);
      const end = all.lastIndexOf(10) + 1;
      hold([all.subarray(end)]);
      yield* emit(all.subarray(0, end));
    },
    *end() {
      if (skipped > 0) yield tooLong(skipped);
      else yield* emit(Buffer.concat(held));
    },
  };
}

/** Parts of whole lines, none with more lines than one insert takes. */
function* splitLines(bytes: Buffer): Iterable<{ readonly bytes: Buffer; readonly lines: number }> {
  let from = 0;
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    lines += 1;
    if (lines < INGEST_LIMIT.batchRows) continue;
    yield { bytes: bytes.subarray(from, at + 1), lines };
    from = at + 1;
    lines = 0;
  }
  if (from < bytes.length) yield { bytes: bytes.subarray(from), lines };
}
