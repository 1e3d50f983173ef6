import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toCanonicalJson } from '../../domain/canonical.ts';
import type { Json } from '../../domain/canonical.ts';
import type { Packet } from '../../domain/packet.ts';
import { toInstant } from '../../domain/time.ts';
import { toBase64 } from '../../ledger/bytes.ts';
import { signCheckpoint } from '../../ledger/checkpoint.ts';
import { disclosureDigest } from '../../ledger/disclosure.ts';
import { inclusionProof, leafHash, rootOf, joinHashes } from '../../ledger/merkle.ts';
import { formatVerifierKey, toNoteKey } from '../../ledger/note.ts';
import { tilesForRange } from '../../ledger/range.ts';
import { tilePath } from '../../ledger/tiles.ts';
import { formatTlogProof } from '../../ledger/tlog-proof.ts';
import { writeBag } from '../../reports/bag.ts';
import { attestPacket } from '../../reports/sign/dsse.ts';
import { signPdf } from '../../reports/sign/pades.ts';
import { zipDirectory } from '../../reports/zip.ts';
import { makePki } from '../sign/certificates.ts';
import type { TestPki } from '../sign/certificates.ts';
import { makePdf } from '../sign/sample-pdf.ts';

export const ORIGIN = 'log.example.com/acme/main';
export const PREDICATE_TYPE = 'https://annexa.dev/predicate/packet/v1';
export const TEST_ID = 'A.5.18-T1';

/** Keys of one signer of everything. */
export interface TestKeys {
  readonly log: KeyObject;
  readonly vkey: string;
  readonly attestation: KeyObject;
  readonly attestationSpki: Uint8Array;
  readonly pki: TestPki;
}

export function makeKeys(): TestKeys {
  const log = generateKeyPairSync('ed25519');
  const raw = log.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const attestation = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    log: log.privateKey,
    vkey: formatVerifierKey(toNoteKey(ORIGIN, new Uint8Array(raw))),
    attestation: attestation.privateKey,
    attestationSpki: new Uint8Array(attestation.publicKey.export({ type: 'spki', format: 'der' })),
    pki: makePki(),
  };
}

