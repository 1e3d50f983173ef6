import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Packet, PacketPolicy } from '../../domain/packet.ts';
import type { LogStore } from '../../domain/ports.ts';
import type { AccessRow } from '../facts/facts.ts';
import { openTable } from './csv.ts';

/** Writes the policy documents that were in force, named by their hash. An erased one is not there any more. */
export async function writePolicies(
  bag: string,
  { policies, store }: { policies: readonly PacketPolicy[]; store: Pick<LogStore, 'artefact'> },
): Promise<void> {
  const folder = join(bag, 'data/policies');
  for (const sha256 of new Set(policies.map((policy) => policy.sha256))) {
    const document = await store.artefact(sha256);
    if (document === undefined) continue;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${sha256}.json`), document.bytes);
  }
}

const columns = [
  'who',
  'person',
  'resource',
  'sessions',
  'neverReleased',
  'durationMs',
  'open',
  'ok',
  'failed',
  'blocked',
  'killed',
  'rejected',
  'abandoned',
] as const satisfies readonly (keyof AccessRow)[];

/** Writes access-summary.csv: sessions by identity and resource. */
export async function writeAccessSummary(
  bag: string,
  { rows, reader }: { rows: readonly AccessRow[]; reader: Packet['reader'] },
): Promise<void> {
  const table = await openTable<AccessRow>(join(bag, 'data/access-summary.csv'), columns);
  for (const row of rows) await table.write(reader.person === 'full' ? row : { ...row, person: '' });
  await table.close();
}
