import type { X509Certificate } from 'node:crypto';
import { compareBytes, parseDer } from '../domain/der.ts';
import { findAuthority, fingerprintOf, OID, openSignedMessage } from './cms.ts';
import type { SignedMessage } from './cms.ts';
import type { PdfFindings } from './pdf.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

export interface PdfSignatureFindings {
  readonly problems: Problems;
  /** Of the signer's certificate. */
  readonly fingerprint: string | undefined;
  /** Whether the certificate leads to an authority of the trust directory. */
  readonly known: boolean;
  readonly signer: string | undefined;
  readonly signature: Uint8Array | undefined;
  /** RFC 3161 token over the signature. */
  readonly timestamp: Uint8Array | undefined;
}

/**
 * Checks a PAdES baseline signature (EN 319 142-1): strict DER, the digest of the signed ranges, the mandatory signed
 * attributes and no signing-time, and the chain.
 */
export function checkPdfSignature(
  pdf: PdfFindings,
  authorities: readonly X509Certificate[],
): PdfSignatureFindings {
  const problems = collectProblems();
  const nothing = {
    problems,
    fingerprint: undefined,
    known: false,
    signer: undefined,
    signature: undefined,
    timestamp: undefined,
  };
  if ('problem' in pdf.signature) {
    problems.add(pdf.signature.problem);
    return nothing;
  }
  const { digest, cms } = pdf.signature;
  let message: SignedMessage;
  try {
    message = openSignedMessage(parseDer(cms));
  } catch (error) {
    problems.add(`the signature cannot be used: ${explain(error)}`);
    return nothing;
  }
  if (message.contentType !== OID.data || message.content !== undefined)
    problems.add('the signature is not detached');
  if (message.hash !== 'sha256') problems.add(`the signature uses ${message.hash}, not sha256`);
  if (compareBytes(message.messageDigest, digest) !== 0)
    problems.add('the signed digest is not that of the PDF');
  if (message.signedAttributes.includes(OID.signingTime))
    problems.add('the signature states a signing time, which PAdES forbids');
  for (const certificate of message.certificates) {
    if (!isVouchedFor(certificate, [...message.certificates, ...authorities])) {
      problems.add(
        `the signature carries a certificate that nothing vouches for: ${fingerprintOf(certificate)}`,
      );
    }
  }
  const authority = findAuthority(message.signer, { others: message.certificates, authorities });
  return {
    problems,
    fingerprint: fingerprintOf(message.signer),
    known: authority !== undefined,
    signer: message.signer.subject.replaceAll('\n', ', '),
    signature: message.signature,
    timestamp: message.unsigned(OID.signatureTimeStamp),
  };
}

/** The signature does not cover the certificates beside the signer's, so each must be covered by another one. */
function isVouchedFor(certificate: X509Certificate, issuers: readonly X509Certificate[]): boolean {
  return issuers.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
}
