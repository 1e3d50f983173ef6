import { createPrivateKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../domain/event.ts';
import { addMillis, fromMillis } from '../../domain/time.ts';
import { createSealer, type Sealer } from '../../ledger/seal.ts';
import type { NoteSigner } from '../../ledger/note.ts';
import { openStore } from '../../store/open.ts';
import { appenderOf, commandEvent, origin, start } from '../ingest/parts.ts';
import { testSigner } from '../ledger/keys-for-tests.ts';

/** Steps between which the child can be killed, in the order in which a batch passes them. */
export const crashPoints = [
  'prepared',
  'sequenced',
  'artefacts-inserted',
  'inserted',
  'acked',
  'sealed',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export interface ChildOptions {
  readonly directory: string;
  /** Batches to send, [from, to). */
  readonly from: number;
  readonly to: number;
  readonly fsync: boolean;
  /** Kill at this point of this batch. */
  readonly kill?: { readonly at: CrashPoint; readonly batch: number };
}

export const EVENTS_PER_BATCH = 20;

/** The same events for the same number: what a client that heard nothing sends again. */
export function batchOf(number: number): Event[] {
  return Array.from({ length: EVENTS_PER_BATCH }, (_, i) => {
    const id = number * EVENTS_PER_BATCH + i;
    const event = commandEvent(id, { time: addMillis(start, id) });
    // One value of each batch is large enough to be an artefact.
    const statement = i === 0 ? `${id} ${'x'.repeat(10_000)}` : `select ${id}`;
    return { ...event, data: { ...event.data, statement } };
  });
}

/** A log key that is the same in every process. */
export function crashSigner(): NoteSigner {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([prefix, Buffer.alloc(32, 5)]);
  return testSigner(origin, { privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }) });
}

async function run(options: ChildOptions): Promise<void> {
  let batch = options.from - 1;
  const checkpoint = (name: CrashPoint): void => {
    if (options.kill?.at !== name || options.kill.batch !== batch) return;
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  };
  const path = join(options.directory, 'clickhouse');
  const store = await openStore({ engine: 'embedded', path }, { checkpoint, fsync: options.fsync });
  const appender = appenderOf(store, { checkpoint, clock: () => fromMillis(Date.now()) });
  const ledger = { store, dataDirectory: options.directory, log: 0, origin, signer: crashSigner() };
  const sealer: Sealer = createSealer(ledger);
  await sealer.seal();
  for (batch = options.from; batch < options.to; batch++) {
    say('send', { batch });
    const { accepted, repeated, refused } = await appender.append(batchOf(batch));
    say('ack', { batch, accepted, repeated, refused: refused.length });
    checkpoint('acked');
    await sealer.seal();
    checkpoint('sealed');
  }
  await store.close();
}

/** Written at once and whole: what was said before a kill was said. */
function say(word: 'send' | 'ack', value: Readonly<Record<string, number>>): void {
  writeSync(1, `${word} ${JSON.stringify(value)}\n`);
}

const [, script, argument] = process.argv;
if (script === import.meta.filename && argument !== undefined)
  await run(JSON.parse(argument) as ChildOptions);
