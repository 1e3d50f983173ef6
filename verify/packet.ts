import { attestation } from '../domain/attestation.ts';
import { checkAttestation } from './attestation.ts';
import type { AttestationFindings } from './attestation.ts';
import { checkBag } from './bag.ts';
import type { BagFindings } from './bag.ts';
import { checkEvents } from './events.ts';
import { checkCheckpoint, checkRange, LOG_PATH } from './log.ts';
import type { CheckpointFindings } from './log.ts';
import { readWhole } from './members.ts';
import type { Members } from './members.ts';
import { readPacketView } from './packet-view.ts';
import type { PacketView } from './packet-view.ts';
import { readPdf } from './pdf.ts';
import type { PdfFindings } from './pdf.ts';
import { checkPdfSignature } from './pdf-signature.ts';
import type { PdfSignatureFindings } from './pdf-signature.ts';
import { checkOutcomes, checkTables } from './tables.ts';
import type { Digests } from './tables.ts';
import { stampLine, trustLine } from './trust-line.ts';
import type { Trust } from './trust.ts';
import { collectProblems, explain, failed, toCheck } from './verification.ts';
import type { CheckName, PacketCheck, Signer } from './verification.ts';

const PACKET = 'data/packet.json';
const REPORT = 'data/report.pdf';
const POLICY_NAME = /^data\/policies\/([0-9a-f]{64})\.json$/;
const BUNDLE_MAX = 2 ** 20;
const SMALL_MAX = 64 * 2 ** 20;

/** Who vouches for the signers, and whether that matters. */
export interface Judges {
  readonly trust: Trust;
  readonly allowed: boolean;
}

export interface Findings {
  readonly packet: string | null;
  readonly checks: readonly PacketCheck[];
  readonly signers: readonly Signer[];
}

/** Checks all files of a packet; see {@link verifyPacket}. */
export async function verifyMembers(members: Members, { trust, allowed }: Judges): Promise<Findings> {
  const structure = collectProblems();
  members.problems.forEach((problem) => structure.add(problem));
  const bag = await checkBag(members);
  const { packet, check: packetCheck } = await readPacket(members);
  const attested = await attest(members, { packet, trust });
  const log = await checkLog(members, { packet, trust });
  const pdf = await checkReport(members, { trust, digests: bag.digests });
  const checkpointBytes = await readOptional(members, `${LOG_PATH}checkpoint`);
  const stamps = stampLine(
    [
      ...(attested?.timestamps ?? []).map((token) => ({
        name: 'attestation',
        token,
        data: attested?.signature,
      })),
      {
        name: 'checkpoint',
        token: await readOptional(members, `${LOG_PATH}checkpoint.tsr`),
        data: checkpointBytes,
      },
      { name: 'PDF signature', token: pdf.signature?.timestamp, data: pdf.signature?.signature },
    ],
    trust.authorities,
  );
  const signers = [
    ...signersOf({ attested, checkpoint: log.checkpoint, pdf: pdf.signature }),
    ...stamps.signers,
  ];
  const checks = [
    toCheck('structure', structure, `${members.names.length} files, nothing beside them`),
    bagLine(members, bag),
    attested === undefined
      ? failed('attestation', `${attestation.file}: missing or unreadable`)
      : toCheck('attestation', attested.problems, `signature holds over ${attestation.subject}`),
    packetCheck,
    ...log.checks,
    ...(await contentChecks(members, { packet, digests: bag.digests })),
    ...pdf.checks,
    stamps.check,
    trustLine(signers, { allowed, expected: ['attestation', 'log', 'pdf'] }),
  ];
  return { packet: packet?.id ?? null, checks, signers };
}

function bagLine(members: Members, bag: BagFindings): PacketCheck {
  return toCheck('bag', bag.problems, `${members.names.length} files, ${bag.bytes} bytes, all as listed`);
}

async function readPacket(members: Members): Promise<{ packet: PacketView | undefined; check: PacketCheck }> {
  const problems = collectProblems();
  try {
    const read = readPacketView(await readWhole(members, PACKET));
    if ('packet' in read) {
      const { id, period } = read.packet;
      return {
        packet: read.packet,
        check: toCheck('packet', problems, `${id}, ${period.from} to ${period.to}`),
      };
    }
    read.problems.forEach((problem) => problems.add(problem));
  } catch (error) {
    problems.add(explain(error));
  }
  return { packet: undefined, check: toCheck('packet', problems, '') };
}

async function attest(
  members: Members,
  { packet, trust }: { packet: PacketView | undefined; trust: Trust },
): Promise<AttestationFindings | undefined> {
  const bundle = await readOptional(members, attestation.file, BUNDLE_MAX);
  const tagManifest = await readOptional(members, attestation.subject);
  if (bundle === undefined || tagManifest === undefined) return undefined;
  return checkAttestation({ bundle, tagManifest, packet, trust });
}

const UNREADABLE = `not checked: ${PACKET} is unreadable`;

