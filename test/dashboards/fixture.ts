import type { FastifyInstance } from 'fastify';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PacketDesk, PacketRecord, PacketStep } from '../../domain/ports.ts';
import { addMillis, type Instant } from '../../domain/time.ts';
import { buildApp, type AppDeps } from '../../http/app.ts';
import type { Reading } from '../../http/reading.ts';
import { createSignIn, type SignIn } from '../../http/sign-in.ts';
import { at, evaluationOf } from './evaluation.ts';
import { createFakeLedger, type FakeLedger } from './fake-ledger.ts';
import { createAcmeStore, type FakeStore } from './fake-store.ts';

export interface Fixture {
  readonly app: FastifyInstance;
  readonly store: FakeStore;
  readonly ledger: FakeLedger;
  readonly signIn: SignIn;
  readonly readings: Reading[];
  readonly failures: unknown[];
  /** Moves the clock. */
  pass(ms: number): void;
  /** Cookie header of somebody who signed in. */
  cookie(): string;
}

export const PACKET = '5b0c77aa91d2e3f4';
export const BUILDING = 'aa00bb11cc22dd33';

const STEPS: readonly (readonly [string, string, number])[] = [
  ['Freeze the log', 'size 48,191', 100],
  ['Run the tests', '88 of 88', 4_200],
  ['Write populations', '88 files, 6,314 rows', 2_800],
  ['Collect entries and proofs', '1,402 of 1,402', 11_000],
  ['Copy tiles', '38 tiles', 400],
  ['Draw the report', '74 pages', 8_600],
  ['Sign', '', 300],
  ['Zip', '', 200],
  ['Verify as an outsider would', '10 checks', 900],
];

const stepsUntil = (done: number): readonly PacketStep[] =>
  STEPS.map(([name, detail, durationMs], place) => ({
    name,
    detail: place <= done ? detail : '',
    state: place < done ? 'done' : place === done ? 'now' : 'later',
    durationMs: place < done ? durationMs : null,
  }));

function packetOf(id: string, fields: Partial<PacketRecord> = {}): PacketRecord {
  return {
    id,
    request: {
      period: { from: at('2026-10-01T00:00:00Z'), to: at('2026-11-01T00:00:00Z') },
      controls: [],
      reader: { person: 'full', content: 'withheld' },
      complete: false,
      recordings: false,
      by: 'Ines Roth',
    },
    stage: 'built',
    askedAt: at('2026-11-02T09:14:31Z'),
    builtAt: at('2026-11-02T09:15:02Z'),
    steps: stepsUntil(STEPS.length),
    problem: null,
    log: {
      origin: 'annexa.example.com/acme/main',
      size: 48_191,
      root: '9f3c41aa0b17cc20d1e5a6679f3c41aa0b17cc20d1e5a6679f3c41aa0b17e27a',
    },
    outcomes: { pass: 44, exceptions: 10, 'no-occurrence': 11, 'not-tested': 23 },
    files: [
      { path: 'data/report.pdf', bytes: 812_004 },
      { path: 'data/packet.json', bytes: 91_223 },
      { path: 'data/events.jsonl', bytes: 1_402_118 },
    ],
    zip: { sha256: 'c0ffee'.padEnd(64, '1'), bytes: 2_402_118 },
    supersedes: null,
    ...fields,
  };
}

/** Hashing its tree takes a while, and nothing changes it. */
let shared: FakeLedger | undefined;

