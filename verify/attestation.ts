import { createHash, createPublicKey, verify } from 'node:crypto';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { attestation, isLowS, preAuthEncoding, toPredicate } from '../domain/attestation.ts';
import { toCanonicalJson } from '../domain/canonical.ts';
import { fromBase64, toHex } from '../ledger/bytes.ts';
import { parseCanonical } from './packet-view.ts';
import type { PacketView } from './packet-view.ts';
import { keyFingerprint } from './trust.ts';
import type { Trust } from './trust.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

const closed = { additionalProperties: false } as const;

const Bundle = Type.Object(
  {
    mediaType: Type.Literal(attestation.bundleType),
    verificationMaterial: Type.Object(
      {
        publicKey: Type.Object({ hint: Type.String() }, closed),
        timestampVerificationData: Type.Optional(
          Type.Object(
            {
              rfc3161Timestamps: Type.Array(Type.Object({ signedTimestamp: Type.String() }, closed), {
                minItems: 1,
              }),
            },
            closed,
          ),
        ),
      },
      closed,
    ),
    dsseEnvelope: Type.Object(
      {
        payload: Type.String(),
        payloadType: Type.Literal(attestation.payloadType),
        signatures: Type.Array(Type.Object({ keyid: Type.Literal(''), sig: Type.String() }, closed), {
          minItems: 1,
          maxItems: 1,
        }),
      },
      closed,
    ),
  },
  closed,
);

const Statement = Type.Object(
  {
    _type: Type.Literal(attestation.statementType),
    subject: Type.Array(
      Type.Object(
        {
          name: Type.Literal(attestation.subject),
          digest: Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, closed),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1 },
    ),
    predicateType: Type.String(),
    predicate: Type.Object({ packet: Type.String(), publicKey: Type.String() }),
  },
  closed,
);

export interface AttestationFindings {
  readonly problems: Problems;
  /** Lower-case hex SHA-256 of the key that the bundle names. */
  readonly fingerprint: string | undefined;
  readonly known: boolean;
  readonly predicateType: string | undefined;
  /** DER signature and the time-stamp replies over it. */
  readonly signature: Uint8Array | undefined;
  readonly timestamps: readonly Uint8Array[];
}

export interface AttestationInput {
  readonly bundle: Uint8Array;
  readonly tagManifest: Uint8Array;
  readonly packet: PacketView | undefined;
  readonly trust: Trust;
}

/**
 * Checks packet.sigstore.json: canonical JSON of a known shape, one low-S signature in strict DER over the statement, made by
 * the key that the hint names, over exactly this tag manifest, with a predicate that repeats packet.json. A key that is
 * not in the trust directory is taken from the predicate: the signature may hold, but it is nobody's.
 */
export function checkAttestation(input: AttestationInput): AttestationFindings {
  const problems = collectProblems();
  const nothing = {
    problems,
    fingerprint: undefined,
    known: false,
    predicateType: undefined,
    signature: undefined,
    timestamps: [],
  };
  const parsed = parseCanonical(input.bundle);
  if ('problem' in parsed) {
    problems.add(`${attestation.file} ${parsed.problem}`);
    return nothing;
  }
  const bundle = parsed.value;
  if (!Check(Bundle, bundle)) {
    problems.add(`${attestation.file} is not a bundle with one signature and a key hint`);
    return nothing;
  }
  const { verificationMaterial: material, dsseEnvelope: envelope } = bundle;
  const payload = fromBase64(envelope.payload);
  const signature = fromBase64(envelope.signatures[0]?.sig ?? '');
  const timestamps = (material.timestampVerificationData?.rfc3161Timestamps ?? []).map(
    ({ signedTimestamp }) => fromBase64(signedTimestamp),
  );
  if (payload === undefined || signature === undefined || timestamps.includes(undefined)) {
    problems.add(`${attestation.file} holds text that is not base64`);
    return nothing;
  }
  const statement = readStatement(payload, problems);
  const hint = fromBase64(material.publicKey.hint);
  const fingerprint = hint === undefined ? undefined : toHex(hint);
  if (fingerprint?.length !== 64) problems.add('the key hint is not a SHA-256 in base64');
  const vouched = input.trust.attestationKeys.get(fingerprint ?? '');
  const own = fromBase64(statement?.predicate.publicKey ?? '');
  if (own === undefined || keyFingerprint(own) !== fingerprint)
    problems.add('the key in the predicate is not the one of the hint');
  checkSignature(vouched ?? own, { payload, signature }, problems);
  if (statement !== undefined) checkStatement(statement, input, problems);
  return {
    problems,
    fingerprint,
    known: vouched !== undefined,
    predicateType: statement?.predicateType,
    signature,
    timestamps: timestamps.filter((token) => token !== undefined),
  };
}

interface StatementView {
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: { readonly packet: string; readonly publicKey: string };
}

function readStatement(payload: Uint8Array, problems: Problems): StatementView | undefined {
  const parsed = parseCanonical(payload);
  if ('problem' in parsed) {
    problems.add(`the attested statement ${parsed.problem}`);
    return undefined;
  }
  if (Check(Statement, parsed.value)) return parsed.value;
  problems.add('the attested statement is not an in-toto Statement v1 about a packet');
  return undefined;
}

function checkSignature(
  spki: Uint8Array | undefined,
  { payload, signature }: { payload: Uint8Array; signature: Uint8Array },
  problems: Problems,
): void {
  if (spki === undefined) {
    problems.add('there is no key to check the signature with');
    return;
  }
  try {
    if (!isLowS(signature)) problems.add('the signature is not in its low-S form');
    const key = createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') problems.add('the key is not on P-256');
    else if (!verify('sha256', preAuthEncoding(attestation.payloadType, payload), key, signature)) {
      problems.add('the signature does not hold');
    }
  } catch (error) {
    problems.add(`the signature cannot be read: ${explain(error)}`);
  }
}

function checkStatement(
  statement: StatementView,
  { tagManifest, packet, trust }: AttestationInput,
  problems: Problems,
): void {
  const digest = createHash('sha256').update(tagManifest).digest('hex');
  if (statement.subject[0]?.digest.sha256 !== digest)
    problems.add(`${attestation.subject} is not the attested one`);
  if (trust.predicateType !== undefined && statement.predicateType !== trust.predicateType) {
    problems.add(`predicate type ${statement.predicateType} is not ${trust.predicateType}`);
  }
  if (packet === undefined) {
    problems.add('the predicate cannot be compared: data/packet.json is unreadable');
    return;
  }
  const expected = { ...toPredicate(packet), publicKey: statement.predicate.publicKey };
  if (toCanonicalJson(expected) !== toCanonicalJson(statement.predicate)) {
    problems.add('the predicate says something else than data/packet.json');
  }
}
