import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import { isKind } from '../../domain/kinds/index.ts';
import { toBase64, toHex } from '../../ledger/bytes.ts';
import { checkDisclosures } from '../../ledger/disclosure.ts';
import { leafHash, rootOf } from '../../ledger/merkle.ts';

const text = readFileSync(new URL('../../docs/entry.md', import.meta.url), 'utf8');

interface Vector {
  readonly entry: string;
  readonly leaf: string;
  readonly disclosures: readonly { readonly text: string; readonly digest: string }[];
}

const blocks = (part: string, name: string): string[] =>
  [...part.matchAll(new RegExp(`^\`\`\`${name}\\n([^]*?)\\n\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');

const vectors: Vector[] = text
  .split(/^### /m)
  .slice(1)
  .map((part) => ({
    entry: blocks(part, 'entry')[0] ?? '',
    leaf: blocks(part, 'leaf')[0] ?? '',
    disclosures: blocks(part, 'disclosure').map((block) => {
      const [text = '', digest = ''] = block.split('\n');
      return { text, digest };
    }),
  }));

type Parsed = Record<string, Json> & {
  readonly _sd: string[];
  readonly data: Record<string, Json>;
  readonly type: string;
  readonly time: string;
};
const parse = (entry: string): Parsed => JSON.parse(entry) as Parsed;

describe('docs/entry.md', () => {
  it('has vectors with several disclosures and with none', () => {
    expect(vectors.map(({ disclosures }) => disclosures.length)).toEqual([2, 1, 3, 0, 1]);
  });

  it('shows entries in canonical form, with the members it lists', () => {
    const listed = [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    for (const { entry } of vectors) {
      const parsed = parse(entry);
      expect(toCanonicalJson(parsed)).toBe(entry);
      expect(Object.keys(parsed)).toEqual(listed);
      expect(isKind(parsed.type)).toBe(true);
    }
  });

  it('gives leaf hashes and a root that can be derived', () => {
    for (const { entry, leaf } of vectors) {
      expect(createHash('sha256').update(Buffer.of(0)).update(entry).digest('hex')).toBe(leaf);
      expect(toHex(leafHash(entry))).toBe(leaf);
    }
    const [root] = blocks(text, 'root');
    expect(toBase64(rootOf(vectors.map(({ entry }) => leafHash(entry))))).toBe(root);
  });

  it('gives digests that can be derived from the disclosures, and are those of the entries', () => {
    for (const { entry, disclosures } of vectors) {
      const held = disclosures.map((disclosure) => {
        const encoded = Buffer.from(disclosure.text).toString('base64url');
        expect(createHash('sha256').update(encoded).digest('base64url')).toBe(disclosure.digest);
        const [salt, name, value] = JSON.parse(disclosure.text) as [string, string, Json];
        expect(Buffer.from(salt, 'base64url')).toHaveLength(16);
        expect(toCanonicalJson([salt, name, value])).toBe(disclosure.text);
        return { salt, name, value: toCanonicalJson(value) };
      });
      expect(parse(entry)._sd).toEqual(disclosures.map(({ digest }) => digest).sort());
      expect(checkDisclosures(parse(entry)._sd, held)).toMatchObject({ valid: true, unaccounted: 0 });
    }
  });

  it('gives pseudonyms that can be derived from the disclosed identities', () => {
    const key = Buffer.from(/key `([0-9a-f]{64})`/.exec(text)?.[1] ?? '', 'hex');
    let derived = 0;
    for (const { entry, disclosures } of vectors) {
      for (const disclosure of disclosures) {
        const [, , value] = JSON.parse(disclosure.text) as [
          string,
          string,
          Record<string, { id?: string; email?: string }>,
        ];
        for (const [field, identity] of Object.entries(value)) {
          const name = identity.id ?? identity.email?.toLowerCase();
          if (name === undefined) continue;
          const who = toBase32(createHmac('sha256', key).update(name).digest()).slice(0, 26);
          expect(parse(entry).data[field === 'person' ? 'who' : `${field}Who`]).toBe(who);
          derived += 1;
        }
      }
    }
    expect(derived).toBe(3);
  });
});

/** Apart from the code under test: through a number of 256 bits. */
function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(five, 2)))
    .join('');
}
