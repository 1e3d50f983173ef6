import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Draft } from '../../domain/entry.ts';
import type { Event } from '../../domain/event.ts';
import type { LogStore } from '../../domain/ports.ts';
import { fromMillis, toInstant, type Instant } from '../../domain/time.ts';
import { createPrepare } from '../../ingest/prepare.ts';
import { createSaltPool } from '../../ingest/salts.ts';
import { createKeyring } from '../../ledger/keyring.ts';
import { sequence } from '../../ledger/sequence.ts';
import { openStore } from '../../store/open.ts';

const start = Date.parse('2026-11-01T08:00:00Z');

/** A store in the embedded engine with entries made as ingest makes them. `close` removes its directory. */
export interface RealLog {
  readonly data: string;
  readonly store: LogStore;
  grow(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openRealLog(directory?: string): Promise<RealLog> {
  const data = directory ?? mkdtempSync(join(tmpdir(), 'annexa-log-'));
  const store = await openStore({ engine: 'embedded', path: join(data, 'clickhouse') }, { fsync: false });
  const keyring = createKeyring({
    tenantKey: new Uint8Array(32).fill(1),
    pseudonymKey: () => new Uint8Array(32).fill(2),
  });
  const prepare = createPrepare({ keyring, salt: createSaltPool(randomBytes) });
  let made = 0;
  return {
    data,
    store,
    async grow(count) {
      const drafts: Draft[] = [];
      for (let i = 0; i < count; i += 1, made += 1) {
        const draft = prepare(eventOf(made));
        if ('reason' in draft) throw new Error(draft.reason);
        drafts.push(draft);
      }
      const head = await store.head(0);
      const now: Instant = fromMillis(start + made * 10);
      await store.append(
        sequence({ log: 0, ...head }, drafts, now),
        drafts.flatMap((draft) => draft.artefacts),
      );
    },
    async close() {
      await store.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Sessions, commands and decisions, with text that JSON has to escape and a value large enough for an artefact. */
function eventOf(n: number): Event {
  const time = toInstant(new Date(start + n * 1000).toISOString(), 'test');
  const base = { source: 'gateway', id: `event "${n}" é\u2028`, time };
  const person = { email: `user${n % 7}@example.com`, name: 'Ünal "the" User' };
  switch (n % 4) {
    case 0:
      return {
        ...base,
        kind: 'session.started',
        subject: `session/${n}`,
        data: {
          session: `${n}`,
          person,
          groups: ['dev'],
          resource: 'pg-orders-prod',
          purpose: 'fix \\ "it"',
          odd: n,
        },
      };
    case 1:
      return {
        ...base,
        kind: 'command.executed',
        subject: `session/${n}`,
        data: { session: `${n}`, seq: n, statement: n % 100 === 1 ? 'x'.repeat(9000) : `SELECT '${n}'\n\t` },
      };
    case 2:
      return {
        ...base,
        kind: 'approval.decided',
        subject: `approval/${n}`,
        data: {
          approval: `${n}`,
          approver: person,
          requester: { id: 'r' },
          decision: 'granted',
          reason: 'ok',
        },
      };
    default:
      return { ...base, kind: 'ledger.heartbeat', subject: 'ledger/0', data: { size: n } };
  }
}
