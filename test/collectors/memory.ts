import { createHmac } from 'node:crypto';
import type { CollectorHistory, KnownIdentity, StoredState } from '../../collectors/history.ts';
import { identityKey, type Artefact, type Event, type Identity } from '../../domain/event.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import { fieldsOf } from '../../domain/kinds/index.ts';
import type { Appender, Keyring, SourcedRefusal } from '../../domain/ports.ts';
import type { Instant } from '../../domain/time.ts';

/** A log in memory: what was appended, in order, each (source, id) once. */
export interface MemoryLog {
  readonly appender: Appender;
  readonly history: CollectorHistory;
  readonly events: Event[];
  readonly refusals: SourcedRefusal[];
  readonly artefacts: Map<string, Artefact>;
  /** The next `times` calls of append fail. */
  failNext(times: number): void;
  of(kind: Kind): Event[];
  /** The last version of a kind for each subject, or for each key where a subject has several. */
  latest(kind: Kind): Event[];
}

export const memoryKeyring: Keyring = {
  mac: (text) => createHmac('sha256', 'tenant').update(text).digest('hex'),
  who(identity: Identity, time: Instant) {
    const key = identityKey(identity);
    return key === undefined
      ? undefined
      : createHmac('sha256', `year ${time.slice(0, 4)}`)
          .update(key)
          .digest('hex')
          .slice(0, 26);
  },
};

export function createMemoryLog(): MemoryLog {
  const events: Event[] = [];
  const refusals: SourcedRefusal[] = [];
  const artefacts = new Map<string, Artefact>();
  const ids = new Map<string, string>();
  let failures = 0;

  const appender: Appender = {
    async append(batch, refused = []) {
      if (failures > 0) {
        failures -= 1;
        throw new Error('the store is away');
      }
      let accepted = 0;
      let repeated = 0;
      for (const event of batch) {
        const key = `${event.source}\n${event.id}`;
        const text = JSON.stringify([event.kind, event.time, event.subject, event.data]);
        const before = ids.get(key);
        if (before !== undefined) {
          if (before !== text) throw new Error(`conflict: ${event.id}`);
          repeated += 1;
          continue;
        }
        ids.set(key, text);
        events.push(event);
        accepted += 1;
        for (const artefact of event.artefacts ?? []) artefacts.set(artefact.sha256, artefact);
      }
      refusals.push(...refused);
      return { log: 'memory', accepted, repeated, refused: [], first: null, last: null };
    },
  };
  const of = (kind: Kind): Event[] => events.filter((event) => event.kind === kind);
  return {
    appender,
    events,
    refusals,
    artefacts,
    failNext: (times) => void (failures = times),
    of,
    latest(kind) {
      return [...new Map(of(kind).map((event) => [versionKey(event), event])).values()];
    },
    history: memoryHistory(events, artefacts),
  };
}

export function versionKey(event: Event): string {
  return event.id.slice(0, event.id.lastIndexOf(':'));
}

function memoryHistory(events: readonly Event[], artefacts: ReadonlyMap<string, Artefact>): CollectorHistory {
  const from = (source: string): Event[] => events.filter((event) => event.source === source);
  const history: CollectorHistory = {
    async states(source, subjects) {
      const states = new Map<string, StoredState>();
      for (const event of from(source).filter(({ subject }) => subjects.includes(subject))) {
        const ids = [...(states.get(versionKey(event))?.ids ?? []), event.id].slice(-2);
        states.set(versionKey(event), { ids, data: stored(event), time: event.time });
      }
      return states;
    },
    async versions(source, keys) {
      const all = await history.states(
        source,
        from(source).map(({ subject }) => subject),
      );
      return new Map([...all].filter(([key]) => keys.includes(key)).map(([key, { ids }]) => [key, ids]));
    },
    async lastPoll(source) {
      return from(source).findLast(({ kind }) => kind === 'source.polled')?.data;
    },
    async latest(source, kind) {
      return new Map(
        from(source)
          .filter((event) => event.kind === kind)
          .map((event) => [event.subject, stored(event)]),
      );
    },
    async openSessions(source, since) {
      const own = from(source);
      const ended = new Set(own.filter(({ kind }) => kind === 'session.ended').map(({ subject }) => subject));
      const closed = new Set(
        own
          .filter((e) => e.kind === 'approval.ended' || e.data['decision'] === 'rejected')
          .map(({ subject }) => subject),
      );
      const open = own.filter(
        (event) =>
          (event.kind === 'session.started' && !ended.has(event.subject)) ||
          (event.kind === 'approval.requested' && !closed.has(event.subject)),
      );
      return [
        ...new Set(open.filter(({ time }) => time >= since).map(({ data }) => textOf(data['session']))),
      ];
    },
    async windows(source, after) {
      return from(source).flatMap((event, index) => {
        const { decision, validFrom, validTo, approval, resource } = event.data;
        if (
          event.kind !== 'approval.decided' ||
          decision !== 'granted' ||
          typeof validTo !== 'string' ||
          validTo <= after
        )
          return [];
        const requesterWho = memoryKeyring.who(event.data['requester'] as Identity, event.time) ?? '';
        return [
          {
            approval: textOf(approval),
            requesterWho,
            resource: textOf(resource),
            index,
            grantedAt: event.time,
            validFrom: textOf(validFrom) as Instant,
            validTo: validTo as Instant,
          },
        ];
      });
    },
    async identities(source) {
      const known = new Map<string, KnownIdentity>();
      for (const { data, time } of from(source).filter(({ kind }) => kind === 'identity.changed')) {
        const identity = data['identity'] as Identity;
        const who = memoryKeyring.who(identity, time) ?? '';
        const change = textOf(data['change']);
        const isStatus = ['seen', 'joined', 'enabled', 'disabled', 'key-revoked', 'left'].includes(change);
        const status = isStatus ? change : (known.get(who)?.status ?? '');
        known.set(who, { who, identity, identityType: textOf(data['identityType']), status });
      }
      return [...known.values()];
    },
    async lastSequences(source, relaySessions) {
      const last = new Map<string, number>();
      for (const { data } of from(source).filter(({ kind }) => kind.startsWith('command.'))) {
        const id = textOf(data['relaySession']);
        if (relaySessions.includes(id)) last.set(id, Math.max(last.get(id) ?? 0, Number(data['seq'])));
      }
      return last;
    },
    artefact: async (sha256) => artefacts.get(sha256),
  };
  return history;
}

/** Data as the store gives it back: with the pseudonyms that prepare adds. */
function stored(event: Event): Readonly<Record<string, unknown>> {
  const pseudonyms = Object.entries(fieldsOf(event.kind)).flatMap(([name, field]) => {
    if (field.identity !== true || event.data[name] === undefined) return [];
    const who = memoryKeyring.who(event.data[name] as Identity, event.time);
    return [[name === 'person' ? 'who' : `${name}Who`, who] as const];
  });
  return { ...event.data, ...Object.fromEntries(pseudonyms) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