export async function writeTrust(directory: string, keys: TestKeys): Promise<void> {
  await mkdir(directory, { recursive: true });
  const pem =
    Buffer.from(keys.attestationSpki)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const files = {
    'attestation.pub': ['-----BEGIN PUBLIC KEY-----', ...pem, '-----END PUBLIC KEY-----', ''].join('\n'),
    'log.vkey': `${keys.vkey}\n`,
    'ca.pem': keys.pki.caPem,
    'predicate-type': `${PREDICATE_TYPE}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

export interface PacketPlan {
  readonly size: number;
  readonly range: { readonly from: number; readonly to: number };
  /** Changes the packet before it is drawn and signed: what a dishonest producer would do. */
  readonly alter?: (packet: Packet) => Packet;
  /** Changes the staged files before they are listed and signed. */
  readonly stage?: (directory: string) => Promise<void>;
  /** Time-stamps the attestation. */
  readonly timestamp?: (signature: Uint8Array) => Promise<Uint8Array>;
}

export const smallPlan: PacketPlan = { size: 700, range: { from: 300, to: 650 } };

/** Writes an unpacked, signed packet into `directory`. */
export async function buildPacket(directory: string, keys: TestKeys, plan = smallPlan): Promise<void> {
  const { size, range } = plan;
  const log = Array.from({ length: size }, (_, index) => makeEntry(index));
  const leaves = log.map(({ entry }) => leafHash(entry));
  const root = rootOf(leaves);
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size, root }, [
    {
      key: toNoteKey(ORIGIN, new Uint8Array(logPublicKey(keys))),
      sign: async (message) => new Uint8Array(sign(null, message, keys.log)),
    },
  ]);
  const put = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = join(directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return createHash('sha256').update(content).digest('hex');
  };
  const exceptions = [range.from + 3, range.from + 40];
  const context = [10];
  const cited = [...context, ...exceptions].toSorted((a, b) => a - b);
  const lines = cited.map((index) =>
    toCanonicalJson({
      log: 0,
      index,
      entry: log[index]?.entry ?? '',
      disclosures: log[index]?.disclosures ?? [],
      cited: exceptions.includes(index) ? 'exception' : 'context',
    }),
  );
  await put('data/events.jsonl', lines.map((line) => `${line}\n`).join(''));
  for (const tile of tilesForRange({ ...range, size })) {
    const width = 256 ** tile.level;
    const hashes = Array.from({ length: tile.width }, (_, i) => {
      const from = (tile.index * 256 + i) * width;
      return rootOf(leaves.slice(from, from + width));
    });
    await put(`data/logs/0/${tilePath(tile)}`, joinHashes(hashes));
  }
  await put('data/logs/0/checkpoint', checkpoint.note);
  for (const index of cited) {
    const hashes = inclusionProof(leaves, index);
    await put(
      `data/proofs/0-${index}.tlog-proof`,
      formatTlogProof({ index, hashes, checkpoint: checkpoint.note }),
    );
  }
  const policy = toCanonicalJson({ resources: [], grants: [] });
  const policySha256 = createHash('sha256').update(policy).digest('hex');
  await put(`data/policies/${policySha256}.json`, policy);
  const sqlSha256 = await put(`data/controls/A.5.18/${TEST_ID}.sql`, 'SELECT 1\n');
  const rows = Array.from({ length: 20 }, (_, i) => {
    const index = range.from + i * 3;
    const exception = i === 1 ? 'approval-late' : i === 2 ? 'approval-absent' : '';
    return `session/${i},${index},"a, ""b""\nc",${exception},${i === 19 ? 'blind' : ''},${String(i === 18)}\n`;
  });
  const head = 'subject,index,detail,exception,excluded,open\n';
  const populationFile = `data/controls/A.5.18/${TEST_ID}.population.csv`;
  const exceptionsFile = `data/controls/A.5.18/${TEST_ID}.exceptions.csv`;
  const populationSha256 = await put(populationFile, head + rows.join(''));
  const exceptionsSha256 = await put(exceptionsFile, head + rows.slice(1, 3).join(''));
  const packet = makePacket({
    keys,
    root: toBase64(root),
    plan,
    exceptions,
    policySha256,
    sqlSha256,
    population: { file: populationFile, rows: 20, sha256: populationSha256 },
    exceptionsTable: { file: exceptionsFile, rows: 2, sha256: exceptionsSha256 },
  });
  const told = plan.alter?.(packet) ?? packet;
  const packetJson = toCanonicalJson(told as unknown as Json);
  await put('data/packet.json', packetJson);
  await put('data/report.pdf', await signPdf(await makePdf(packetJson), { signer: keys.pki.signer }));
  await put('VERIFY.md', '# How to check this packet\n');
  await plan.stage?.(directory);
  await seal(directory, keys, { packet: told, timestamp: plan.timestamp });
}

/** Lists and signs what lies in the directory. */
export async function seal(
  directory: string,
  keys: TestKeys,
  { packet, timestamp }: { packet: Packet; timestamp: PacketPlan['timestamp'] | undefined },
): Promise<void> {
  const { tagManifestSha256 } = await writeBag(directory, { info: [['Bagging-Date', '2026-04-01']] });
  const bundle = await attestPacket({
    packet,
    tagManifestSha256,
    ...(timestamp === undefined ? {} : { timestamp }),
    predicateType: PREDICATE_TYPE,
    signer: {
      publicKey: keys.attestationSpki,
      sign: async (bytes) => new Uint8Array(sign('sha256', bytes, keys.attestation)),
    },
  });
  await writeFile(join(directory, 'packet.sigstore.json'), bundle);
}

/** Builds a packet in `directory` and zips it to `file`. */
export async function buildZip(directory: string, file: string, keys: TestKeys): Promise<void> {
  await buildPacket(directory, keys);
  await zipDirectory(directory, file);
}

function logPublicKey(keys: TestKeys): Uint8Array {
  return Buffer.from(keys.vkey.split('+').slice(2).join('+'), 'base64').subarray(1);
}

interface TestEntry {
  readonly entry: string;
  readonly disclosures: readonly { readonly name: string; readonly salt: string; readonly value: string }[];
}

export function makeEntry(index: number): TestEntry {
  const salt = createHash('sha256').update(`salt ${index}`).digest('base64url').slice(0, 22);
  const person = {
    name: 'person',
    salt,
    value: toCanonicalJson({ person: { email: `p${index}@example.com` } }),
  };
  const content = { name: 'content', salt, value: toCanonicalJson({ purpose: `ticket ${index}` }) };
  const entry = toCanonicalJson({
    _sd: [person, content].map(disclosureDigest).toSorted(),
    data: { session: String(index), who: 'w' },
    id: `e${index}`,
    received: '2026-02-01T00:00:00.000000Z',
    source: 'gateway',
    subject: `session/${index}`,
    time: '2026-02-01T00:00:00.000000Z',
    type: 'session.started',
    v: 1,
  });
  return { entry, disclosures: index % 2 === 0 ? [person, content] : [person] };
}

interface PacketParts {
  readonly keys: TestKeys;
  readonly root: string;
  readonly plan: PacketPlan;
  readonly exceptions: readonly number[];
  readonly policySha256: string;
  readonly sqlSha256: string;
  readonly population: { readonly file: string; readonly rows: number; readonly sha256: string };
  readonly exceptionsTable: { readonly file: string; readonly rows: number; readonly sha256: string };
}

function makePacket({
  keys,
  root,
  plan,
  exceptions,
  policySha256,
  sqlSha256,
  population,
  exceptionsTable,
}: PacketParts): Packet {
  const period = {
    from: toInstant('2026-01-01T00:00:00Z', 'test'),
    to: toInstant('2026-04-01T00:00:00Z', 'test'),
  };
  const asOf = toInstant('2026-04-01T06:00:00Z', 'test');
  const { size, range } = plan;
  const items = exceptions.map((index, i) => ({
    subject: `session/${i + 1}`,
    time: period.from,
    log: 0,
    index,
    who: 'w',
    person: 'Dan',
    resource: 'db',
    code: i === 0 ? 'approval-late' : 'approval-absent',
    detail: '',
    accepted: null,
  }));
  const common = {
    missing: [],
    blind: [],
    limits: [],
    notes: [],
    needs: ['sessions'],
    accepted: 0,
    itemsComplete: true,
    question: 'Was every session approved?',
    excludedBy: {},
  };
  return {
    version: 1,
    id: '0123456789abcdef',
    organisation: 'ACME',
    period,
    asOf,
    controlsRequested: ['A.5.18'],
    controlsSha256: sqlSha256,
    reader: { person: 'full', content: 'full' },
    log: { origin: ORIGIN, vkey: keys.vkey, size, root, range, anchored: 'none' },
    soa: null,
    evaluation: {
      period,
      asOf,
      logs: [{ log: 0, origin: ORIGIN, size, root }],
      limits: [{ name: 'BLIND_MAX', text: '0', value: 0, adopted: false }],
      preconditions: [],
      controls: [
        {
          id: 'A.5.18',
          title: 'Access rights',
          theme: 'organizational',
          grade: 'direct',
          iso2013: ['A.9.2.2'],
          cannotEvidence: 'Rights inside the targets.',
          tests: [
            {
              ...common,
              id: TEST_ID,
              outcome: 'exceptions',
              population: 19,
              excluded: 1,
              exceptions: 2,
              open: 1,
              items,
              sqlSha256,
            },
            {
              ...common,
              id: 'A.5.18-T2',
              outcome: 'no-occurrence',
              population: 0,
              excluded: 0,
              exceptions: 0,
              open: 0,
              items: [],
              sqlSha256,
            },
          ],
        },
      ],
    },
    ipe: [
      {
        test: TEST_ID,
        sqlSha256,
        parameters: {},
        population,
        exceptions: exceptionsTable,
        policySnapshots: [policySha256],
        command: 'annexa evaluate',
      },
    ],
    policies: [
      { source: 'gateway', sha256: policySha256, inForceFrom: period.from, inForceTo: null, index: 5 },
    ],
    sources: [],
    lateArrivals: [],
    cited: { total: 3, exceptions: 2, context: 1, complete: false },
    withheld: 0,
    erased: 0,
    previous: null,
    statements: [],
  };
}
