import { createHash, verify, X509Certificate } from 'node:crypto';
import { DER, compareBytes, issuerAndSerial, membersOf, oidOf, parseDer } from '../domain/der.ts';
import type { DerElement } from '../domain/der.ts';
import { AnnexaError } from '../domain/errors.ts';

/** Object identifiers of CMS, CAdES and RFC 3161 that a verifier meets. */
export const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  signatureTimeStamp: '1.2.840.113549.1.9.16.2.14',
  timeStampInfo: '1.2.840.113549.1.9.16.1.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const;

const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Signature algorithms: key type, and hash; plain rsaEncryption leaves the hash to the digest algorithm. */
const SIGNATURES: Readonly<Record<string, readonly [keyType: string, hash: string | undefined]>> = {
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
  '1.2.840.113549.1.1.1': ['rsa', undefined],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
};

const CERTIFICATES_MAX = 16;
const ATTRIBUTES_MAX = 32;

/** A SignedData with one signer, whose signature over its attributes holds. */
export interface SignedMessage {
  readonly signer: X509Certificate;
  readonly certificates: readonly X509Certificate[];
  readonly contentType: string;
  /** Undefined when the content is detached. */
  readonly content: Uint8Array | undefined;
  readonly hash: string;
  readonly messageDigest: Uint8Array;
  readonly signature: Uint8Array;
  /** Types of the signed attributes, in order. */
  readonly signedAttributes: readonly string[];
  /** Value of an unsigned attribute. */
  unsigned(type: string): Uint8Array | undefined;
}

/**
 * Opens a ContentInfo with SignedData (RFC 5652 section 5): one signer, signed attributes with content type and message
 * digest, a signing-certificate-v2 that names the signer's certificate, and a signature over them that holds. Does not
 * compare the message digest with any content and does not check whom the certificate leads to.
 *
 * Throws PACKET_INVALID with what does not hold.
 */
export function openSignedMessage(contentInfo: DerElement): SignedMessage {
  const [type, wrapped] = fields(contentInfo, DER.sequence, 2);
  if (oidOf(type) !== OID.signedData) throw invalid('is not signed data');
  const [signedData] = fields(wrapped, DER.context, 1);
  const [version, hashes, contentPart, certificateSet, signers] = fields(signedData, DER.sequence, 5);
  const [contentType, eContent] = fields(contentPart, DER.sequence, 1, 2);
  if (!isInteger(version, oidOf(contentType) === OID.data ? 1 : 3)) throw invalid('has an unknown version');
  const certificates = fields(certificateSet, DER.context, 1, CERTIFICATES_MAX).map(
    (element) => new X509Certificate(Buffer.from(element.bytes)),
  );
  const info = readSignerInfo(fields(signers, DER.set, 1)[0]);
  if (hashOf(fields(hashes, DER.set, 1)[0]) !== info.hash) throw invalid('lists other hashes than its own');
  const signer = certificates.find((certificate) => isNamed(certificate, info.name));
  if (signer === undefined) throw invalid('lacks the certificate of its signer');
  checkSignature(info, signer);
  const attributes = readAttributes(info.signedAttributes, DER.context);
  if (oidOf(attributes.get(OID.contentType)) !== oidOf(contentType)) throw invalid('content types differ');
  checkSigningCertificate(attributes.get(OID.signingCertificateV2), signer);
  const unsigned =
    info.unsignedAttributes === undefined
      ? new Map()
      : readAttributes(info.unsignedAttributes, DER.context + 1);
  return {
    signer,
    certificates,
    contentType: oidOf(contentType),
    content: eContent === undefined ? undefined : octets(fields(eContent, DER.context, 1)[0]),
    hash: info.hash,
    messageDigest: octets(attributes.get(OID.messageDigest)),
    signature: info.signature,
    signedAttributes: [...attributes.keys()],
    unsigned: (attribute) => unsigned.get(attribute)?.bytes,
  };
}

/**
 * Follows issuers from `certificate` to one of `authorities`: each signature, name and CA flag is checked, dates are not,
 * because a signature without a time stamp has no trustworthy time. Returns the authority, or undefined.
 */
