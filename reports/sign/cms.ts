import { createHash } from 'node:crypto';
import { concat, DER, der, derInteger, derOid, derSet, issuerAndSerial } from '../../domain/der.ts';

export type CmsAlgorithm = 'ecdsa-sha256' | 'rsa-sha256';

/** Signs with the key of the first certificate, from a file or a key service. */
export interface CmsSigner {
  readonly alg: CmsAlgorithm;
  /** DER. The signer's own first; the issuers in any order, the root may be left out. */
  readonly certificates: readonly Uint8Array[];
  /** Hashes `bytes` with SHA-256 and signs; ECDSA signatures in DER form. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface CmsOptions {
  /** SHA-256 of the detached content. */
  readonly digest: Uint8Array;
  readonly signer: CmsSigner;
  /** Asks an authority for an RFC 3161 token over the signature value; makes it B-T instead of B-B. */
  readonly timestamp?: ((signature: Uint8Array) => Promise<Uint8Array>) | undefined;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  signatureTimeStamp: '1.2.840.113549.1.9.16.2.14',
  sha256: '2.16.840.1.101.3.4.2.1',
  'ecdsa-sha256': '1.2.840.10045.4.3.2',
  'rsa-sha256': '1.2.840.113549.1.1.11',
} as const;

const NULL = der(DER.nothing);
const SHA256 = der(DER.sequence, derOid(OID.sha256));

/**
 * ContentInfo with detached SignedData (RFC 5652 section 5) for a CAdES baseline signature (EN 319 122-1) inside a PDF:
 * signed attributes content-type, message-digest and signing-certificate-v2, and no signing-time, which PAdES forbids.
 * Certificates and attributes are in DER set order. Given the signature value, the bytes are determined.
 */
export async function signedData({ digest, signer, timestamp }: CmsOptions): Promise<Uint8Array> {
  const own = signer.certificates[0];
  if (own === undefined) throw new TypeError('a CMS signer needs its certificate');
  const attributes = [
    attribute(OID.contentType, derOid(OID.data)),
    attribute(OID.messageDigest, der(DER.octets, digest)),
    attribute(OID.signingCertificateV2, signingCertificate(own)),
  ];
  const signature = await signer.sign(derSet(...attributes));
  const token = await timestamp?.(signature);
  const { issuer, serial } = issuerAndSerial(own);
  const signerInfo = der(
    DER.sequence,
    derInteger(Uint8Array.of(1)),
    der(DER.sequence, issuer, serial),
    SHA256,
    implicit(0, derSet(...attributes)),
    algorithmOf(signer.alg),
    der(DER.octets, signature),
    ...(token === undefined ? [] : [implicit(1, derSet(attribute(OID.signatureTimeStamp, token)))]),
  );
  const content = der(
    DER.sequence,
    derInteger(Uint8Array.of(1)),
    derSet(SHA256),
    der(DER.sequence, derOid(OID.data)),
    implicit(0, derSet(...signer.certificates)),
    derSet(signerInfo),
  );
  return der(DER.sequence, derOid(OID.signedData), der(DER.context, content));
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return der(DER.sequence, derOid(type), derSet(value));
}

/** `[n] IMPLICIT SET OF`: the set with another tag. */
function implicit(number: number, set: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(DER.context + number), set.subarray(1)]);
}

function algorithmOf(alg: CmsAlgorithm): Uint8Array {
  return der(DER.sequence, derOid(OID[alg]), ...(alg === 'rsa-sha256' ? [NULL] : []));
}

/** SigningCertificateV2 with one ESSCertIDv2 (RFC 5035 section 3); SHA-256 is its default and so left out. */
function signingCertificate(certificate: Uint8Array): Uint8Array {
  const { issuer, serial } = issuerAndSerial(certificate);
  const hash = createHash('sha256').update(certificate).digest();
  const directoryName = der(DER.context + 4, issuer);
  const id = der(
    DER.sequence,
    der(DER.octets, hash),
    der(DER.sequence, der(DER.sequence, directoryName), serial),
  );
  return der(DER.sequence, der(DER.sequence, id));
}