async function checkLog(
  members: Members,
  { packet, trust }: { packet: PacketView | undefined; trust: Trust },
): Promise<{ checks: readonly PacketCheck[]; checkpoint: CheckpointFindings | undefined }> {
  const rest = ['range', 'entries', 'disclosures', 'proofs'] as const;
  if (packet === undefined) {
    return {
      checks: (['checkpoint', ...rest] as const).map((name) => failed(name, UNREADABLE)),
      checkpoint: undefined,
    };
  }
  const found = await checkCheckpoint(members, { packet, logKeys: trust.logKeys });
  const line = toCheck(
    'checkpoint',
    found.problems,
    `${packet.log.origin}, size ${packet.log.size}, root ${packet.log.root}`,
  );
  if (found.checkpoint === undefined || found.trust === undefined) {
    return {
      checks: [line, ...rest.map((name) => failed(name, 'not checked: no checkpoint'))],
      checkpoint: found,
    };
  }
  const { range } = packet.log;
  const tiles = await checkRange(members, { checkpoint: found.checkpoint, range });
  const events = await checkEvents(members, {
    packet,
    checkpoint: found.checkpoint,
    trust: found.trust,
    leafAt: tiles.leafAt,
  });
  const { counts } = events;
  return {
    checkpoint: found,
    checks: [
      line,
      toCheck(
        'range',
        tiles.problems,
        `[${range.from}, ${range.to}) leads to the root by ${tiles.tiles} tiles`,
      ),
      toCheck('entries', events.entries, `${counts.entries} entries are in the log`),
      toCheck(
        'disclosures',
        events.disclosures,
        `${counts.opened} open, ${counts.closed} withheld or erased`,
      ),
      toCheck('proofs', events.proofs, `${counts.proofs} proofs lead to the checkpoint`),
    ],
  };
}

async function contentChecks(
  members: Members,
  { packet, digests }: { packet: PacketView | undefined; digests: Digests },
): Promise<PacketCheck[]> {
  if (packet === undefined) {
    return (['tables', 'outcomes', 'policies'] satisfies CheckName[]).map((name) => failed(name, UNREADABLE));
  }
  const tables = await checkTables(members, { packet, digests });
  const outcomes = checkOutcomes(packet);
  return [
    toCheck('tables', tables.problems, `${tables.tables} files, ${tables.rows} rows, as packet.json says`),
    toCheck('outcomes', outcomes.problems, `${outcomes.tests} tests judged again from their counts`),
    policiesLine(members, { packet, digests }),
  ];
}

/** Each snapshot has its own digest as its name, and packet.json names it. One that was erased is counted, not missed. */
function policiesLine(
  members: Members,
  { packet, digests }: { packet: PacketView; digests: Digests },
): PacketCheck {
  const problems = collectProblems();
  const named = new Set(packet.policies.map(({ sha256 }) => sha256));
  let found = 0;
  for (const name of members.names) {
    if (!name.startsWith('data/policies/')) continue;
    const sha256 = POLICY_NAME.exec(name)?.[1] ?? '';
    found++;
    if (digests.get(name) !== sha256) problems.add(`${name}: not the digest of its content`);
    if (!named.has(sha256)) problems.add(`${name}: not named in ${PACKET}`);
  }
  for (const { test, policySnapshots } of packet.ipe) {
    for (const sha256 of policySnapshots) {
      if (!named.has(sha256)) problems.add(`${test}: used snapshot ${sha256}, which is not listed`);
    }
  }
  const erased = named.size > found ? `, ${named.size - found} more listed but erased` : '';
  return toCheck('policies', problems, `${found} snapshots${erased}`);
}

async function checkReport(
  members: Members,
  { trust, digests }: { trust: Trust; digests: Digests },
): Promise<{ checks: readonly PacketCheck[]; signature: PdfSignatureFindings | undefined }> {
  let pdf: PdfFindings;
  try {
    pdf = await readPdf(() => members.read(REPORT));
  } catch (error) {
    return {
      checks: (['pdf', 'pdf-signature'] as const).map((name) => failed(name, explain(error))),
      signature: undefined,
    };
  }
  const problems = collectProblems();
  if (pdf.sha256 !== digests.get(REPORT)) problems.add(`${REPORT}: read differently the second time`);
  const own = digests.get(PACKET);
  if (own === undefined || !pdf.embedded.includes(own))
    problems.add(`${REPORT}: the packet.json embedded in it is not ${PACKET}`);
  const signature = checkPdfSignature(pdf, trust.authorities);
  return {
    signature,
    checks: [
      toCheck('pdf', problems, `SHA-256 ${pdf.sha256}, packet.json embedded`),
      toCheck(
        'pdf-signature',
        signature.problems,
        `signed by ${signature.signer}, covers all ${pdf.size} bytes`,
      ),
    ],
  };
}

function signersOf(found: {
  attested: AttestationFindings | undefined;
  checkpoint: CheckpointFindings | undefined;
  pdf: PdfSignatureFindings | undefined;
}): Signer[] {
  const list = [
    { role: 'attestation', fingerprint: found.attested?.fingerprint, known: found.attested?.known },
    { role: 'log', fingerprint: found.checkpoint?.vkey, known: found.checkpoint?.known },
    { role: 'pdf', fingerprint: found.pdf?.fingerprint, known: found.pdf?.known },
  ] as const;
  return list.flatMap(({ role, fingerprint, known }) =>
    fingerprint === undefined ? [] : [{ role, fingerprint, known: known ?? false }],
  );
}

async function readOptional(
  members: Members,
  name: string,
  max = SMALL_MAX,
): Promise<Uint8Array | undefined> {
  if (members.sizeOf(name) === undefined) return undefined;
  try {
    return await readWhole(members, name, max);
  } catch {
    return undefined;
  }
}
