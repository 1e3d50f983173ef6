import { createHash } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { DER, compareBytes, firstElement, membersOf } from '../domain/der.ts';
import type { DerElement } from '../domain/der.ts';
import { AnnexaError } from '../domain/errors.ts';
import { findAuthority, fingerprintOf, hashOf, OID, openSignedMessage } from './cms.ts';

/** A time that an authority has put on some bytes. */
export interface TimeStamp {
  /** As the token has it, like `20261121083109Z`. */
  readonly time: string;
  readonly fingerprint: string;
  readonly known: boolean;
}

/**
 * Opens an RFC 3161 token, or the reply that carries one, over `data`: granted, the imprint of these bytes, a signature
 * that holds, by a certificate for time-stamping. Tokens of other programs are often not strict DER; it is not asked here.
 *
 * Throws PACKET_INVALID with what does not hold.
 */
export function openTimeStamp(
  token: Uint8Array,
  data: Uint8Array,
  authorities: readonly X509Certificate[],
): TimeStamp {
  const whole = firstElement(token);
  if (whole.bytes.length !== token.length) throw invalid('has bytes after its end');
  const message = openSignedMessage(tokenOf(whole));
  if (message.contentType !== OID.timeStampInfo || message.content === undefined)
    throw invalid('carries no time');
  const digest = createHash(message.hash).update(message.content).digest();
  if (compareBytes(digest, message.messageDigest) !== 0) throw invalid('signs another time');
  const [, , imprint, , time] = membersOf(firstElement(message.content));
  const [algorithm, hashed] = imprint === undefined ? [] : membersOf(imprint);
  const expected = createHash(hashOf(algorithm)).update(data).digest();
  if (hashed === undefined || compareBytes(expected, hashed.content) !== 0)
    throw invalid('is over other bytes');
  // node:crypto calls the extended key usage keyUsage.
  if (!message.signer.keyUsage?.includes(OID.timeStamping))
    throw invalid('is signed by a certificate for other uses');
  const authority = findAuthority(message.signer, { others: message.certificates, authorities });
  return {
    time: new TextDecoder('latin1').decode(time?.content),
    fingerprint: fingerprintOf(message.signer),
    known: authority !== undefined,
  };
}

/** The ContentInfo itself, or out of a TimeStampResp with status granted or granted with changes. */
function tokenOf(whole: DerElement): DerElement {
  const [first, second] = membersOf(whole);
  if (first?.tag === DER.oid) return whole;
  const status = first === undefined ? undefined : membersOf(first)[0]?.content;
  if (status?.length !== 1 || (status[0] ?? 2) > 1 || second === undefined) throw invalid('was not granted');
  return second;
}

function invalid(what: string): AnnexaError {
  return new AnnexaError('PACKET_INVALID', `time stamp ${what}`);
}
