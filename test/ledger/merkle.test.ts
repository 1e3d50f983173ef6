import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../ledger/bytes.ts';
import {
  consistencyProof,
  emptyRoot,
  foldNodes,
  inclusionProof,
  isSubtree,
  leafHash,
  nodesOf,
  rootOf,
  subtreeSpans,
  verifyConsistency,
  verifyInclusion,
  verifySubtree,
} from '../../ledger/merkle.ts';
import { referencePath, referenceProof, referenceRoot, referenceSubtreeProof } from './reference.ts';

const LARGEST = 300;
const entries = Array.from({ length: LARGEST }, (_, i) => new TextEncoder().encode(`entry ${i}`));
const leaves = entries.map((entry) => leafHash(entry));
const roots = entries.map((_, i) => referenceRoot(entries.slice(0, i + 1)));
const rootAt = (size: number): Uint8Array => (size === 0 ? emptyRoot : new Uint8Array(roots[size - 1]!));
const same = (a: readonly Uint8Array[], b: readonly Uint8Array[]): void =>
  expect(a.map(toHex)).toEqual(b.map(toHex));

describe('the Merkle tree of RFC 9162', () => {
  it('has the root of the recursive definition for every size to 300', () => {
    expect(toHex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    for (let size = 0; size <= LARGEST; size += 1)
      expect(toHex(rootOf(leaves.slice(0, size)))).toBe(toHex(rootAt(size)));
  });

  it('proves every leaf of every size to 300', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      const tree = leaves.slice(0, size);
      const spans = new Map<string, Uint8Array>();
      const hashOf = (start: number, end: number): Uint8Array => {
        const key = `${start}-${end}`;
        const known = spans.get(key) ?? rootOf(leaves.slice(start, end));
        spans.set(key, known);
        return known;
      };
      for (let index = 0; index < size; index += 1) {
        const proof = subtreeSpans({ start: index, end: index + 1 }, size).map(({ start, end }) =>
          hashOf(start, end),
        );
        const valid = verifyInclusion({ index, size, leaf: tree[index]!, proof, root: rootAt(size) });
        if (!valid) expect.fail(`leaf ${index} of ${size}`);
      }
    }
  });

  it('gives the inclusion and consistency proofs of the recursive definition', () => {
    for (const size of [1, 2, 3, 5, 8, 13, 64, 100, 255, 256, 257, 300]) {
      for (const index of new Set([0, 1, size >> 1, size - 2, size - 1].filter((i) => i >= 0 && i < size))) {
        same(inclusionProof(leaves.slice(0, size), index), referencePath(index, entries.slice(0, size)));
      }
      for (let from = 1; from <= size; from += size > 100 ? 17 : 1) {
        const proof = consistencyProof(leaves.slice(0, size), from);
        same(proof, referenceProof(from, entries.slice(0, size)));
        expect(
          verifyConsistency({ from, to: size, fromRoot: rootAt(from), toRoot: rootAt(size), proof }),
        ).toBe(true);
      }
    }
  });

  it('gives the subtree proofs of the recursive definition for every subtree of every size to 40', () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let start = 0; start < size; start += 1) {
        for (let end = start + 1; end <= size; end += 1) {
          if (!isSubtree(start, end, size)) continue;
          const proof = subtreeSpans({ start, end }, size).map((span) =>
            rootOf(leaves.slice(span.start, span.end)),
          );
          same(proof, referenceSubtreeProof(start, end, entries.slice(0, size)));
          const subtree = rootOf(leaves.slice(start, end));
          const claim = { start, end, size, subtree, proof, root: rootAt(size) };
          expect(verifySubtree(claim)).toBe(true);
          for (let i = 0; i < proof.length; i += 1) {
            expect(verifySubtree({ ...claim, proof: proof.toSpliced(i, 1) })).toBe(false);
            expect(verifySubtree({ ...claim, proof: proof.toSpliced(i, 1, subtree) })).toBe(false);
          }
          expect(verifySubtree({ ...claim, proof: [...proof, subtree] })).toBe(false);
        }
      }
    }
  });

  it('rebuilds the hash of any span from its complete subtrees', () => {
    for (let size = 0; size <= LARGEST; size += 1) {
      const hashes = nodesOf({ start: 0, end: size }).map(({ level, index }) =>
        rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      );
      expect(toHex(foldNodes(hashes))).toBe(toHex(rootAt(size)));
    }
  });

  it('refuses positions outside the tree and sizes beyond exact numbers', () => {
    for (const [index, size] of [
      [3, 3],
      [-1, 3],
      [0, 0],
      [0.5, 3],
      [0, 2 ** 53],
    ] as const) {
      expect(() => subtreeSpans({ start: index, end: index + 1 }, size)).toThrow(TypeError);
    }
    const claim = { index: 5, size: 5, leaf: leaves[0]!, proof: [], root: leaves[0]! };
    expect(verifyInclusion(claim)).toBe(false);
    expect(verifyConsistency({ from: 0, to: 5, fromRoot: emptyRoot, toRoot: rootAt(5), proof: [] })).toBe(
      false,
    );
  });
});

