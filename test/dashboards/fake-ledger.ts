import { createHash } from 'node:crypto';
import type { LogRow } from '../../domain/entry.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { LedgerReader } from '../../domain/ports.ts';
import { toInstant } from '../../domain/time.ts';

export interface FakeLedger extends LedgerReader {
  readonly leafOf: (index: number) => Buffer;
  readonly entryOf: (index: number) => string;
}

const hash = (...parts: readonly Uint8Array[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

/** A log of made-up entries whose tree is real: pairs are hashed, an odd last node moves up. */
export function createFakeLedger(size: number, origin = 'annexa.example.com/acme/main'): FakeLedger {
  const entryOf = (index: number): string =>
    JSON.stringify({ _sd: ['x'], data: { session: 's' }, id: `id-${index}`, v: 1 });
  const leafOf = (index: number): Buffer => hash(Buffer.from([0]), Buffer.from(entryOf(index)));
  const levels: Buffer[][] = [Array.from({ length: size }, (_, index) => leafOf(index))];
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!) {
    const next: Buffer[] = [];
    for (let at = 0; at < level.length; at += 2) {
      next.push(at + 1 < level.length ? hash(Buffer.from([1]), level[at]!, level[at + 1]!) : level[at]!);
    }
    levels.push(next);
  }
  const root = levels.at(-1)![0]!;
  const note = `${origin}\n${size}\n${root.toString('base64')}\n\n— ${origin} Xr2pQk8vN1tGm0c4bD7eYw5uJ3sLh9aZqKfTRv6iCoPxUdEgBnHjMkWlSyAa7Zw=\n`;
  const row = (index: number): LogRow => ({
    log: 0,
    index,
    received: toInstant('2026-11-02T09:13:58.120000Z', 'fixture'),
    entry: entryOf(index),
    leaf: leafOf(index),
    salts: {},
    values: {},
    key: 0n,
    mac: '',
  });
  return {
    origin,
    leafOf,
    entryOf,
    checkpoint: async () => ({ origin, size, root, note }),
    checkpointAt: async () => ({ origin, size, root, note }),
    async inclusionProof(index) {
      const path: Uint8Array[] = [];
      let at = index;
      for (const level of levels.slice(0, -1)) {
        const sibling = level[at % 2 === 0 ? at + 1 : at - 1];
        if (sibling !== undefined) path.push(sibling);
        at = Math.floor(at / 2);
      }
      return path;
    },
    consistencyProof: async () => [],
    async tile(level, index, width) {
      const hashes = levels[level * 8]?.slice(index * 256, index * 256 + width) ?? [];
      if (hashes.length < width) throw new AnnexaError('NOT_FOUND', 'no such tile');
      return Buffer.concat(hashes);
    },
    rows: async (from, to) => Array.from({ length: to - from }, (_, at) => row(from + at)),
  };
}
