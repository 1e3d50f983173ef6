import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../domain/event.ts';
import type { Keyring, LogStore } from '../../domain/ports.ts';
import { addMillis, toInstant, type Clock, type Instant } from '../../domain/time.ts';
import { createAppender, type AppenderDeps, type LogAppender } from '../../ingest/append.ts';
import { createSaltPool } from '../../ingest/salts.ts';
import { createKeyring } from '../../ledger/keyring.ts';
import { openStore } from '../../store/open.ts';

export const origin = 'example.com/acme/main';
export const start: Instant = toInstant('2026-06-15T08:00:00Z', 'test');

export const keyring: Keyring = createKeyring({
  tenantKey: new Uint8Array(32).fill(7),
  pseudonymKey: () => new Uint8Array(32).fill(9),
});

/** Different salts at each draw, the same in each run. */
export function createTestSalts(): () => string {
  let number = 0;
  return createSaltPool((length) => Uint8Array.from({ length }, () => (number = (number * 33 + 17) % 251)));
}

/** A clock that goes on by a millisecond each time it is read. */
export function createTestClock(from = start): Clock {
  let reads = 0;
  return () => addMillis(from, reads++);
}

export function freshDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'annexa-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openTestStore(path: string): Promise<LogStore> {
  return openStore({ engine: 'embedded', path: join(path, 'clickhouse') });
}

export function appenderOf(store: LogStore, more: Partial<AppenderDeps> = {}): LogAppender {
  return createAppender({
    store,
    keyring,
    clock: createTestClock(),
    salt: createTestSalts(),
    log: 0,
    origin,
    ...more,
  });
}

export function commandEvent(number: number, more: Partial<Event> = {}): Event {
  return {
    source: 'gateway',
    id: `command-${number}`,
    kind: 'command.executed',
    time: addMillis(start, number),
    subject: `session/s${number % 7}`,
    data: {
      session: `s${number % 7}`,
      seq: number,
      person: { email: 'dan@example.com' },
      resource: 'pg-orders-prod',
      language: 'sql',
      class: 'read',
      statement: `select ${number} from orders`,
    },
    ...more,
  };
}

export function cloudEvent(number: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { source, id, kind, time, subject, data } = commandEvent(number);
  return { specversion: '1.0', source, id, type: `annexa.${kind}`, time, subject, data, ...more };
}
