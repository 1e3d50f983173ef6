import { AnnexaError } from '../domain/errors.ts';
import type { Problems } from './verification.ts';
import type { ZipSource } from './zip-structure.ts';

/** One record of the central directory, with the 64-bit sizes of its extra field. */
export interface CentralRecord {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly rawMethod: number;
  /** Undefined when the method is neither stored nor deflate. */
  readonly method: 0 | 8 | undefined;
  readonly dosTime: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

export interface CentralDirectory {
  readonly records: readonly CentralRecord[];
  /** Offset of the first record. */
  readonly from: number;
  /** Bytes before the first member, which all offsets leave out. */
  readonly shift: number;
}

/** Largest central directory that is read. */
const DIRECTORY_MAX = 64 * 2 ** 20;
const COMMENT_MAX = 65_535;
const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const RECORD = 0x02014b50;
const RECORD_BYTES = 46;
const FLAGS_ALLOWED = 0x080e;
const HOST_UNIX = 3;

/** Finds and reads the central directory; what is odd about it goes to `problems`. Throws FILE_UNREADABLE. */
export async function readCentralDirectory(source: ZipSource, problems: Problems): Promise<CentralDirectory> {
  const end = await findEnd(source, problems);
  const from = end.at - end.bytes;
  const shift = from - end.offset;
  if (shift !== 0) problems.add(`${shift} bytes before the first member`);
  if (end.bytes > DIRECTORY_MAX) throw unreadable(`central directory of ${end.bytes} bytes`);
  const bytes = await source.read(from, end.bytes);
  const records: CentralRecord[] = [];
  let at = 0;
  while (at + RECORD_BYTES <= bytes.length && bytes.readUInt32LE(at) === RECORD) {
    const length = recordLength(bytes, at);
    if (at + length > bytes.length) break;
    records.push(readRecord(bytes.subarray(at, at + length), problems));
    at += length;
  }
  if (at !== bytes.length) problems.add('the central directory does not end where it says');
  if (records.length !== end.count) {
    problems.add(`the central directory has ${records.length} records and says ${end.count}`);
  }
  return { records, from, shift };
}

interface End {
  /** Where the central directory ends. */
  readonly at: number;
  readonly bytes: number;
  readonly offset: number;
  readonly count: number;
}

async function findEnd(source: ZipSource, problems: Problems): Promise<End> {
  const tailFrom = Math.max(0, source.size - END_BYTES - COMMENT_MAX);
  const tail = await source.read(tailFrom, source.size - tailFrom);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue;
    const record = tail.subarray(at);
    const comment = record.readUInt16LE(20);
    if (END_BYTES + comment > record.length) continue;
    const end = await readEnd(source, record, { at: tailFrom + at, problems });
    if (end === undefined) continue;
    if (comment > 0) problems.add(`zip comment of ${comment} bytes`);
    const after = record.length - END_BYTES - comment;
    if (after > 0) problems.add(`${after} bytes after the end of the zip`);
    return end;
  }
  throw unreadable('not a zip file: no end of central directory');
}

async function readEnd(
  source: ZipSource,
  record: Buffer,
  { at, problems }: { at: number; problems: Problems },
): Promise<End | undefined> {
  const short = {
    at,
    bytes: record.readUInt32LE(12),
    offset: record.readUInt32LE(16),
    count: record.readUInt16LE(10),
  };
  if (
    record.readUInt16LE(4) !== 0 ||
    record.readUInt16LE(6) !== 0 ||
    record.readUInt16LE(8) !== short.count
  ) {
    problems.add('the zip says it has several disks');
  }
  const locator = at < LOCATOR_BYTES ? undefined : await source.read(at - LOCATOR_BYTES, LOCATOR_BYTES);
  if (locator?.readUInt32LE(0) !== LOCATOR) {
    return (await startsWithRecord(source, short)) ? short : undefined;
  }
  const endAt = at - LOCATOR_BYTES - END64_BYTES;
  const big = endAt < 0 ? undefined : await source.read(endAt, END64_BYTES);
  if (big?.readUInt32LE(0) !== END64 || big.readBigUInt64LE(4) !== BigInt(END64_BYTES - 12)) return undefined;
  const end = {
    at: endAt,
    bytes: Number(big.readBigUInt64LE(40)),
    offset: Number(big.readBigUInt64LE(48)),
    count: Number(big.readBigUInt64LE(32)),
  };
  const same =
    agrees(short.bytes, end.bytes, 0xffffffff) &&
    agrees(short.offset, end.offset, 0xffffffff) &&
    agrees(short.count, end.count, 0xffff) &&
    big.readBigUInt64LE(24) === big.readBigUInt64LE(32) &&
    big.readUInt32LE(16) === 0 &&
    big.readUInt32LE(20) === 0 &&
    locator.readUInt32LE(4) === 0 &&
    locator.readUInt32LE(16) === 1 &&
    Number(locator.readBigUInt64LE(8)) === end.offset + end.bytes;
  if (!same) problems.add('the two end records of the zip differ');
  return (await startsWithRecord(source, end)) ? end : undefined;
}