export function findAuthority(
  certificate: X509Certificate,
  { others, authorities }: { others: readonly X509Certificate[]; authorities: readonly X509Certificate[] },
): X509Certificate | undefined {
  let current = certificate;
  for (let step = 0; step < CHAIN_MAX; step++) {
    const anchor = authorities.find(
      (authority) => authority.raw.equals(current.raw) || isIssuer(authority, current),
    );
    if (anchor !== undefined) return anchor;
    const next = others.find((other) => !other.raw.equals(current.raw) && isIssuer(other, current));
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}

/** SHA-256 of the certificate, lower-case hex. */
export function fingerprintOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

/** Name of a hash algorithm for node:crypto from its AlgorithmIdentifier. */
export function hashOf(algorithm: DerElement | undefined): string {
  const name = HASHES[algorithmOf(algorithm)];
  if (name === undefined) throw invalid('uses a hash other than SHA-2');
  return name;
}

const CHAIN_MAX = 6;

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

interface SignerInfo {
  readonly name: DerElement | undefined;
  readonly hash: string;
  readonly algorithm: string;
  readonly signedAttributes: DerElement;
  readonly signature: Uint8Array;
  readonly unsignedAttributes: DerElement | undefined;
}

function readSignerInfo(element: DerElement | undefined): SignerInfo {
  const [version, name, digestAlgorithm, signedAttributes, algorithm, signature, unsignedAttributes] = fields(
    element,
    DER.sequence,
    6,
    7,
  );
  if (!isInteger(version, 1)) throw invalid('has an unknown version');
  if (signedAttributes?.tag !== DER.context) throw invalid('has no signed attributes');
  return {
    name,
    hash: hashOf(digestAlgorithm),
    algorithm: algorithmOf(algorithm),
    signedAttributes,
    signature: octets(signature),
    unsignedAttributes,
  };
}

function checkSignature(
  { algorithm, hash, signature, signedAttributes }: SignerInfo,
  signer: X509Certificate,
): void {
  const [keyType, itsHash = hash] = SIGNATURES[algorithm] ?? [];
  if (keyType === undefined || keyType !== signer.publicKey.asymmetricKeyType || itsHash !== hash) {
    throw invalid('uses an algorithm that does not fit its key or hash');
  }
  if (keyType === 'ec') parseDer(signature);
  // What is signed is the attributes as a plain set (RFC 5652 section 5.4).
  const signed = Uint8Array.from(signedAttributes.bytes);
  signed[0] = DER.set;
  if (!verify(hash, signed, signer.publicKey, signature)) throw invalid('signature does not hold');
}

/** Attributes by type, each with its single value. */
function readAttributes(set: DerElement, tag: number): Map<string, DerElement> {
  const attributes = new Map<string, DerElement>();
  for (const attribute of fields(set, tag, 1, ATTRIBUTES_MAX)) {
    const [type, values] = fields(attribute, DER.sequence, 2);
    const [value] = fields(values, DER.set, 1);
    if (value === undefined || attributes.has(oidOf(type))) throw invalid('repeats an attribute');
    attributes.set(oidOf(type), value);
  }
  return attributes;
}

/** RFC 5035 section 3; the first certificate hash must be the signer's. */
function checkSigningCertificate(attribute: DerElement | undefined, signer: X509Certificate): void {
  const [list] = fields(attribute, DER.sequence, 1, 2);
  const [id] = fields(list, DER.sequence, 1, CERTIFICATES_MAX);
  const [first, second] = fields(id, DER.sequence, 1, 3);
  const named =
    first?.tag === DER.octets ? { hash: 'sha256', value: first } : { hash: hashOf(first), value: second };
  const digest = createHash(named.hash).update(signer.raw).digest();
  if (compareBytes(digest, octets(named.value)) !== 0) throw invalid('names another signing certificate');
}

function isNamed(certificate: X509Certificate, name: DerElement | undefined): boolean {
  const [issuer, serial] = fields(name, DER.sequence, 2);
  const own = issuerAndSerial(certificate.raw);
  return (
    issuer !== undefined &&
    serial !== undefined &&
    compareBytes(issuer.bytes, own.issuer) === 0 &&
    compareBytes(serial.bytes, own.serial) === 0
  );
}

/** Object identifier of an AlgorithmIdentifier whose parameters are absent or null. */
function algorithmOf(element: DerElement | undefined): string {
  const [oid, parameters] = fields(element, DER.sequence, 1, 2);
  if (parameters !== undefined && parameters.tag !== DER.nothing)
    throw invalid('uses an algorithm with parameters');
  return oidOf(oid);
}

/** Members of an element of this tag, when there are `least` to `most` of them. */
function fields(element: DerElement | undefined, tag: number, least: number, most = least): DerElement[] {
  if (element?.tag !== tag) throw invalid('is not built as signed data');
  const members = membersOf(element);
  if (members.length < least || members.length > most) throw invalid('is not built as signed data');
  return members;
}

function octets(element: DerElement | undefined): Uint8Array {
  if (element?.tag !== DER.octets) throw invalid('is not built as signed data');
  return element.content;
}

function isInteger(element: DerElement | undefined, value: number): boolean {
  return element?.tag === DER.integer && element.content.length === 1 && element.content[0] === value;
}

function invalid(what: string): AnnexaError {
  return new AnnexaError('PACKET_INVALID', `CMS ${what}`);
}
