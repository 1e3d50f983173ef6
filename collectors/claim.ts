import type { Artefact, Event, EventData } from '../domain/event.ts';
import type { Kind } from '../domain/kinds/index.ts';
import type { Json } from '../domain/canonical.ts';
import { toCanonicalJson } from '../domain/canonical.ts';
import type { Keyring } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { CollectorHistory, StoredState } from './history.ts';

/** One thing that a source row says now. It becomes an event when it differs from what the log holds. */
export interface Claim {
  readonly kind: Kind;
  /** Names the thing within its kind. Begins with the id of its subject; never holds an e-mail address. */
  readonly key: string;
  readonly subject: string;
  readonly time: Instant;
  readonly data: EventData;
  readonly artefacts?: readonly Artefact[];
  /** Set where `time` is computed from other fields: then a new time alone is no new version. */
  readonly timeIsDerived?: true;
}

interface Settled {
  readonly events: readonly Event[];
  /** Claims of which nothing was stored before, and claims that differ from the version before. */
  readonly fresh: number;
  readonly changed: number;
}

export interface Versions {
  /** What the log holds, versions of this poll included. Only for subjects of a call of {@link Versions.load}. */
  stored(kind: Kind, key: string): StoredState | undefined;
  load(subjects: readonly string[]): Promise<void>;
  /** Events for the claims that differ from their last version, in order. Their subjects must have been loaded. */
  settle(claims: readonly Claim[]): Settled;
}

const MAC_DIGITS = 32;

/**
 * Versions of one source during one poll. The id of a version is `<kind>:<key>:<mac>`, where the mac covers the id
 * of the version before and the canonical data: a row that goes from A to B and back to A is three events, and the
 * same row read twice is one.
 */
export function createVersions(options: {
  readonly source: string;
  readonly history: CollectorHistory;
  readonly keyring: Keyring;
}): Versions {
  const { source, history, keyring } = options;
  const states = new Map<string, StoredState>();
  const loaded = new Set<string>();

  const toEvent = (claim: Claim): Event | undefined => {
    const key = `${claim.kind}:${claim.key}`;
    const [last, before] = (states.get(key)?.ids ?? []).toReversed();
    const content = toCanonicalJson(
      claim.timeIsDerived === true ? claim.data : { data: claim.data as Json, time: claim.time },
    );
    const idAfter = (previous: string | undefined): string =>
      `${key}:${keyring.mac(`${previous ?? ''}\n${content}`).slice(0, MAC_DIGITS)}`;
    if (last !== undefined && last === idAfter(before)) return undefined;
    const id = idAfter(last);
    states.set(key, { ids: last === undefined ? [id] : [last, id], data: claim.data, time: claim.time });
    const { kind, time, subject, data, artefacts } = claim;
    return { source, id, kind, time, subject, data, ...(artefacts === undefined ? {} : { artefacts }) };
  };

  return {
    stored: (kind, key) => states.get(`${kind}:${key}`),
    async load(subjects) {
      const missing = [...new Set(subjects)].filter((subject) => !loaded.has(subject));
      if (missing.length === 0) return;
      for (const [key, state] of await history.states(source, missing)) states.set(key, state);
      for (const subject of missing) loaded.add(subject);
    },
    settle(claims) {
      const events: Event[] = [];
      let fresh = 0;
      let changed = 0;
      for (const claim of claims) {
        const isKnown = states.has(`${claim.kind}:${claim.key}`);
        const event = toEvent(claim);
        if (event === undefined) continue;
        events.push(event);
        if (isKnown) changed += 1;
        else fresh += 1;
      }
      return { events, fresh, changed };
    },
  };
}
