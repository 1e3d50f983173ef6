import { AnnexaError } from '../domain/errors.ts';
import type { LedgerReader, LogStore } from '../domain/ports.ts';
import { toBase64 } from '../ledger/bytes.ts';
import { formatTlogProof } from '../ledger/tlog-proof.ts';
import { keyOf } from './prepare.ts';

export interface ReceiptDeps {
  readonly store: Pick<LogStore, 'findByKey' | 'leaves'>;
  readonly reader: Pick<LedgerReader, 'origin' | 'checkpoint' | 'inclusionProof'>;
}

/** Where one event stands in the log. `proof` (C2SP tlog-proof) is null until a checkpoint covers it. */
export interface EventReceipt {
  readonly log: string;
  readonly source: string;
  readonly id: string;
  readonly index: number;
  /** Base64 of the leaf hash, as in the proof's tree. */
  readonly leaf: string;
  readonly sealed: boolean;
  /** Size of the tree that the proof is about. */
  readonly size: number | null;
  readonly proof: string | null;
}

/** Throws USAGE without source and id, NOT_FOUND when the log holds no such event. */
export async function findReceipt(
  deps: ReceiptDeps,
  query: Readonly<Record<string, unknown>>,
): Promise<EventReceipt> {
  const { source, id } = query;
  if (typeof source !== 'string' || typeof id !== 'string' || source === '' || id === '') {
    throw new AnnexaError('USAGE', 'source and id are needed', {
      hint: 'Ask for /v1/receipts?source=…&id=….',
    });
  }
  const rows = await deps.store.findByKey([keyOf(source, id)]);
  const stored = rows.find((row) => row.source === source && row.id === id);
  if (stored === undefined)
    throw new AnnexaError('NOT_FOUND', 'the log holds no event with this source and id');
  const { log, index } = stored;
  const leaf = toBase64(await deps.store.leaves(log, index, index + 1));
  return { log: deps.reader.origin, source, id, index, leaf, ...(await prove(deps, index)) };
}

async function prove(
  { reader }: ReceiptDeps,
  index: number,
): Promise<Pick<EventReceipt, 'sealed' | 'size' | 'proof'>> {
  const checkpoint = await reader.checkpoint().catch((error: unknown) => {
    if (error instanceof AnnexaError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  });
  if (checkpoint === undefined || checkpoint.size <= index) return { sealed: false, size: null, proof: null };
  const { size, note } = checkpoint;
  const hashes = await reader.inclusionProof(index, size);
  return { sealed: true, size, proof: formatTlogProof({ index, hashes, checkpoint: note }) };
}
