import { concat, der, derInteger, DER, membersOf, parseDer } from './der.ts';
import { outcomes } from './evaluation.ts';
import type { Outcome } from './evaluation.ts';
import type { Instant } from './time.ts';

/** Names and types of the attestation that covers a packet, for the one that writes and the one that checks. */
export const attestation = {
  file: 'packet.sigstore.json',
  /** The file whose digest is signed; through it every other file of the packet. */
  subject: 'tagmanifest-sha256.txt',
  payloadType: 'application/vnd.in-toto+json',
  statementType: 'https://in-toto.io/Statement/v1',
  bundleType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
} as const;

/** What the signer states about a packet, besides the digest of its files. */
export type PacketPredicate = {
  readonly packet: string;
  readonly origin: string;
  readonly size: number;
  /** Base64, as on the checkpoint. */
  readonly root: string;
  /** First index and the one after the last. */
  readonly range: readonly [number, number];
  readonly period: { readonly from: Instant; readonly to: Instant };
  readonly tests: Readonly<Record<Outcome, number>>;
  readonly cited: number;
};

/** The part of a packet that its predicate repeats. */
export interface Attested {
  readonly id: string;
  readonly period: { readonly from: Instant; readonly to: Instant };
  readonly log: {
    readonly origin: string;
    readonly size: number;
    readonly root: string;
    readonly range: { readonly from: number; readonly to: number };
  };
  readonly evaluation: {
    readonly controls: readonly { readonly tests: readonly { readonly outcome: Outcome }[] }[];
  };
  readonly cited: { readonly total: number };
}

export function toPredicate(packet: Attested): PacketPredicate {
  const { origin, size, root, range } = packet.log;
  const results = packet.evaluation.controls.flatMap((control) => control.tests);
  const count = (outcome: Outcome): [Outcome, number] => [
    outcome,
    results.filter((result) => result.outcome === outcome).length,
  ];
  return {
    packet: packet.id,
    origin,
    size,
    root,
    range: [range.from, range.to],
    period: { from: packet.period.from, to: packet.period.to },
    tests: Object.fromEntries(outcomes.map(count)) as Record<Outcome, number>,
    cited: packet.cited.total,
  };
}

/** Bytes under a DSSE signature: the pre-authentication encoding, DSSE 1.0.2. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = new TextEncoder().encode(payloadType);
  const head = new TextEncoder().encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  return concat([head, payload]);
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** An ECDSA P-256 signature with the smaller of its two values of s, so that nobody can write it another way. */
export function toLowS(signature: Uint8Array): Uint8Array {
  const [r, s] = readSignature(signature);
  return der(
    DER.sequence,
    derInteger(toBytes(r)),
    derInteger(toBytes(s > P256_ORDER / 2n ? P256_ORDER - s : s)),
  );
}

/** Whether s is the smaller one. Throws PACKET_INVALID when the signature is not strict DER. */
export function isLowS(signature: Uint8Array): boolean {
  return readSignature(signature)[1] <= P256_ORDER / 2n;
}

function readSignature(signature: Uint8Array): [bigint, bigint] {
  const members = membersOf(parseDer(signature));
  const [r = 0n, s = 0n] = members.map((member) => toBigInt(member.content));
  if (members.length !== 2 || r <= 0n || s <= 0n || r >= P256_ORDER || s >= P256_ORDER) {
    throw new TypeError('not an ECDSA P-256 signature');
  }
  return [r, s];
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function toBytes(number: bigint): Uint8Array {
  const digits = number.toString(16).padStart(64, '0');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
