import { readFileSync } from 'node:fs';
import { AnnexaError } from '../domain/errors.ts';
import type { Artefact, Identity } from '../domain/event.ts';
import type { Kind } from '../domain/kinds/index.ts';
import type { ReadStore, SourceHistory } from '../domain/ports.ts';
import { parseInstant, toSqlTime, type Instant } from '../domain/time.ts';

/** Fields of an event by name, clear and disclosed ones together. What was erased is missing. */
export type StoredData = Readonly<Record<string, unknown>>;

/** The last version of one thing that a source row says. */
export interface StoredState {
  /** The last two event ids, oldest first. */
  readonly ids: readonly string[];
  readonly data: StoredData;
  readonly time: Instant;
}

/** What the log knows of an identity of a source. */
export interface KnownIdentity {
  readonly who: string;
  /** Empty after an erasure. */
  readonly identity: Identity;
  readonly identityType: string;
  /** The last change that says whether it is there: seen, joined, enabled, disabled, key-revoked, left. */
  readonly status: string;
}

/** A window that was granted: the decision, and the time during which it admits sessions. */
export interface GrantedWindow {
  readonly approval: string;
  readonly requesterWho: string;
  readonly resource: string;
  readonly grantedAt: Instant;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  readonly index: number;
}

/** What the collectors have to remember. All of it is read from the log. */
export interface CollectorHistory extends SourceHistory {
  /** By version key (`<kind>:<key>`), everything that this source said about these subjects. */
  states(source: string, subjects: readonly string[]): Promise<ReadonlyMap<string, StoredState>>;
  /** Ids of sessions asked for or begun since `since` that may still change: no end, or an approval without one. */
  openSessions(source: string, since: Instant): Promise<readonly string[]>;
  /** Windows that admit sessions after `after`. */
  windows(source: string, after: Instant): Promise<readonly GrantedWindow[]>;
  identities(source: string): Promise<readonly KnownIdentity[]>;
  /** The highest statement number of each relay session that has one. */
  lastSequences(source: string, relaySessions: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** Subjects asked for in one statement. */
const SUBJECTS_AT_ONCE = 200;

const read = (name: string): string =>
  readFileSync(new URL(`./history/${name}.sql`, import.meta.url), 'utf8');
const sql = {
  states: read('states'),
  latest: read('latest'),
  lastPoll: read('last-poll'),
  openSessions: read('open-sessions'),
  windows: read('windows'),
  identities: read('identities'),
  lastSequences: read('last-sequences'),
  artefact: read('artefact'),
};

interface EventRow {
  readonly versionKey: string;
  readonly ids: readonly string[];
  readonly subject: string;
  readonly at: string;
  readonly clear: string;
  readonly disclosed: Readonly<Record<string, string>>;
}

/** Reads the history of sources out of the store. Throws what {@link ReadStore.select} throws. */
export function createCollectorHistory(store: ReadStore): CollectorHistory {
  const states: CollectorHistory['states'] = async (source, subjects) => {
    const found = new Map<string, StoredState>();
    for (let from = 0; from < subjects.length; from += SUBJECTS_AT_ONCE) {
      const part = subjects.slice(from, from + SUBJECTS_AT_ONCE);
      const rows = await store.select<EventRow>(sql.states, { source, subjects: part });
      for (const row of rows) {
        found.set(row.versionKey, { ids: row.ids, data: merge(row), time: toInstant(row.at) });
      }
    }
    return found;
  };
  return {
    states,
    async lastPoll(source) {
      const [row] = await store.select<EventRow>(sql.lastPoll, { source });
      return row === undefined ? undefined : merge(row);
    },
    async versions(source, keys) {
      const found = await states(source, [...new Set(keys.map(subjectOf))]);
      return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key)?.ids ?? []]] : [])));
    },
    async latest(source: string, kind: Kind) {
      const rows = await store.select<EventRow>(sql.latest, { source, kind });
      return new Map(rows.map((row) => [row.subject, merge(row)]));
    },
    async openSessions(source, since) {
      const rows = await store.select<{ session: string }>(sql.openSessions, {
        source,
        since: toSqlTime(since),
      });
      return rows.map((row) => row.session);
    },
    windows: (source, after) => store.select<GrantedWindow>(sql.windows, { source, after: toSqlTime(after) }),
    async identities(source) {
      const rows = await store.select<KnownIdentity & { identityJson: string }>(sql.identities, { source });
      return rows.map(({ who, identityType, status, identityJson }) => {
        return { who, identityType, status, identity: toIdentity(identityJson) };
      });
    },
    async lastSequences(source, relaySessions) {
      const found = new Map<string, number>();
      for (let from = 0; from < relaySessions.length; from += SUBJECTS_AT_ONCE) {
        const subjects = relaySessions.slice(from, from + SUBJECTS_AT_ONCE).map((id) => `relay/${id}`);
        const rows = await store.select<{ relaySession: string; last: number }>(sql.lastSequences, {
          source,
          subjects,
        });
        for (const row of rows) found.set(row.relaySession, row.last);
      }
      return found;
    },
    async artefact(sha256): Promise<Artefact | undefined> {
      const [row] = await store.select<{ mediaType: string; base64: string }>(sql.artefact, { sha256 });
      return (
        row && { sha256, mediaType: row.mediaType, bytes: new Uint8Array(Buffer.from(row.base64, 'base64')) }
      );
    },
  };
}

/** The subject that a version key is about: the key of a session's event begins with the session's id, and so on. */
function subjectOf(versionKey: string): string {
  const [kind = '', key = ''] = versionKey.split(/:(.*)/s);
  const id = key.split('/')[0] ?? key;
  if (kind.startsWith('approval.') || kind === 'bypass.used' || kind === 'source.rewrote')
    return `approval/${id}`;
  if (kind.startsWith('policy.')) return `policy/${id}`;
  return kind.startsWith('admin.') ? `admin/${id}` : `session/${id}`;
}

function merge(row: Pick<EventRow, 'clear' | 'disclosed'>): StoredData {
  const data: Record<string, unknown> = { ...parse(row.clear) };
  for (const text of Object.values(row.disclosed)) if (text !== '') Object.assign(data, parse(text));
  return data;
}

function toIdentity(json: string): Identity {
  return json === '' ? {} : parse(json);
}

/** Texts of the log are objects in canonical JSON: prepare wrote them. */
function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) {
    throw new AnnexaError('LOG_INCONSISTENT', 'an entry holds something else than an object');
  }
  return value as Record<string, unknown>;
}

function toInstant(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new AnnexaError('LOG_INCONSISTENT', `"${text}" is not a time`);
  return instant;
}
