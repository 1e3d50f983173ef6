import { createHash } from 'node:crypto';
import { attestation, preAuthEncoding, toLowS, toPredicate } from '../../domain/attestation.ts';
import type { Attested } from '../../domain/attestation.ts';
import { toCanonicalJson } from '../../domain/canonical.ts';

/** Signs with ECDSA P-256 and SHA-256, from a file or a key service. */
export interface AttestationSigner {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Hashes `bytes` with SHA-256 and returns a DER signature (RFC 3279 section 2.2.3). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface AttestationRequest {
  readonly packet: Attested;
  /** SHA-256 of tagmanifest-sha256.txt, lower-case hex. */
  readonly tagManifestSha256: string;
  /** URI that says what the predicate means; the same line stands in the trust directory. */
  readonly predicateType: string;
  readonly signer: AttestationSigner;
  /** Asks an authority for an RFC 3161 TimeStampResp over the signature, DER. */
  readonly timestamp?: (signature: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Text of packet.sigstore.json: an in-toto Statement v1 over the tag manifest, in a DSSE envelope, in a Sigstore bundle
 * v0.3 with a bare key. Canonical JSON without a final line feed. The hint is the base64 SHA-256 of the key, and the key
 * itself stands in the predicate, so that a reader without it can name the signer it would have to trust.
 */
export async function attestPacket(request: AttestationRequest): Promise<string> {
  const { packet, signer } = request;
  const statement = {
    _type: attestation.statementType,
    subject: [{ name: attestation.subject, digest: { sha256: request.tagManifestSha256 } }],
    predicateType: request.predicateType,
    predicate: { ...toPredicate(packet), publicKey: toBase64(signer.publicKey) },
  };
  const payload = new TextEncoder().encode(toCanonicalJson(statement));
  const signature = toLowS(await signer.sign(preAuthEncoding(attestation.payloadType, payload)));
  const token = await request.timestamp?.(signature);
  return toCanonicalJson({
    mediaType: attestation.bundleType,
    verificationMaterial: {
      publicKey: { hint: createHash('sha256').update(signer.publicKey).digest('base64') },
      timestampVerificationData:
        token === undefined ? undefined : { rfc3161Timestamps: [{ signedTimestamp: toBase64(token) }] },
    },
    dsseEnvelope: {
      payload: toBase64(payload),
      payloadType: attestation.payloadType,
      signatures: [{ keyid: '', sig: toBase64(signature) }],
    },
  });
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
