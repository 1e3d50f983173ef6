import { createHash, verify, X509Certificate } from 'node:crypto';
import { DER, compareBytes, issuerAndSerial, membersOf, oidOf } from '../domain/der.ts';
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

const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.1',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
]);

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
  const [type, wrapped] = membersOf(contentInfo);
  if (oidOf(type) !== OID.signedData || wrapped?.tag !== DER.context) throw invalid('is not signed data');
  const [, , contentPart, ...rest] = membersOf(child(wrapped, DER.sequence));
  const [contentType, eContent] = membersOf(need(contentPart, 'content'));
  const certificates = rest
    .filter((part) => part.tag === DER.context)
    .flatMap(membersOf)
    .map((element) => new X509Certificate(Buffer.from(element.bytes)));
  const signers = membersOf(need(rest.at(-1), 'signers'));
  const [signerInfo] = signers;
  if (signerInfo === undefined || signers.length !== 1)
    throw invalid(`has ${signers.length} signers, not one`);
  const info = readSignerInfo(signerInfo);
  const signer = certificates.find((certificate) => isNamed(certificate, info.name));
  if (signer === undefined) throw invalid('lacks the certificate of its signer');
  const signedBytes = Uint8Array.from(info.signedAttributes.bytes);
  signedBytes[0] = DER.set;
  if (!verify(info.hash, signedBytes, signer.publicKey, info.signature))
    throw invalid('signature does not hold');
  const attributes = readAttributes(info.signedAttributes);
  if (oidOf(attributes.get(OID.contentType)) !== oidOf(contentType)) throw invalid('content types differ');
  checkSigningCertificate(attributes.get(OID.signingCertificateV2), signer);
  const unsigned =
    info.unsignedAttributes === undefined ? new Map() : readAttributes(info.unsignedAttributes);
  return {
    signer,
    certificates,
    contentType: oidOf(contentType),
    content: eContent === undefined ? undefined : child(eContent, DER.octets).content,
    hash: info.hash,
    messageDigest: need(attributes.get(OID.messageDigest), 'message digest').content,
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
  const name = HASHES[oidOf(membersOf(need(algorithm, 'hash algorithm'))[0])];
  if (name === undefined) throw invalid('uses a hash other than SHA-2');
  return name;
}

const CHAIN_MAX = 6;

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

interface SignerInfo {
  readonly name: DerElement;
  readonly hash: string;
  readonly signedAttributes: DerElement;
  readonly signature: Uint8Array;
  readonly unsignedAttributes: DerElement | undefined;
}

function readSignerInfo(element: DerElement): SignerInfo {
  const [version, name, digestAlgorithm, signedAttributes, algorithm, signature, unsignedAttributes] =
    membersOf(element);
  if (version?.content[0] !== 1 || version.content.length !== 1) throw invalid('has an unknown version');
  if (signedAttributes?.tag !== DER.context) throw invalid('has no signed attributes');
  if (!SIGNATURE_ALGORITHMS.has(oidOf(membersOf(need(algorithm, 'algorithm'))[0])))
    throw invalid('uses an unknown algorithm');
  if (signature?.tag !== DER.octets) throw invalid('has no signature');
  return {
    name: need(name, 'signer'),
    hash: hashOf(digestAlgorithm),
    signedAttributes,
    signature: signature.content,
    unsignedAttributes,
  };
}

/** Attributes by type, each with its single value. */
function readAttributes(set: DerElement): Map<string, DerElement> {
  const attributes = new Map<string, DerElement>();
  for (const attribute of membersOf(set)) {
    const [type, values] = membersOf(attribute);
    const [value, second] = membersOf(need(values, 'attribute'));
    if (value === undefined || second !== undefined || attributes.has(oidOf(type)))
      throw invalid('repeats an attribute');
    attributes.set(oidOf(type), value);
  }
  return attributes;
}

/** RFC 5035 section 3; the first certificate hash must be the signer's. */
function checkSigningCertificate(attribute: DerElement | undefined, signer: X509Certificate): void {
  const list = membersOf(need(attribute, 'signing-certificate-v2'))[0];
  const id = membersOf(need(list, 'signing-certificate-v2'))[0];
  const [first, second] = membersOf(need(id, 'signing-certificate-v2'));
  const named =
    first?.tag === DER.octets ? { hash: 'sha256', value: first } : { hash: hashOf(first), value: second };
  const digest = createHash(named.hash).update(signer.raw).digest();
  if (compareBytes(digest, need(named.value, 'certificate hash').content) !== 0) {
    throw invalid('names another signing certificate');
  }
}

function isNamed(certificate: X509Certificate, name: DerElement): boolean {
  const [issuer, serial] = membersOf(name);
  const own = issuerAndSerial(certificate.raw);
  return (
    issuer !== undefined &&
    serial !== undefined &&
    compareBytes(issuer.bytes, own.issuer) === 0 &&
    compareBytes(serial.bytes, own.serial) === 0
  );
}

function child(element: DerElement, tag: number): DerElement {
  const [only, second] = membersOf(element);
  if (only?.tag !== tag || second !== undefined) throw invalid('is not signed data');
  return only;
}

function need(element: DerElement | undefined, what: string): DerElement {
  if (element === undefined) throw invalid(`has no ${what}`);
  return element;
}

function invalid(what: string): AnnexaError {
  return new AnnexaError('PACKET_INVALID', `CMS ${what}`);
}
