import { createHash } from 'node:crypto';

/** Numbers in [0, 1) that are the same in every run. */
export function seededRandom(seed: string): () => number {
  let counter = 0;
  return () => {
    counter++;
    return createHash('sha256').update(`${seed} ${counter}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}
