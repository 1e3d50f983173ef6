import { crc32, deflateRawSync } from 'node:zlib';

/** One member of a hand-made zip; everything that a liar could write differently can be given. */
export interface HandMember {
  readonly name: string;
  readonly content: string;
  readonly localName?: string;
  readonly flags?: number;
  readonly method?: 0 | 8;
  readonly declaredSize?: number;
  readonly attributes?: number;
  readonly comment?: string;
  readonly extra?: Buffer;
}

/** A zip as a plain packer writes it, byte by byte. */
export function makeZip(members: readonly HandMember[]): Buffer {
  const parts: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const {
      name,
      content,
      localName = name,
      flags = 0x800,
      method = 8,
      comment = '',
      extra = Buffer.alloc(0),
    } = member;
    const bytes = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const figures = Buffer.alloc(16);
    figures.writeUInt32LE(0x00210000, 0);
    figures.writeUInt32LE(crc32(bytes), 4);
    figures.writeUInt32LE(packed.length, 8);
    figures.writeUInt32LE(member.declaredSize ?? bytes.length, 12);
    const local = Buffer.concat([
      words(0x4b50, 0x0403, 20, flags, method),
      figures,
      words(localName.length, 0),
      Buffer.from(localName),
      packed,
    ]);
    const tail = Buffer.alloc(14);
    tail.writeUInt16LE(comment.length, 0);
    tail.writeUInt32LE(member.attributes ?? 0o100644 * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    records.push(
      Buffer.concat([
        words(0x4b50, 0x0201, 0x033f, 20, flags, method),
        figures,
        words(name.length, extra.length),
        tail,
        Buffer.from(name),
        extra,
        Buffer.from(comment),
      ]),
    );
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(14);
  end.writeUInt16LE(members.length, 0);
  end.writeUInt16LE(members.length, 2);
  end.writeUInt32LE(directory.length, 4);
  end.writeUInt32LE(offset, 8);
  return Buffer.concat([...parts, directory, words(0x4b50, 0x0605, 0, 0), end]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, at) => bytes.writeUInt16LE(value, 2 * at));
  return bytes;
}
