import { createHash } from 'node:crypto';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import type { Artefact, Event } from '../../domain/event.ts';
import type { PolicyDocument } from '../../domain/policy.ts';
import { parseInstant, type Instant } from '../../domain/time.ts';
import type { KnownIdentity, StoredData } from '../history.ts';
import { createVersions } from './claim.ts';
import type { HoopClient } from './client.ts';
import type { CollectHoopOptions } from './collect.ts';
import { identityEvents, type ListedIdentity } from './normalise-identity.ts';
import { readGatewayState, type GatewayState } from './read-state.ts';

/** Rules and identities as this poll knows them. */
export interface KnownState {
  readonly known: readonly KnownIdentity[];
  readonly listed: readonly ListedIdentity[];
  /** Undefined when two readings never agreed: then nothing is known of the rules at this moment. */
  readonly read: readonly [Instant, Instant] | undefined;
  readonly policy: string | undefined;
  readonly version: string | undefined;
}

export interface CollectStateOptions extends CollectHoopOptions {
  readonly client: HoopClient;
  readonly lastPoll: StoredData | undefined;
  readonly store: (events: readonly Event[]) => Promise<void>;
}

const NOBODY = 'unknown';

/**
 * Stores a snapshot of the rules when they differ from the last one, and every difference of the identity lists.
 * Both happened between the last reading that saw the state before and the end of this one.
 */
export async function collectState(options: CollectStateOptions): Promise<KnownState> {
  const { source, history, keyring, clock } = options;
  const known = await history.identities(source.name);
  const readAt = clock();
  const whoOf = (person: Parameters<typeof keyring.who>[0]): string => keyring.who(person, readAt) ?? NOBODY;
  const state = await readGatewayState({ client: options.client, clock, whoOf });
  if (state === undefined) return { known, listed: [], read: undefined, policy: undefined, version: undefined };

  const before = (await history.latest(source.name, 'policy.snapshotted')).get(`policy/${source.name}`);
  const lastRead = lastReadOf(options.lastPoll, before);
  const artefact = toArtefact(state.document);
  const snapshot = await snapshotEvent(options, { state, artefact, before, lastRead });
  const changes = identityEvents({
    source: source.name,
    listed: state.identities,
    known,
    membersBefore: await membersOf(options, before),
    observedBetween: [lastRead, state.read[1]],
    keyring,
  });
  await options.store([...changes, ...(snapshot === undefined ? [] : [snapshot])]);
  return { known, listed: state.identities, read: state.read, policy: artefact.sha256, version: state.version };
}

interface Snapshot {
  readonly state: GatewayState;
  readonly artefact: Artefact;
  readonly before: StoredData | undefined;
  readonly lastRead: Instant | null;
}

async function snapshotEvent(options: CollectStateOptions, snapshot: Snapshot): Promise<Event | undefined> {
  const { state, artefact, before, lastRead } = snapshot;
  if (before?.['sha256'] === artefact.sha256) return undefined;
  const { document } = state;
  const subject = `policy/${options.source.name}`;
  const versions = createVersions({ ...options, source: options.source.name });
  await versions.load([subject]);
  const previous = before?.['sha256'];
  const { events } = versions.settle([
    {
      kind: 'policy.snapshotted',
      key: options.source.name,
      subject,
      time: state.read[1],
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
        observedBetween: [lastRead, state.read[1]],
        unreadable: [...state.unreadable],
      },
      artefacts: [artefact],
    },
  ]);
  return events[0];
}

/** Start of the last reading; without one, the end of the reading behind the last snapshot, which is earlier. */
function lastReadOf(lastPoll: StoredData | undefined, snapshot: StoredData | undefined): Instant | null {
  const read = lastPoll?.['policyRead'];
  const observed = snapshot?.['observedBetween'];
  const text: unknown = Array.isArray(read) ? read[0] : Array.isArray(observed) ? observed[1] : undefined;
  return typeof text === 'string' ? (parseInstant(text) ?? null) : null;
}

async function membersOf(options: CollectStateOptions, snapshot: StoredData | undefined) {
  const sha256 = snapshot?.['sha256'];
  const observed = snapshot?.['observedBetween'];
  const time = Array.isArray(observed) && typeof observed[1] === 'string' ? parseInstant(observed[1]) : undefined;
  if (typeof sha256 !== 'string' || time === undefined) return undefined;
  const artefact = await options.history.artefact(sha256);
  if (artefact === undefined) return undefined;
  // The artefact is a document that this collector wrote, and its digest is its name.
  const { members } = JSON.parse(Buffer.from(artefact.bytes).toString('utf8')) as PolicyDocument;
  return { members, time };
}

function toArtefact(document: PolicyDocument): Artefact {
  const bytes = Buffer.from(toCanonicalJson(document as unknown as Json), 'utf8');
  return { sha256: createHash('sha256').update(bytes).digest('hex'), mediaType: 'application/json', bytes };
}
