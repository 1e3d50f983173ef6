import { createHash } from 'node:crypto';
import { toCanonicalJson, type Json } from '../domain/canonical.ts';
import type { Artefact, Event } from '../domain/event.ts';
import type { PolicyDocument } from '../domain/policy.ts';
import type { Keyring } from '../domain/ports.ts';
import { parseInstant, type Instant } from '../domain/time.ts';
import { createVersions } from './claim.ts';
import type { CollectorHistory, StoredData } from './history.ts';

export interface SnapshotOptions {
  readonly source: string;
  readonly history: CollectorHistory;
  readonly keyring: Keyring;
  readonly document: PolicyDocument;
  /** Data of the snapshot before, if any. */
  readonly before: StoredData | undefined;
  readonly observedBetween: readonly [Instant | null, Instant];
  readonly unreadable: readonly string[];
}

/** The digest that names a policy document, and its `policy.snapshotted` event when it differs from the last one. */
export async function snapshotPolicy(
  options: SnapshotOptions,
): Promise<{ readonly sha256: string; readonly events: readonly Event[] }> {
  const { source, document, before } = options;
  const artefact = toArtefact(document);
  if (before?.['sha256'] === artefact.sha256) return { sha256: artefact.sha256, events: [] };
  const subject = `policy/${source}`;
  const versions = createVersions(options);
  await versions.load([subject]);
  const previous = before?.['sha256'];
  const { events } = versions.settle([
    {
      kind: 'policy.snapshotted',
      key: source,
      subject,
      time: options.observedBetween[1],
      data: {
        sha256: artefact.sha256,
        previous: typeof previous === 'string' ? previous : undefined,
        counts: {
          resources: document.resources.length,
          grants: document.grants.length,
          approvals: document.approvals.length,
          masking: document.masking.length,
          blocking: document.blocking.length,
          members: document.members.length,
        },
        observedBetween: [...options.observedBetween],
        unreadable: [...options.unreadable],
      },
      artefacts: [artefact],
    },
  ]);
  return { sha256: artefact.sha256, events };
}

/**
 * The last moment at which the state before was certainly in force: the start of the last reading, else the end of
 * the reading behind the last snapshot; null when there was none.
 */
export function lastReadOf(
  lastPoll: StoredData | undefined,
  snapshot: StoredData | undefined,
): Instant | null {
  const read = lastPoll?.['policyRead'];
  const observed = snapshot?.['observedBetween'];
  const text: unknown = Array.isArray(read) ? read[0] : Array.isArray(observed) ? observed[1] : undefined;
  return typeof text === 'string' ? (parseInstant(text) ?? null) : null;
}

function toArtefact(document: PolicyDocument): Artefact {
  const bytes = Buffer.from(toCanonicalJson(document as unknown as Json), 'utf8');
  return { sha256: createHash('sha256').update(bytes).digest('hex'), mediaType: 'application/json', bytes };
}
