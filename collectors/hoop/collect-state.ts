import type { Event } from '../../domain/event.ts';
import type { PolicyDocument } from '../../domain/policy.ts';
import { parseInstant, type Instant } from '../../domain/time.ts';
import type { KnownIdentity, StoredData } from '../history.ts';
import { lastReadOf, snapshotPolicy } from '../snapshot.ts';
import type { HoopClient } from './client.ts';
import type { CollectHoopOptions } from './collect.ts';
import { identityEvents, type IdentityChange, type ListedIdentity } from './normalise-identity.ts';
import type { Person } from './person.ts';
import { readGatewayState } from './read-state.ts';

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
  const { history, keyring, clock } = options;
  const source = options.source.name;
  const known = await history.identities(source);
  const readAt = clock();
  const whoOf = (person: Person): string => keyring.who(person, readAt) ?? NOBODY;
  const state = await readGatewayState({ client: options.client, clock, whoOf });
  if (state === undefined)
    return { known, listed: [], read: undefined, policy: undefined, version: undefined };

  const before = (await history.latest(source, 'policy.snapshotted')).get(`policy/${source}`);
  const observedBetween = [lastReadOf(options.lastPoll, before), state.read[1]] as const;
  const { document, unreadable } = state;
  const snapshot = await snapshotPolicy({
    source,
    history,
    keyring,
    document,
    before,
    observedBetween,
    unreadable,
  });
  const membersBefore = await membersOf(options, before);
  const changes = identityEvents({
    source,
    listed: state.identities,
    known,
    membersBefore,
    observedBetween,
    keyring,
  });
  await options.store([...changes, ...snapshot.events]);
  return {
    known,
    listed: state.identities,
    read: state.read,
    policy: snapshot.sha256,
    version: state.version,
  };
}

async function membersOf(
  { history }: CollectStateOptions,
  snapshot: StoredData | undefined,
): Promise<IdentityChange['membersBefore']> {
  const sha256 = snapshot?.['sha256'];
  const observed = snapshot?.['observedBetween'];
  const time =
    Array.isArray(observed) && typeof observed[1] === 'string' ? parseInstant(observed[1]) : undefined;
  if (typeof sha256 !== 'string' || time === undefined) return undefined;
  const artefact = await history.artefact(sha256);
  if (artefact === undefined) return undefined;
  // The artefact is a document that this collector wrote, and its digest is its name.
  const { members } = JSON.parse(Buffer.from(artefact.bytes).toString('utf8')) as PolicyDocument;
  return { members, time };
}
