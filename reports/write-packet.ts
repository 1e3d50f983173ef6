import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toCanonicalJson, type Json } from '../domain/canonical.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Packet } from '../domain/packet.ts';
import { sha256OfFile, writeBag } from './bag.ts';
import { collectEvidence, type Evidence } from './evidence.ts';
import { writeGuide } from './files/guide.ts';
import { PROOFS_MAX } from './files/log-copy.ts';
import { layOutReport } from './layout/report.ts';
import type { ReportFile, TrustKey } from './layout/view.ts';
import { readCrosswalk, readWords } from './layout/words.ts';
import { buildPacket } from './packet.ts';
import { writeReportFile } from './report-file.ts';
import { attestPacket } from './sign/dsse.ts';
import type { PacketSigners, WritePacketOptions } from './options.ts';
import { signPdfFile } from './sign/pades.ts';
import { listFiles, zipDirectory } from './zip.ts';

export interface WrittenPacket {
  readonly path: string;
  readonly id: string;
  /** Of the zip file, lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly packet: Packet;
  /** Files in the zip file. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Builds a packet at one size of the log, signs it, and puts the zip file in place when it is finished and checked: `out`
 * is either the whole packet or what it was before. The same inputs at the same size give the same packet.json, tables,
 * events.jsonl and unsigned report.
 *
 * Throws NOT_FOUND when the log is not sealed up to the size, CONTROL_UNKNOWN, LOG_INCONSISTENT, PACKET_INVALID when the
 * packet contradicts itself or does not pass the check.
 */
export async function writePacket(options: WritePacketOptions): Promise<WrittenPacket> {
  const work = await mkdtemp(join(await workDirectory(options), '.packet-'));
  try {
    const bag = join(work, 'bag');
    await mkdir(join(bag, 'data'), { recursive: true });
    const evidence = await collectEvidence(options, { bag, scratch: work });
    const packet = assemble(options, evidence);
    const packetJson = Buffer.from(toCanonicalJson(toJson(packet)));
    await writeFile(join(bag, 'data/packet.json'), packetJson);
    await writeReport(options, { bag, evidence, packet, packetJson });
    await sign(options, { bag, evidence, packet });
    return await finish(options, { work, bag, packet });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function workDirectory({ out, workDirectory }: WritePacketOptions): Promise<string> {
  const directory = workDirectory ?? dirname(typeof out === 'string' ? out : out('0'.repeat(16)));
  await mkdir(directory, { recursive: true });
  return directory;
}

function assemble(options: WritePacketOptions, evidence: Evidence): Packet {
  const { log, organisation, soa } = options;
  const { checkpoint, facts, evaluation, populations, events } = evidence;
  const words = readWords();
  const always = ['denominator', 'receipt', 'limits', 'approvals', 'accounts'];
  const statements = log.anchored === 'none' ? [...always, 'anchored'] : always;
  const { from, to } = options.period;
  const controlOf = new Map(
    evaluation.controls.flatMap(({ id, tests }) => tests.map((test) => [test.id, id])),
  );
  return buildPacket({
    question: evidence.question,
    organisation,
    log: { vkey: log.vkey, root: toBase64(checkpoint.root), anchored: log.anchored },
    soa,
    evaluation,
    facts,
    previousRoot: evidence.previousRoot,
    ipe: populations.map(({ produced }) => ({
      ...produced,
      policySnapshots: [...new Set(facts.policies.map((policy) => policy.sha256))].sort(),
      command: words.say('commands.rebuild', {
        from,
        to,
        size: checkpoint.size,
        control: controlOf.get(produced.test),
      }),
    })),
    cited: events.cited,
    withheld: events.withheld,
    statements: statements.map((key) => words.say(`statements.${key}`)),
  });
}

interface Work {
  readonly bag: string;
  readonly evidence: Evidence;
  readonly packet: Packet;
}

async function writeReport(
  options: WritePacketOptions,
  work: Work & { packetJson: Uint8Array },
): Promise<void> {
  const { bag, evidence, packet, packetJson } = work;
  const { signers, predicateType, onProgress, reportOut } = options;
  onProgress?.({ name: 'report', done: 0, total: 1 });
  const exceptions = new Map(evidence.populations.map((one) => [one.produced.test, one.exceptions]));
  const report = layOutReport(
    {
      packet,
      words: readWords(),
      crosswalk: readCrosswalk(),
      exceptionsOf: ({ id, items }) => exceptions.get(id)?.() ?? items,
      keys: trustKeys(options),
      files: await describeFiles(bag),
      predicateType,
      signature: signatureLevel(signers),
      paper: options.paper ?? 'A4',
    },
    packetJson,
  );
  const file = join(bag, 'data/report.pdf');
  await writeReportFile(report, file);
  onProgress?.({ name: 'report', done: 1, total: 1 });
  onProgress?.({ name: 'sign', done: 0, total: 2 });
  if (signers.report !== undefined) {
    const { timestamps } = signers;
    await signPdfFile(file, {
      signer: signers.report,
      ...(timestamps === undefined ? {} : { timestamp: timestamps.report }),
    });
  }
  if (reportOut !== undefined) await copyFile(file, reportOut);
  onProgress?.({ name: 'sign', done: 1, total: 2 });
}

function signatureLevel({ report, timestamps }: PacketSigners): 'B-B' | 'B-T' | null {
  if (report === undefined) return null;
  return timestamps === undefined ? 'B-B' : 'B-T';
}

function trustKeys({ log, signers }: WritePacketOptions): readonly TrustKey[] {
  const attestation = sha256(signers.attestation.publicKey);
  const certificate = signers.report?.certificates[0];
  return [
    { purpose: 'log', fingerprint: log.vkey },
    { purpose: 'attestation', fingerprint: attestation },
    ...(certificate === undefined ? [] : [{ purpose: 'report', fingerprint: sha256(certificate) } as const]),
  ];
}

async function describeFiles(bag: string): Promise<readonly ReportFile[]> {
  const files: ReportFile[] = [];
  for (const path of await listFiles(bag)) {
    const file = join(bag, path);
    files.push({ path, sha256: await sha256OfFile(file), bytes: (await stat(file)).size });
  }
  return files;
}

async function sign(options: WritePacketOptions, { bag, evidence, packet }: Work): Promise<void> {
  const { signers, predicateType, organisation, onProgress } = options;
  const example = evidence.exceptions.find((_, at) => at < PROOFS_MAX) ?? null;
  await writeGuide(bag, { packet, predicateType, example, timestamped: signers.timestamps !== undefined });
  const written = await writeBag(bag, {
    info: [
      ['Source-Organization', organisation],
      ['External-Identifier', packet.id],
      ['Bagging-Date', packet.asOf.slice(0, 10)],
      ['Bag-Software-Agent', 'annexa'],
    ],
  });
  const { timestamps, attestation } = signers;
  const bundle = await attestPacket({
    packet,
    tagManifestSha256: written.tagManifestSha256,
    predicateType,
    signer: attestation,
    ...(timestamps === undefined ? {} : { timestamp: timestamps.attestation }),
  });
  await writeFile(join(bag, 'packet.sigstore.json'), bundle);
  onProgress?.({ name: 'sign', done: 2, total: 2 });
}

async function finish(
  { out, verify, onProgress }: WritePacketOptions,
  { work, bag, packet }: { work: string; bag: string; packet: Packet },
): Promise<WrittenPacket> {
  onProgress?.({ name: 'zip', done: 0, total: 1 });
  const draft = join(work, 'packet.zip');
  const zip = await zipDirectory(bag, draft);
  onProgress?.({ name: 'zip', done: 1, total: 1 });
  onProgress?.({ name: 'self-verify', done: 0, total: 1 });
  const failing = (await verify?.(draft))?.checks.filter((check) => !check.valid) ?? [];
  if (failing.length > 0) {
    const [first] = failing;
    throw new AnnexaError('PACKET_INVALID', `the packet did not pass ${failing.length} of its own checks`, {
      where: `${first?.name ?? ''}: ${first?.detail ?? ''}`,
      hint: 'Run annexa log verify; nothing was written.',
    });
  }
  const path = typeof out === 'string' ? out : out(packet.id);
  await mkdir(dirname(path), { recursive: true });
  await rename(draft, path);
  onProgress?.({ name: 'self-verify', done: 1, total: 1 });
  const files = await Promise.all(
    (await listFiles(bag)).map(async (name) => ({ path: name, bytes: (await stat(join(bag, name))).size })),
  );
  return { path, id: packet.id, ...zip, packet, files };
}

/** Interfaces have no index signature; a packet consists of JSON values alone, as the canonical form checks. */
function toJson(packet: Packet): Json {
  return packet as unknown as Json;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
