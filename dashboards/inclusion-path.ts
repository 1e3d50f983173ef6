import { createHash } from 'node:crypto';

export interface PathStep {
  readonly level: number;
  /** On which side of the node so far the sibling stands. */
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/**
 * The way from a leaf to the root, with the side of each sibling, and whether it leads there (RFC 9162 section 2.1.3.2).
 * `hashes` come leaf side first.
 */
export function inclusionPath(
  leaf: Uint8Array,
  hashes: readonly Uint8Array[],
  tree: { readonly index: number; readonly size: number; readonly root: Uint8Array },
): { readonly steps: readonly PathStep[]; readonly included: boolean } {
  let node = tree.index;
  let last = tree.size - 1;
  let level = 0;
  let hash: Uint8Array = leaf;
  const steps: PathStep[] = [];
  for (const sibling of hashes) {
    const isLeft = node % 2 === 1 || node === last;
    steps.push({ level, side: isLeft ? 'left' : 'right', hash: Buffer.from(sibling).toString('hex') });
    hash = isLeft ? hashNode(sibling, hash) : hashNode(hash, sibling);
    if (isLeft) {
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
        level += 1;
      }
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
    level += 1;
  }
  return { steps, included: last === 0 && Buffer.from(hash).equals(Buffer.from(tree.root)) };
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}