const vectors = process.env['ANNEXA_VECTORS'];
describe('the vectors of transparency-dev/merkle', () => {
  it.skipIf(vectors === undefined)(
    'all give the verdict they ask for (set ANNEXA_VECTORS to the directory of merkle.json)',
    () => {
      const counted = runVectors(join(vectors ?? '', 'merkle.json'));
      expect(counted).toEqual({ checked: 518, wrong: [] });
    },
  );
});

type Vector = Readonly<Record<string, string | string[] | boolean | null>>;

function runVectors(file: string): { checked: number; wrong: string[] } {
  // Sizes go up to 2^64 - 1: quote them, so that JSON.parse loses nothing.
  const text = readFileSync(file, 'utf8').replaceAll(
    /"(size\d?|leafIdx|treeSize|start|end|size)":\s*(\d+)/g,
    '"$1":"$2"',
  );
  const groups = JSON.parse(text) as Record<string, Vector[]>;
  const wrong: string[] = [];
  let checked = 0;
  for (const [kind, list] of Object.entries(groups)) {
    for (const vector of list) {
      checked += 1;
      if (holds(kind, vector) === vector['wantErr']) wrong.push(`${kind} ${vector['name'] as string}`);
    }
  }
  return { checked, wrong };
}

function holds(kind: string, vector: Vector): boolean {
  const int = (name: string): bigint => BigInt((vector[name] as string | undefined) ?? '0');
  const bytes = (name: string): Uint8Array =>
    new Uint8Array(Buffer.from((vector[name] as string | null) ?? '', 'base64'));
  const proof = ((vector['proof'] ?? []) as string[]).map(
    (hash) => new Uint8Array(Buffer.from(hash, 'base64')),
  );
  if (kind === 'inclusion') {
    return verifyInclusion({
      index: int('leafIdx'),
      size: int('treeSize'),
      leaf: bytes('leafHash'),
      proof,
      root: bytes('root'),
    });
  }
  if (kind === 'consistency') {
    return verifyConsistency({
      from: int('size1'),
      to: int('size2'),
      fromRoot: bytes('root1'),
      toRoot: bytes('root2'),
      proof,
    });
  }
  const [start, end] = [int('start'), int('end')];
  if (kind === 'subtreeconsistency') {
    return verifySubtree({
      start,
      end,
      size: int('size'),
      subtree: bytes('root1'),
      proof,
      root: bytes('root2'),
    });
  }
  const index = int('leafIdx');
  if (!isSubtree(start, end, end) || index < start || index >= end) return false;
  return verifyInclusion({
    index: index - start,
    size: end - start,
    leaf: bytes('leafHash'),
    proof,
    root: bytes('root'),
  });
}
