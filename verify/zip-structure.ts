import { isReadableVersion, readCentralDirectory, readExtra } from './zip-directory.ts';
import type { CentralRecord } from './zip-directory.ts';
import { collectProblems } from './verification.ts';
import type { Problems } from './verification.ts';

/** A member whose bytes lie where both headers say. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate. */
  readonly method: 0 | 8;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly dataFrom: number;
}

export interface ZipSource {
  readonly size: number;
  read(from: number, length: number): Promise<Buffer>;
}

export interface ZipStructure {
  readonly entries: readonly ZipEntry[];
  readonly problems: readonly string[];
}

/** Most members of a packet: a range of ten million entries has some forty thousand tiles. */
export const MEMBERS_MAX = 200_000;
/** Most bytes of all members unpacked. */
export const UNPACKED_MAX = 64 * 2 ** 30;
/** Unpacked size above which the ratio below counts, and the ratio: evidence texts stay far under it. */
export const RATIO_FROM = 64 * 2 ** 20;
export const RATIO_MAX = 200;

const SAFE_NAME = /^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._ -]+(?:\/[A-Za-z0-9._ -]+)*\/?$/;
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const LOCAL_BYTES = 30;

/**
 * Reads the skeleton of a zip file (APPNOTE 6.3.10) and reports everything by which two readers could see two different
 * packets: bytes that belong to no member, comments, names that repeat, point outside or differ only in case, local
 * headers that differ from the central directory, encrypted or special members, sizes beyond the limits. Dates,
 * compression and order are free, so that the same members packed again by any tool have no problem.
 *
 * Throws FILE_UNREADABLE when no central directory can be found.
 */
export async function readZipStructure(source: ZipSource): Promise<ZipStructure> {
  const problems = collectProblems();
  const directory = await readCentralDirectory(source, problems);
  const { records, from, shift } = directory;
  checkNames(records, problems);
  checkSizes(records, source.size, problems);
  const entries: ZipEntry[] = [];
  let at = shift;
  for (const record of records.toSorted((a, b) => a.offset - b.offset)) {
    const start = record.offset + shift;
    if (start > at) problems.add(`${start - at} bytes before ${record.name} belong to no member`);
    if (start < at) problems.add(`${record.name} overlaps the member before it`);
    const local = await readLocal(source, record, { start, directoryAt: from });
    local.problems.forEach((problem) => problems.add(problem));
    at = local.end;
    if (local.entry !== undefined && !record.name.endsWith('/')) entries.push(local.entry);
  }
  if (at < from) problems.add(`${from - at} bytes before the central directory belong to no member`);
  if (at > from) problems.add('the last member overlaps the central directory');
  return { entries, problems: withCount(problems) };
}

/** The kept problems, with a last one that says how many were not kept. */
function withCount(problems: Problems): readonly string[] {
  const rest = problems.count - problems.list.length;
  return rest > 0 ? [...problems.list, `${rest} more problems`] : problems.list;
}

function checkNames(records: readonly CentralRecord[], problems: Problems): void {
  const files = records.map((record) => record.name).filter((name) => !name.endsWith('/'));
  const folded = new Map<string, string>();
  const folders = new Set(files.flatMap(foldersOf));
  for (const { name } of records) {
    if (!SAFE_NAME.test(name)) problems.add(`unsafe name ${JSON.stringify(name)}`);
    const key = name.replace(/\/$/, '').toLowerCase();
    const other = folded.get(key);
    if (other !== undefined) problems.add(`duplicate name ${name}${other === name ? '' : ` and ${other}`}`);
    folded.set(key, name);
    if (name.endsWith('/') && !folders.has(name)) problems.add(`folder ${name} holds no member`);
    if (!name.endsWith('/') && folders.has(`${name}/`)) problems.add(`${name} is a file and a folder`);
  }
}

function foldersOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`);
}

function checkSizes(records: readonly CentralRecord[], zipSize: number, problems: Problems): void {
  if (records.length > MEMBERS_MAX) problems.add(`${records.length} members are more than ${MEMBERS_MAX}`);
  const unpacked = records.reduce((sum, record) => sum + record.size, 0);
  if (unpacked > UNPACKED_MAX) problems.add(`members declare ${unpacked} bytes, more than ${UNPACKED_MAX}`);
  if (unpacked > RATIO_FROM && unpacked > RATIO_MAX * zipSize) {
    problems.add(`members declare ${unpacked} bytes, more than ${RATIO_MAX} times the file`);
  }
}

interface LocalMember {
  readonly entry: ZipEntry | undefined;
  readonly end: number;
  readonly problems: readonly string[];
}

async function readLocal(
  source: ZipSource,
  record: CentralRecord,
  { start, directoryAt }: { start: number; directoryAt: number },
): Promise<LocalMember> {
  const { name, method, checksum, packedSize, size } = record;
  const head = await source.read(start, LOCAL_BYTES);
  if (head.length < LOCAL_BYTES || head.readUInt32LE(0) !== LOCAL) {
    return { entry: undefined, end: start, problems: [`${name}: no local header at byte ${start}`] };
  }
  const rest = await source.read(start + LOCAL_BYTES, head.readUInt16LE(26) + head.readUInt16LE(28));
  const localName = rest.subarray(0, head.readUInt16LE(26));
  const problems: string[] = [];
  const differs = (what: string): void => {
    problems.push(`${name}: local header differs from the central directory in ${what}`);
  };
  if (!localName.equals(record.rawName)) differs('name');
  if (head.readUInt16LE(6) !== record.flags) differs('flags');
  if (head.readUInt16LE(8) !== record.rawMethod) differs('method');
  if (head.readUInt32LE(10) !== record.dosTime) differs('date');
  if (!isReadableVersion(head.readUInt16LE(4))) differs('version');
  const extra = readExtra(rest.subarray(localName.length), {
    size: head.readUInt32LE(22),
    packedSize: head.readUInt32LE(18),
    offset: 0,
  });
  extra.problems.forEach((problem) => problems.push(`${name}: ${problem}`));
  const local = extra.figures;
  const dataFrom = start + LOCAL_BYTES + rest.length;
  const dataEnd = dataFrom + packedSize;
  const described = (record.flags & 8) !== 0;
  const empty = described && head.readUInt32LE(14) === 0 && local.size === 0 && local.packedSize === 0;
  if (!empty) {
    if (head.readUInt32LE(14) !== checksum) differs('checksum');
    if (local.size !== size || local.packedSize !== packedSize) differs('size');
  }
  let end = dataEnd;
  if (described) {
    const length = await descriptorLength(source, dataEnd, record);
    if (length === undefined) problems.push(`${name}: data descriptor differs from the central directory`);
    end += length ?? 16;
  }
  if (end > directoryAt) return { entry: undefined, end, problems: [...problems, `${name}: cut off`] };
  if (method === undefined) return { entry: undefined, end, problems };
  return { entry: { name, method, checksum, packedSize, size, dataFrom }, end, problems };
}

/** Length of the data descriptor at `at` when one of its four forms holds the record's figures. */
async function descriptorLength(
  source: ZipSource,
  at: number,
  { checksum, packedSize, size }: CentralRecord,
): Promise<number | undefined> {
  const bytes = await source.read(at, 24);
  for (const signed of [true, false]) {
    const head = signed ? 4 : 0;
    if (signed && !(bytes.length >= 4 && bytes.readUInt32LE(0) === DESCRIPTOR)) continue;
    if (bytes.length < head + 12 || bytes.readUInt32LE(head) !== checksum) continue;
    if (
      bytes.length >= head + 20 &&
      bytes.readBigUInt64LE(head + 4) === BigInt(packedSize) &&
      bytes.readBigUInt64LE(head + 12) === BigInt(size)
    ) {
      return head + 20;
    }
    if (bytes.readUInt32LE(head + 4) === packedSize && bytes.readUInt32LE(head + 8) === size)
      return head + 12;
  }
  return undefined;
}
