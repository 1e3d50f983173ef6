import { concatBytes, equalBytes } from './bytes.ts';
import { sha256 } from './hash.ts';

/** Root of the tree without leaves: SHA-256 of the empty string. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0));

export const HASH_BYTES = 32;

/** Leaves [start, end) of a tree. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A complete subtree: leaves [index · 2^level, (index + 1) · 2^level). */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** A position or size; verification takes the whole 64-bit range. */
export type Position = number | bigint;

const encoder = new TextEncoder();

/** SHA-256(0x00 ‖ entry), RFC 9162 section 2.1.1. Text is hashed as UTF-8. */
export function leafHash(entry: Uint8Array | string): Uint8Array {
  const bytes = typeof entry === 'string' ? encoder.encode(entry) : entry;
  const message = new Uint8Array(bytes.length + 1);
  message.set(bytes, 1);
  return sha256(message);
}

/** SHA-256(0x01 ‖ left ‖ right), RFC 9162 section 2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + left.length + right.length);
  message[0] = 1;
  message.set(left, 1);
  message.set(right, 1 + left.length);
  return sha256(message);
}

/** Merkle tree hash of these leaf hashes (RFC 9162 section 2.1.1). */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  let row = leaves;
  while (row.length > 1) row = pairUp(row);
  return row[0] ?? emptyRoot;
}

/**
 * Whose hashes prove leaf `index` in a tree of `size` (RFC 9162 section 2.1.3.1), leaf side first.
 * Throws TypeError unless 0 ≤ index < size < 2^53.
 */
export function inclusionSpans(index: number, size: number): readonly Span[] {
  return subtreeSpans({ start: index, end: index + 1 }, size);
}

/**
 * Whose hashes prove that the tree of `from` leaves begins the tree of `to` (RFC 9162 section 2.1.4.1).
 * Throws TypeError unless 1 ≤ from ≤ to < 2^53.
 */
export function consistencySpans(from: number, to: number): readonly Span[] {
  return subtreeSpans({ start: 0, end: from }, to);
}

/**
 * Whose hashes prove that the subtree over `span` belongs to a tree of `size` (draft-ietf-plants-merkle-tree-certs
 * section 4): both proofs above in one. Throws TypeError when no subtree covers exactly `span`.
 */
export function subtreeSpans(span: Span, size: number): readonly Span[] {
  const exact = [span.start, span.end, size].every((position) => Number.isSafeInteger(position));
  if (!exact || !isSubtree(span.start, span.end, size) || span.start === span.end) {
    throw new TypeError(`[${span.start}, ${span.end}) is no subtree of a tree of ${size}`);
  }
  const spans: Span[] = [];
  let tree: Span = { start: 0, end: size };
  let known = true;
  while (span.start !== tree.start || span.end !== tree.end) {
    const middle = tree.start + splitOf(tree.end - tree.start);
    const left = { start: tree.start, end: middle };
    const right = { start: middle, end: tree.end };
    if (span.end <= middle) {
      spans.push(right);
      tree = left;
      continue;
    }
    spans.push(left);
    tree = right;
    if (span.start >= middle) continue;
    known = false;
    span = { start: middle, end: span.end };
  }
  if (!known) spans.push(tree);
  return spans.reverse();
}

/** The complete subtrees that make up a span, left to right; their {@link foldNodes} is the span's hash. */
export function nodesOf(span: Span): readonly NodeId[] {
  const nodes: NodeId[] = [];
  let start = span.start;
  while (start < span.end) {
    let level = 0;
    let width = 1;
    while (start % (width * 2) === 0 && start + width * 2 <= span.end) {
      level += 1;
      width *= 2;
    }
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}

/** Hash of a subtree from the hashes of its {@link nodesOf}; the empty root when there are none. */
export function foldNodes(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** Inclusion proof of `index` among all these leaf hashes. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  return inclusionSpans(index, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
}

/** Consistency proof between the first `from` of these leaf hashes and all of them. */
export function consistencyProof(leaves: readonly Uint8Array[], from: number): readonly Uint8Array[] {
  return consistencySpans(from, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
}

/** Checks an inclusion proof (RFC 9162 section 2.1.3.2). Says nothing about who vouches for `root`. */
export function verifyInclusion(claim: {
  readonly index: Position;
  readonly size: Position;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  if (claim.leaf.length !== HASH_BYTES || claim.root.length !== HASH_BYTES) return false;
  const index = BigInt(claim.index);
  return verifySubtree({
    start: index,
    end: index + 1n,
    size: claim.size,
    subtree: claim.leaf,
    proof: claim.proof,
    root: claim.root,
  });
}

/** Checks a consistency proof (RFC 9162 section 2.1.4.2). The empty tree begins no tree: `from` 0 is refused. */
export function verifyConsistency(claim: {
  readonly from: Position;
  readonly to: Position;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  if (BigInt(claim.from) <= 0n) return false;
  return verifySubtree({
    start: 0,
    end: claim.from,
    size: claim.to,
    subtree: claim.fromRoot,
    proof: claim.proof,
    root: claim.toRoot,
  });
}

/** Checks that the subtree [start, end) with hash `subtree` belongs to the tree (merkle-tree-certs section 4.4.3). */
export function verifySubtree(claim: {
  readonly start: Position;
  readonly end: Position;
  readonly size: Position;
  readonly subtree: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  if (!isSubtree(claim.start, claim.end, claim.size)) return false;
  if (claim.start === claim.end) return claim.proof.length === 0 && equalBytes(claim.subtree, emptyRoot);
  if (claim.proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  let first = BigInt(claim.start);
  let last = BigInt(claim.end) - 1n;
  let edge = BigInt(claim.size) - 1n;
  const mask = last === edge ? 0n : 1n;
  while (first !== last && (last & mask) === mask)
    [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
  const rest = [...claim.proof];
  const seed = first === last ? claim.subtree : rest.shift();
  if (seed === undefined) return false;
  let inner = seed;
  let outer = seed;
  for (const hash of rest) {
    if (edge === 0n) return false;
    if ((last & 1n) === 1n || last === edge) {
      if (first < last) inner = nodeHash(hash, inner);
      outer = nodeHash(hash, outer);
      while ((last & 1n) === 0n) [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
    } else {
      outer = nodeHash(outer, hash);
    }
    [first, last, edge] = [first >> 1n, last >> 1n, edge >> 1n];
  }
  return edge === 0n && equalBytes(inner, claim.subtree) && equalBytes(outer, claim.root);
}

/** Whether [start, end) is a subtree of a tree of `size`: `start` a multiple of the width rounded up to a power of two. */
export function isSubtree(start: Position, end: Position, size: Position): boolean {
  const [from, to, all] = [BigInt(start), BigInt(end), BigInt(size)];
  if (from < 0n || from > to || to > all) return false;
  let width = 1n;
  while (width < to - from) width *= 2n;
  return from % width === 0n;
}

/** Concatenated hashes as an array of views. */
export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...hashes);
}

function pairUp(row: readonly Uint8Array[]): readonly Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let i = 0; i < row.length; i += 2) {
    const [left, right] = [row[i], row[i + 1]];
    if (left !== undefined) next.push(right === undefined ? left : nodeHash(left, right));
  }
  return next;
}

/** Largest power of two below `n`, for n > 1. */
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