/** The whole application over made-up ports; nothing listens until somebody says so. */
export function createFixture(
  changes: Partial<AppDeps> & { readonly storeChanges?: Parameters<typeof createAcmeStore>[1] } = {},
): Fixture {
  const { storeChanges, ...deps } = changes;
  let now: Instant = at('2026-11-02T09:15:30Z');
  let drawn = 0;
  const clock = (): Instant => now;
  const ledger = (shared ??= createFakeLedger(48_211));
  const store = createAcmeStore(ledger, storeChanges);
  const readings: Reading[] = [];
  const failures: unknown[] = [];
  const signIn = createSignIn({
    clock,
    key: new Uint8Array(32).fill(7),
    secure: false,
    random: (bytes) => {
      drawn += 1;
      return new Uint8Array(bytes).fill(drawn % 256);
    },
  });
  const app = buildApp({
    store,
    ledger,
    evaluate: async ({ period, size }) =>
      evaluationOf(
        period,
        (Number(at('2026-11-01T00:00:00Z').slice(5, 7)) - Number(period.to.slice(5, 7)) + 12) % 12,
        size,
      ),
    packets: createFakePackets(),
    verifyLog: async () => ({
      at: clock(),
      durationMs: 3_400,
      size: 48_191,
      checks: [
        { name: 'Indexes', valid: true, detail: '0 to 48,190, contiguous' },
        { name: 'Tiles', valid: true, detail: 'rebuilt from entries, same bytes' },
        { name: 'Checkpoints', valid: true, detail: 'each consistent with the one before' },
        { name: 'Columns', valid: true, detail: 're-derived from entries, 0 rows differ' },
      ],
    }),
    artefact: async (sha256) => ({
      sha256,
      mediaType: 'application/x-asciicast',
      bytes: Buffer.from('{"version":2,"width":80,"height":24}\n'),
    }),
    record: async (reading) => {
      readings.push(reading);
    },
    clock,
    signIn,
    organisation: 'acme',
    hosts: ['annexa.acme.example'],
    publicLog: false,
    onFailure: (error) => failures.push(error),
    testSql: (test) =>
      test === 'A.5.18-T1'
        ? '-- one row per session that needed an approval\nSELECT s.subject, s.time\nFROM sessions AS s\nORDER BY s.time, s.index\n'
        : undefined,
    ...deps,
  });
  return {
    app,
    store,
    ledger,
    signIn,
    readings,
    failures,
    pass(ms) {
      now = addMillis(now, ms);
    },
    cookie() {
      const result = signIn.redeem(
        signIn.issueCode({ name: 'Ines Roth', role: 'compliance' }),
        `test-${drawn}`,
      );
      if ('refused' in result) throw new TypeError(result.refused);
      return result.cookie.split(';')[0]!;
    },
  };
}

function createFakePackets(): PacketDesk {
  const folder = mkdtempSync(join(tmpdir(), 'annexa-pages-'));
  const records = new Map([
    [
      BUILDING,
      packetOf(BUILDING, {
        stage: 'building',
        builtAt: null,
        steps: stepsUntil(6),
        outcomes: null,
        files: [],
        zip: null,
      }),
    ],
    [PACKET, packetOf(PACKET)],
    [
      'f0f0f0f0f0f0f0f0',
      packetOf('f0f0f0f0f0f0f0f0', {
        stage: 'failed',
        problem: {
          code: 'KEY_MISSING',
          message: 'The attestation key cannot be read.',
          hint: 'Put it back under keys and build again.',
        },
        outcomes: null,
        files: [],
        zip: null,
      }),
    ],
  ]);
  return {
    list: async ({ limit }) => ({ packets: [...records.values()].slice(0, limit), total: records.size }),
    start: async (request) => {
      const id = `started-${request.controls.length}`;
      records.set(
        id,
        packetOf(id, {
          request,
          stage: 'building',
          steps: stepsUntil(0),
          outcomes: null,
          zip: null,
          files: [],
        }),
      );
      return id;
    },
    state: async (id) => records.get(id),
    async *watch(id, signal) {
      const record = records.get(id);
      if (record === undefined || signal.aborted) return;
      yield record;
      if (id === BUILDING)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    file: async (id, name) => {
      if (id !== PACKET) return undefined;
      const path = join(folder, name);
      writeFileSync(path, `bytes of ${name}`);
      return path;
    },
    verify: async () => ({
      at: at('2026-11-02T09:16:00Z'),
      durationMs: 812,
      checks: [
        { name: 'Bag', valid: true, detail: '212 files, manifest and tag manifest agree' },
        { name: 'Attestation', valid: true, detail: 'DSSE, ECDSA P-256, subject is the tag manifest' },
        { name: 'Checkpoint', valid: true, detail: 'acme/main, size 48,191, signed by the log key' },
        { name: 'Range', valid: true, detail: 'entries 39,004 to 48,190 rebuild the signed root' },
        { name: 'Outcomes', valid: true, detail: '88 of 88 follow from their counts' },
        { name: 'PDF', valid: true, detail: 'bytes attested, PAdES B-B, signature covers the file' },
      ],
    }),
  };
}
