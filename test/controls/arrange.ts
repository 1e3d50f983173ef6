import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import type { LogRow } from '../../domain/entry.ts';
import { identityKey, type Event, type EventData } from '../../domain/event.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { PolicyDocument } from '../../domain/policy.ts';
import type { Keyring, LogStore } from '../../domain/ports.ts';
import { toInstant, type Instant } from '../../domain/time.ts';
import { createPrepare } from '../../ingest/prepare.ts';
import { sequence } from '../../ledger/sequence.ts';
import { openStore } from '../../store/open.ts';

/** Pseudonyms that can be read, so that a policy document can be written by hand. */
export const who = (identity: string): string => `who:${identity}`;

const keyring: Keyring = {
  mac: (text) => hash('sha256', text, 'hex'),
  who: (identity) => {
    const key = identityKey(identity);
    return key === undefined ? undefined : who(key);
  },
};

export const at = (text: string): Instant => toInstant(text, 'scenario');

/** A time of the period that the scenarios use: `10 08:30` is 2026-03-10T08:30:00Z. */
export function on(text: string): Instant {
  const [day = '', clock = ''] = text.split(' ');
  return toInstant(
    `2026-03-${day.padStart(2, '0')}T${clock.length === 5 ? `${clock}:00` : clock}Z`,
    'scenario',
  );
}

export interface TestLog {
  readonly store: LogStore;
  /** Size of the log so far. */
  size(): number;
  append(events: readonly Event[], options?: AppendOptions): Promise<readonly LogRow[]>;
  close(): Promise<void>;
}

export interface AppendOptions {
  readonly received?: Instant;
  /** Changes the rows after they were made, as somebody with access to the database would. */
  readonly tamper?: (rows: readonly LogRow[]) => readonly LogRow[];
  /** Leaves indexes out before the first row. */
  readonly skip?: number;
}

