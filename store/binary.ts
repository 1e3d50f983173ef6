import type { LogRow } from '../domain/entry.ts';
import type { Artefact } from '../domain/event.ts';
import { toMicros, type Instant } from '../domain/time.ts';

export const entryColumns = 'log, `index`, received, entry, leaf, salts, `values`, key, mac';
export const artefactColumns = 'sha256, mediaType, bytes';

/** Rows in ClickHouse's RowBinary, in the order of {@link entryColumns}. */
export function encodeRows(rows: readonly LogRow[]): Uint8Array {
  const out = new BinaryWriter(rows.reduce((sum, row) => sum + row.entry.length + 512, 0));
  let received: Instant | undefined;
  let micros = 0n;
  for (const row of rows) {
    if (row.received !== received) {
      received = row.received;
      micros = toMicros(received);
    }
    out.uint16(row.log);
    out.count(row.index);
    out.uint64(micros);
    out.text(row.entry);
    out.fixed(row.leaf, 32);
    out.map(row.salts);
    out.map(row.values);
    out.uint64(row.key);
    out.ascii(row.mac, 64);
  }
  return out.bytes();
}

/** Artefacts in RowBinary, in the order of {@link artefactColumns}. */
export function encodeArtefacts(artefacts: readonly Artefact[]): Uint8Array {
  const out = new BinaryWriter(artefacts.reduce((sum, artefact) => sum + artefact.bytes.length + 256, 0));
  for (const { sha256, mediaType, bytes } of artefacts) {
    out.ascii(sha256, 64);
    out.text(mediaType);
    out.blob(bytes);
  }
  return out.bytes();
}

/** The two strings of a RowBinary row. */
export function decodePair(bytes: Buffer): [Buffer, Buffer] {
  const [length, at] = readVarint(bytes, 0);
  const [rest, from] = readVarint(bytes, at + length);
  return [bytes.subarray(at, at + length), bytes.subarray(from, from + rest)];
}

function readVarint(bytes: Buffer, from: number): [number, number] {
  let value = 0;
  let factor = 1;
  for (let at = from; ; at++) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, at + 1];
    factor *= 128;
  }
}

class BinaryWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeUInt16LE(value, this.#at);
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
  }

  /** A number below 2^53 in 64 bits: several times faster than by way of a bigint. */
  count(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeUInt32LE(value % 0x1_0000_0000, this.#at);
    this.#at = this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#at);
  }

  ascii(value: string, length: number): void {
    if (value.length !== length) throw new TypeError(`${value.length} characters where ${length} are stored`);
    this.#reserve(length);
    this.#at += this.#buffer.write(value, this.#at, length, 'latin1');
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length + 10);
    this.#varint(length);
    this.#at += this.#buffer.write(value, this.#at, length, length === value.length ? 'latin1' : 'utf8');
  }

  blob(value: Uint8Array): void {
    this.#reserve(value.length + 10);
    this.#varint(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  fixed(value: Uint8Array, length: number): void {
    if (value.length !== length) throw new TypeError(`${value.length} bytes where ${length} are stored`);
    this.#reserve(length);
    this.#buffer.set(value, this.#at);
    this.#at += length;
  }

  map(value: Readonly<Record<string, string>>): void {
    const names = Object.keys(value);
    this.#reserve(10);
    this.#varint(names.length);
    for (const name of names) {
      this.text(name);
      this.text(value[name] ?? '');
    }
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + length));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
