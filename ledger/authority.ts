// tsyringe, below @peculiar/x509, wants it loaded first.
import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import { toMillis, type Instant } from '../domain/time.ts';
import { toHex } from './bytes.ts';

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const AUTHORITY_YEARS = 10;
const SIGNER_YEARS = 5;
const CRL_YEARS = 1;
const SERIAL_BYTES = 16;
/** Upper bound of a name in a certificate (RFC 5280, appendix A.1). */
const NAME_LENGTH = 64;
const CRL_NUMBER = '2.5.29.20';

export interface AuthorityOptions {
  readonly organisation: string;
  /** The certificates are valid from here on. */
  readonly from: Instant;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Everything in PEM; the chain is the signer's certificate, then the authority's. */
export interface SigningChain {
  readonly authorityKey: string;
  readonly signerKey: string;
  readonly chain: string;
}

/**
 * A certificate authority of the organisation's own and one signer under it, ECDSA P-256 (RFC 5280). The signer may
 * sign documents (digitalSignature, nonRepudiation) and nothing else; the authority certificates and revocation lists.
 */
export async function createSigningChain(options: AuthorityOptions): Promise<SigningChain> {
  const authority = await newKeyPair();
  const signer = await newKeyPair();
  const notBefore = toDate(options.from, 0);
  const authorityName = toName(options.organisation, 'annexa evidence CA');
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(options),
    name: authorityName,
    notBefore,
    notAfter: toDate(options.from, AUTHORITY_YEARS),
    keys: { privateKey: authority.privateKey, publicKey: authority.publicKey },
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const own = await X509CertificateGenerator.create({
    serialNumber: newSerial(options),
    subject: toName(options.organisation, 'annexa evidence signer'),
    issuer: authorityName,
    notBefore,
    notAfter: toDate(options.from, SIGNER_YEARS),
    publicKey: signer.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation, true),
      await SubjectKeyIdentifierExtension.create(signer.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return {
    authorityKey: authority.pem,
    signerKey: signer.pem,
    chain: `${own.toString('pem')}\n${root.toString('pem')}\n`,
  };
}

/** A revocation list without entries, DER, good for a year from `at` (RFC 5280 section 5). */
export async function createRevocationList(
  authority: { readonly key: string; readonly certificate: string },
  at: Instant,
): Promise<Uint8Array> {
  const certificate = new X509Certificate(authority.certificate);
  const second = BigInt(Math.floor(toMillis(at) / 1000));
  const list = await X509CrlGenerator.create({
    issuer: certificate.subjectName.toJSON(),
    thisUpdate: toDate(at, 0),
    nextUpdate: toDate(at, CRL_YEARS),
    signingAlgorithm: SIGNING,
    signingKey: await toCryptoKey(createPrivateKey(authority.key)),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      new Extension(CRL_NUMBER, false, derInteger(second)),
    ],
  });
  return new Uint8Array(list.rawData);
}

interface KeyPair {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
  readonly pem: string;
}

async function newKeyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey: await toCryptoKey(privateKey),
    publicKey: await webcrypto.subtle.importKey('spki', spki, SIGNING, true, ['verify']),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function toCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, SIGNING, true, ['sign']);
}

function newSerial({ randomBytes }: AuthorityOptions): string {
  const bytes = Uint8Array.from(randomBytes(SERIAL_BYTES));
  // A positive number whose first byte is not zero.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return toHex(bytes);
}

function toName(organisation: string, common: string): { O?: string[]; CN?: string[] }[] {
  return [{ O: [Array.from(organisation).slice(0, NAME_LENGTH).join('')] }, { CN: [common] }];
}

/** Certificates count in whole seconds. */
function toDate(instant: Instant, years: number): Date {
  const date = new Date(Math.floor(toMillis(instant) / 1000) * 1000);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date;
}

function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const bytes = Uint8Array.from(
    digits.padStart(digits.length + (digits.length % 2), '0').match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  );
  const content = (bytes[0] ?? 0) > 0x7f ? Uint8Array.of(0, ...bytes) : bytes;
  return Uint8Array.of(2, content.length, ...content);
}