/** A log in a fresh embedded store, filled through the real preparation and sequencing. */
export async function openTestLog(): Promise<TestLog> {
  const directory = mkdtempSync(join(tmpdir(), 'annexa-controls-'));
  const store = await openStore(
    { engine: 'embedded', path: join(directory, 'clickhouse') },
    { fsync: false },
  );
  let salts = 0;
  const prepare = createPrepare({
    keyring,
    salt: () => Buffer.from(String((salts += 1)).padStart(16, '0')).toString('base64url'),
  });
  let size = 0;
  let last: Instant | null = null;
  return {
    store,
    size: () => size,
    async append(events, options = {}) {
      const drafts = events.map((event) => {
        const draft = prepare(event);
        if ('reason' in draft) throw new TypeError(`${event.kind}: ${draft.reason}`);
        return draft;
      });
      size += options.skip ?? 0;
      const made = sequence(
        { log: 0, size, received: last },
        drafts,
        options.received ?? toInstant('2026-04-02T00:00:00Z', 'received'),
      );
      const rows = options.tamper === undefined ? made : options.tamper(made);
      await store.append(
        rows,
        drafts.flatMap((draft) => draft.artefacts),
      );
      size += drafts.length;
      last = rows.at(-1)?.received ?? last;
      return rows;
    },
    async close() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type Shape<T> = { readonly [name in keyof T]?: T[name] };

/** Writes the events of one source. Names are made its own, so that many scenarios share one log. */
export interface Source {
  readonly source: string;
  readonly resource: string;
  id(name: string): string;
  person(name: string): { readonly email: string };
  who(name: string): string;
  event(kind: Kind, options: { time: Instant; subject: string; data: EventData; source?: string }): Event;
  human(name: string, time?: Instant): Event;
  machine(name: string, options?: { owner?: string; time?: Instant }): Event;
  left(name: string, time: Instant): Event;
  policy(time: Instant, document?: Shape<PolicyDocument>, observedFrom?: Instant | null): Event;
  requested(session: string, time: Instant, data?: EventData): Event;
  started(session: string, time: Instant, data?: EventData): Event;
  ended(session: string, time: Instant, data?: EventData): Event;
  asked(approval: string, time: Instant, data?: EventData): Event;
  decided(approval: string, time: Instant, data?: EventData): Event;
  command(session: string, time: Instant, data?: EventData): Event;
  linked(from: string, to: string, data?: EventData): Event;
  polled(from: Instant | null, to: Instant, data?: EventData): Event;
}

export function createSource(slug: string, name = slug): Source {
  let count = 0;
  const resource = `db-${slug}`;
  const id = (short: string) => `${slug}-${short}`;
  const person = (short: string) => ({ email: `${short}@${slug}.example` });
  const whoOf = (short: string) => who(person(short).email);
  const make = (kind: Kind, options: { time: Instant; subject: string; data: EventData }): Event => ({
    source: name,
    id: `${slug}-${(count += 1)}`,
    kind,
    ...options,
  });
  const identity = (short: string, data: EventData, time = on('1 00:00')): Event =>
    make('identity.changed', {
      time,
      subject: `identity/${whoOf(short)}`,
      data: { identity: person(short), change: 'seen', ...data },
    });
  return {
    source: name,
    resource,
    id,
    person,
    who: whoOf,
    event: (kind, options) => ({ ...make(kind, options), source: options.source ?? name }),
    human: (short, time) => identity(short, { identityType: 'human' }, time),
    machine: (short, { owner, time } = {}) =>
      identity(
        short,
        { identityType: 'machine', ...(owner === undefined ? {} : { owner: person(owner) }) },
        time,
      ),
    left: (short, time) => identity(short, { change: 'left' }, time),
    policy: (time, document = {}, observedFrom = null) => {
      const full: PolicyDocument = {
        resources: [],
        grants: [],
        approvals: [],
        masking: [],
        blocking: [],
        members: [],
        signIn: {},
        ...document,
      };
      const bytes = Buffer.from(toCanonicalJson(full as unknown as Json));
      const sha256 = hash('sha256', bytes, 'hex');
      const made = make('policy.snapshotted', {
        time,
        subject: `policy/${name}`,
        data: { sha256, observedBetween: [observedFrom, time] },
      });
      return { ...made, artefacts: [{ sha256, mediaType: 'application/json', bytes }] };
    },
    requested: (session, time, data) =>
      make('session.requested', {
        time,
        subject: `session/${id(session)}`,
        data: { session: id(session), person: person('dan'), resource, ...data },
      }),
    started: (session, time, data) =>
      make('session.started', {
        time,
        subject: `session/${id(session)}`,
        data: { session: id(session), person: person('dan'), resource, ...data },
      }),
    ended: (session, time, data) =>
      make('session.ended', {
        time,
        subject: `session/${id(session)}`,
        data: {
          session: id(session),
          outcome: 'ok',
          recording: { sha256: 'a'.repeat(64), bytes: 100, truncated: false },
          ...data,
        },
      }),
    asked: (approval, time, data) =>
      make('approval.requested', {
        time,
        subject: `approval/${id(approval)}`,
        data: { approval: id(approval), person: person('dan'), resource, needed: 1, ...data },
      }),
    decided: (approval, time, data) =>
      make('approval.decided', {
        time,
        subject: `approval/${id(approval)}`,
        data: {
          approval: id(approval),
          approver: person('sam'),
          requester: person('dan'),
          resource,
          group: 'sre',
          decision: 'granted',
          ...data,
        },
      }),
    command: (session, time, data) =>
      make('command.executed', {
        time,
        subject: `session/${id(session)}`,
        data: {
          session: id(session),
          seq: (count += 1),
          resource,
          language: 'sql',
          statement: 'SELECT 1',
          ...data,
        },
      }),
    linked: (from, to, data) =>
      make('link.derived', {
        time: on('1 00:00'),
        subject: from,
        data: { from, to, method: 'window', confidence: 'high', alternatives: 0, ...data },
      }),
    polled: (from, to, data) =>
      make('source.polled', {
        time: to,
        subject: `source/${name}`,
        data: { source: name, window: { from, to }, seen: 0, ...data },
      }),
  };
}