function agrees(short: number, long: number, mark: number): boolean {
  return short === long || short === mark;
}

async function startsWithRecord(source: ZipSource, { at, bytes, count }: End): Promise<boolean> {
  if (count === 0) return bytes === 0;
  if (bytes < RECORD_BYTES || bytes > at) return false;
  const head = await source.read(at - bytes, 4);
  return head.length === 4 && head.readUInt32LE(0) === RECORD;
}

function recordLength(bytes: Buffer, at: number): number {
  return (
    RECORD_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  );
}

function readRecord(record: Buffer, problems: Problems): CentralRecord {
  const nameEnd = RECORD_BYTES + record.readUInt16LE(28);
  const extraEnd = nameEnd + record.readUInt16LE(30);
  const rawName = record.subarray(RECORD_BYTES, nameEnd);
  const name = rawName.toString('utf8');
  const add = (what: string): void => problems.add(`${name}: ${what}`);
  const flags = record.readUInt16LE(8);
  if ((flags & ~FLAGS_ALLOWED) !== 0) add(`flags ${flags.toString(16)} are not allowed`);
  const rawMethod = record.readUInt16LE(10);
  const method = rawMethod === 0 || rawMethod === 8 ? rawMethod : undefined;
  if (method === undefined) add(`packed with method ${rawMethod}`);
  if (record.length > extraEnd) add('has a comment');
  if (record.readUInt16LE(34) !== 0) add('lies on another disk');
  if (record.readUInt16LE(36) > 1) add('unknown internal attributes');
  if (!isReadableVersion(record.readUInt16LE(6))) add('needs an unknown version');
  if (!isOrdinary(record, name)) add('is not a regular file');
  const extra = readExtra(record.subarray(nameEnd, extraEnd), {
    size: record.readUInt32LE(24),
    packedSize: record.readUInt32LE(20),
    offset: record.readUInt32LE(42),
  });
  extra.problems.forEach(add);
  return {
    name,
    rawName,
    flags,
    rawMethod,
    method,
    dosTime: record.readUInt32LE(12),
    checksum: record.readUInt32LE(16),
    ...extra.figures,
  };
}

function isOrdinary(record: Buffer, name: string): boolean {
  const type = record[5] === HOST_UNIX ? record.readUInt32LE(38) >>> 28 : 0;
  return type === 0 || type === (name.endsWith('/') ? 0o04 : 0o10);
}

/** Versions of the format that exist, 1.0 to 6.3. */
export function isReadableVersion(version: number): boolean {
  return version >= 10 && version <= 63;
}

interface Figures {
  readonly size: number;
  readonly packedSize: number;
  readonly offset: number;
}

/** Extra fields that packers write and that cannot name another content: times, owners, 64-bit sizes. */
const EXTRA_ALLOWED: ReadonlySet<number> = new Set([0x0001, 0x000a, 0x5455, 0x5855, 0x7855, 0x7875]);

/** Replaces figures that are all ones by those of the 64-bit extra field (APPNOTE 4.5.3). */
export function readExtra(
  extra: Buffer,
  figures: Figures,
): { figures: Figures; problems: readonly string[] } {
  const problems: string[] = [];
  const found: Record<keyof Figures, number> = { ...figures };
  let at = 0;
  for (; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const id = extra.readUInt16LE(at);
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (!EXTRA_ALLOWED.has(id))
      problems.push(`extra field ${id.toString(16).padStart(4, '0')} is not allowed`);
    if (id !== 0x0001) continue;
    let next = 0;
    for (const name of ['size', 'packedSize', 'offset'] as const) {
      if (figures[name] !== 0xffffffff || next + 8 > field.length) continue;
      found[name] = Number(field.readBigUInt64LE(next));
      next += 8;
    }
    if (next !== field.length) problems.push('64-bit sizes in excess');
  }
  if (at !== extra.length) problems.push('extra field is cut off');
  return { figures: found, problems };
}

function unreadable(what: string): AnnexaError {
  return new AnnexaError('FILE_UNREADABLE', what);
}
