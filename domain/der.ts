import { AnnexaError } from './errors.ts';

/** Tags of ASN.1 that annexa writes or reads. */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octets: 0x04,
  nothing: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific, constructed: `[0]` is `context`, `[1]` is `context + 1`. */
  context: 0xa0,
} as const;

/** One element. Both arrays are views of the input: `bytes` with tag and length, `content` without. */
export interface DerElement {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

const DEPTH_MAX = 32;

/**
 * Reads exactly one element in the Distinguished Encoding Rules (ITU-T X.690 clauses 10 and 11): definite lengths in
 * their shortest form, shortest integers, booleans 00 or FF, sets in order, nothing after the end.
 *
 * Throws PACKET_INVALID with the offset of the first byte that is not DER.
 */
export function parseDer(bytes: Uint8Array): DerElement {
  const element = readElement(bytes, 0);
  if (element.bytes.length !== bytes.length) throw notDer(element.bytes.length, 'bytes after the end');
  checkInside(element, 0, DEPTH_MAX);
  return element;
}

/** The first element of `bytes`, which may be followed by others; only its own header is checked. */
export function firstElement(bytes: Uint8Array): DerElement {
  return readElement(bytes, 0);
}

/** Members of a constructed element in order. */
export function membersOf(element: DerElement): DerElement[] {
  const members: DerElement[] = [];
  for (let at = 0; at < element.content.length;) {
    const member = readElement(element.content, at);
    members.push(member);
    at += member.bytes.length;
  }
  return members;
}

/** Writes an element around its parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(parts);
  return concat([Uint8Array.of(tag), lengthOf(content.length), content]);
}

/** SET OF: members in ascending order of their encodings (X.690 clause 11.6). */
export function derSet(...members: readonly Uint8Array[]): Uint8Array {
  return der(DER.set, ...members.toSorted(compareBytes));
}

/** INTEGER from an unsigned big-endian number. */
export function derInteger(magnitude: Uint8Array): Uint8Array {
  let from = 0;
  while (from < magnitude.length - 1 && magnitude[from] === 0) from++;
  const digits = magnitude.subarray(from);
  return der(DER.integer, (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0), digits);
}

export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  return der(DER.oid, Uint8Array.from([first * 40 + second, ...arcs].flatMap(base128)));
}

/** Dotted form of an OBJECT IDENTIFIER; throws PACKET_INVALID when the element is none. */
export function oidOf(element: DerElement | undefined): string {
  if (element?.tag !== DER.oid || element.content.length === 0) throw notDer(0, 'no object identifier');
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of element.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...rest].join('.');
}

/** Issuer and serial number as an X.509 certificate writes them (RFC 5280 section 4.1). Throws PACKET_INVALID. */
export function issuerAndSerial(certificate: Uint8Array): {
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
} {
  const body = firstElement(firstElement(certificate).content);
  const [serial, , issuer] = membersOf(body).filter((field) => field.tag !== DER.context);
  if (serial?.tag !== DER.integer || issuer?.tag !== DER.sequence) throw notDer(0, 'no X.509 certificate');
  return { issuer: issuer.bytes, serial: serial.bytes };
}

/** Lexicographic order of byte strings, a prefix first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readElement(bytes: Uint8Array, at: number): DerElement {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined) throw notDer(at, 'cut off');
  if ((tag & 0x1f) === 0x1f) throw notDer(at, 'tag number above 30');
  let length = short;
  let header = 2;
  if (short >= 0x80) {
    const digits = short & 0x7f;
    if (digits === 0 || digits > 4) throw notDer(at, 'length is not definite');
    length = 0;
    for (let i = 0; i < digits; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    if (length < 0x80 || length < 256 ** (digits - 1)) throw notDer(at, 'length is not in its shortest form');
    header += digits;
  }
  const end = at + header + length;
  if (end > bytes.length) throw notDer(at, 'cut off');
  return { tag, bytes: bytes.subarray(at, end), content: bytes.subarray(at + header, end) };
}

function checkInside(element: DerElement, offset: number, depth: number): void {
  if (depth === 0) throw notDer(offset, 'nested too deeply');
  const { tag, content } = element;
  if (tag === DER.integer && !isShortInteger(content))
    throw notDer(offset, 'integer is not in its shortest form');
  if (tag === DER.boolean && !(content.length === 1 && (content[0] === 0 || content[0] === 0xff))) {
    throw notDer(offset, 'boolean is neither 00 nor FF');
  }
  if (tag === DER.nothing && content.length > 0) throw notDer(offset, 'null with content');
  if ((tag & 0x20) === 0) return;
  let at = offset + element.bytes.length - content.length;
  let previous: Uint8Array | undefined;
  for (const member of membersOf(element)) {
    if (tag === DER.set && previous !== undefined && compareBytes(previous, member.bytes) > 0) {
      throw notDer(at, 'set is not in order');
    }
    checkInside(member, at, depth - 1);
    previous = member.bytes;
    at += member.bytes.length;
  }
}

function isShortInteger(content: Uint8Array): boolean {
  const [first, second] = content;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(0x80 + digits.length, ...digits);
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) + 128);
  return digits;
}

function notDer(offset: number, what: string): AnnexaError {
  return new AnnexaError('PACKET_INVALID', `not DER at byte ${offset}: ${what}`);
}
