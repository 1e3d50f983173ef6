import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Artefact, Event, EventData } from '../../domain/event.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { LedgerReader, LogStore } from '../../domain/ports.ts';
import { addMillis, toInstant, type Clock, type Instant, type Period } from '../../domain/time.ts';
import { createAppender } from '../../ingest/append.ts';
import { initKeys, openKeys, type Keys } from '../../ledger/keys.ts';
import { formatVerifierKey } from '../../ledger/note.ts';
import { createReader } from '../../ledger/reader.ts';
import { createSealer } from '../../ledger/seal.ts';
import { writeTrust } from '../../ledger/trust.ts';
import { openStore } from '../../store/open.ts';

const instant = (text: string): Instant => toInstant(text, 'test');
export const origin = 'annexa.example.com/acme/main';
export const testPeriod: Period = {
  from: instant('2026-07-01T00:00:00Z'),
  to: instant('2026-08-01T00:00:00Z'),
};

export interface TestLog {
  readonly directory: string;
  readonly store: LogStore;
  readonly ledger: LedgerReader;
  readonly keys: Keys;
  readonly vkey: string;
  /** Directory with what a verifier gets from elsewhere. */
  readonly trust: string;
  /** Appends at a time of ours, or some seconds after the last one. Every event has to be taken. */
  append(events: readonly Event[], at?: string): Promise<void>;
  close(): Promise<void>;
}

/** A whole log on disk: embedded ClickHouse, keys, tiles. Entries are received two months after the period. */
export async function openTestLog(): Promise<TestLog> {
  const directory = mkdtempSync(join(tmpdir(), 'annexa-packet-'));
  let now = instant('2026-06-15T12:00:00Z');
  const clock: Clock = () => (now = addMillis(now, 1_000));
  const store = await openStore({ engine: 'embedded', path: join(directory, 'clickhouse') });
  let seed = 0;
  const random = (length: number): Uint8Array =>
    new Uint8Array(
      createHash('shake256', { outputLength: length })
        .update(String((seed += 1)))
        .digest(),
    );
  await initKeys(directory, { origin, organisation: 'ACME', clock, randomBytes: random });
  const keys = openKeys(directory, { origin, randomBytes: random });
  const salt = (): string => Buffer.from(random(16)).toString('base64url');
  const appender = createAppender({ store, keyring: keys.keyring, clock, salt, log: 0, origin });
  const sealer = createSealer({ store, dataDirectory: directory, log: 0, origin, signer: keys.log });
  const trust = join(directory, 'trust');
  writeTrust(trust, keys);
  return {
    directory,
    store,
    keys,
    trust,
    vkey: formatVerifierKey(keys.log.key),
    ledger: createReader({ store, dataDirectory: directory, log: 0, origin, signer: keys.log }),
    async append(events, at) {
      if (at !== undefined) now = instant(at);
      const { accepted } = await appender.append(events);
      if (accepted !== events.length) throw new Error(`${accepted} of ${events.length} events were taken`);
      await sealer.seal();
    },
    async close() {
      await appender.drain();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

let ids = 0;

export function event(
  kind: Kind,
  time: string,
  rest: { subject: string; data: EventData; source?: string; artefacts?: readonly Artefact[] },
): Event {
  ids += 1;
  const { source = 'gateway', ...more } = rest;
  return { source, id: `e${ids}`, kind, time: instant(time), ...more };
}

/** A snapshot with its document, from before the period. */
export function policyEvent(): Event {
  const document = Buffer.from(
    '{"approvals":[],"blocking":[],"grants":[],"masking":[],"members":[],"resources":[],"signIn":{}}',
  );
  const sha256 = createHash('sha256').update(document).digest('hex');
  return event('policy.snapshotted', '2026-06-10T00:00:00Z', {
    subject: 'policy/gateway',
    data: {
      sha256,
      counts: { grants: 0, resources: 3 },
      observedBetween: [null, '2026-06-10T00:00:00.000000Z'],
    },
    artefacts: [{ sha256, mediaType: 'application/json', bytes: document }],
  });
}

/** Sessions with and without approvals, and a run of the collector. */
export function sampleEvents(count: number): readonly Event[] {
  const poll = event('source.polled', '2026-07-31T00:00:00Z', {
    subject: 'source/gateway',
    data: {
      source: 'gateway',
      sourceKind: 'hoop',
      window: { from: null, to: '2026-07-31T00:00:00.000000Z' },
      seen: count * 3,
      new: count * 3,
      changed: 0,
      refused: 0,
    },
  });
  const sessions = Array.from({ length: count }, (_, at) => sessionEvents(at)).flat();
  return [...sessions, poll];
}

/** Every third session has no approval; the name and the resource of one try to be a formula. */
function sessionEvents(at: number): readonly Event[] {
  const id = `s${String(at).padStart(4, '0')}`;
  const day = String(1 + (at % 28)).padStart(2, '0');
  const person =
    at === 0
      ? { email: '=cmd|calc@example.com', name: '=HYPERLINK("x")' }
      : { email: `p${at % 5}@example.com`, name: `Person ${at % 5}` };
  const resource = at === 3 ? '@SUM(A1)' : `pg-${at % 3}`;
  const subject = `session/${id}`;
  const started = event('session.started', `2026-07-${day}T10:00:00Z`, {
    subject,
    data: { session: id, person, resource, identityType: 'human', purpose: 'fix "it", please\nnow' },
  });
  const ended = event('session.ended', `2026-07-${day}T10:05:00Z`, {
    subject,
    data: { session: id, outcome: 'ok', durationMs: 300_000 },
  });
  if (at % 3 === 0) return [started, ended];
  const decided = event('approval.decided', `2026-07-${day}T09:55:00Z`, {
    subject: `approval/r${id}`,
    data: {
      approval: `r${id}`,
      session: id,
      approver: { email: 'sam@example.com', name: 'Sam' },
      requester: person,
      group: 'sre',
      decision: 'granted',
    },
  });
  return [decided, started, ended];
}
