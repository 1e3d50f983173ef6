import { createHash } from 'node:crypto';

/** Merkle tree hash, word for word RFC 9162 section 2.1.1. Slow; shares nothing with the code under test. */
export function referenceRoot(entries: readonly Uint8Array[]): Buffer {
  if (entries.length === 0) return digest();
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return digest(Buffer.of(0), only);
  const k = split(entries.length);
  return digest(Buffer.of(1), referenceRoot(entries.slice(0, k)), referenceRoot(entries.slice(k)));
}

/** PATH(m, D[n]), RFC 9162 section 2.1.3.1. */
export function referencePath(m: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length === 1) return [];
  const k = split(entries.length);
  return m < k
    ? [...referencePath(m, entries.slice(0, k)), referenceRoot(entries.slice(k))]
    : [...referencePath(m - k, entries.slice(k)), referenceRoot(entries.slice(0, k))];
}

/** PROOF(m, D[n]), RFC 9162 section 2.1.4.1. */
export function referenceProof(m: number, entries: readonly Uint8Array[]): Buffer[] {
  return subproof(m, entries, true);
}

/** SUBTREE_PROOF(start, end, D[n]) of the Merkle tree certificates draft. */
export function referenceSubtreeProof(start: number, end: number, entries: readonly Uint8Array[]): Buffer[] {
  return subtreeSubproof(start, end, { entries, whole: true });
}

function subproof(m: number, entries: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (m === entries.length) return whole ? [] : [referenceRoot(entries)];
  const k = split(entries.length);
  return m <= k
    ? [...subproof(m, entries.slice(0, k), whole), referenceRoot(entries.slice(k))]
    : [...subproof(m - k, entries.slice(k), false), referenceRoot(entries.slice(0, k))];
}

function subtreeSubproof(
  start: number,
  end: number,
  tree: { entries: readonly Uint8Array[]; whole: boolean },
): Buffer[] {
  const { entries, whole } = tree;
  if (start === 0 && end === entries.length) return whole ? [] : [referenceRoot(entries)];
  const k = split(entries.length);
  const [left, right] = [entries.slice(0, k), entries.slice(k)];
  if (end <= k) return [...subtreeSubproof(start, end, { entries: left, whole }), referenceRoot(right)];
  if (start >= k)
    return [...subtreeSubproof(start - k, end - k, { entries: right, whole }), referenceRoot(left)];
  return [...subtreeSubproof(0, end - k, { entries: right, whole: false }), referenceRoot(left)];
}

function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function digest(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
