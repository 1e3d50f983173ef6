import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { DER, concat, der, derInteger, derOid, derSet } from '../../domain/der.ts';
import type { CmsSigner } from '../../reports/sign/cms.ts';

export interface TestIdentity {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyObject;
}

const ECDSA_SHA256 = der(DER.sequence, derOid('1.2.840.10045.4.3.2'));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const truth = der(DER.boolean, Uint8Array.of(0xff));

export interface IdentityOptions {
  readonly issuer?: TestIdentity & { readonly name: string };
  readonly rsa?: boolean;
  /** Extended key usage. */
  readonly use?: string;
}

/** A certificate for a fresh key (P-256, or RSA 2048): an authority of its own, or issued by one. */
export function makeIdentity(name: string, { issuer, rsa = false, use }: IdentityOptions = {}): TestIdentity {
  const { publicKey, privateKey } = rsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension('2.5.29.19', issuer === undefined ? der(DER.sequence, truth) : der(DER.sequence)),
    extension(
      '2.5.29.15',
      der(DER.bitString, issuer === undefined ? Uint8Array.of(1, 0x06) : Uint8Array.of(6, 0xc0)),
    ),
    ...(use === undefined ? [] : [extension('2.5.29.37', der(DER.sequence, derOid(use)))]),
  ];
  const body = der(
    DER.sequence,
    der(DER.context, derInteger(Uint8Array.of(2))),
    derInteger(Uint8Array.of(issuer === undefined ? 1 : 0x91, name.length)),
    ECDSA_SHA256,
    distinguishedName(issuer?.name ?? name),
    der(DER.sequence, utcTime('250101000000Z'), utcTime('491231235959Z')),
    distinguishedName(name),
    new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    der(DER.context + 3, der(DER.sequence, ...extensions)),
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  const certificate = der(
    DER.sequence,
    body,
    ECDSA_SHA256,
    der(DER.bitString, concat([Uint8Array.of(0), signature])),
  );
  return { certificate, key: privateKey };
}

export interface TestPki {
  readonly authority: TestIdentity & { readonly name: string };
  readonly signer: CmsSigner;
  /** PEM of the authority. */
  readonly caPem: string;
}

/** An authority and a PDF signer under it. */
export function makePki(name = 'annexa test CA', rsa = false): TestPki {
  const authority = { ...makeIdentity(name), name };
  const own = makeIdentity('annexa test signer', { issuer: authority, rsa });
  return {
    authority,
    caPem: toPem(authority.certificate),
    signer: {
      alg: rsa ? 'rsa-sha256' : 'ecdsa-sha256',
      certificates: [own.certificate, authority.certificate],
      sign: async (bytes) => new Uint8Array(sign('sha256', bytes, own.key)),
    },
  };
}

export function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = der(DER.sequence, derOid('2.5.4.3'), der(0x0c, text(commonName)));
  return der(DER.sequence, derSet(attribute));
}

function extension(type: string, value: Uint8Array): Uint8Array {
  return der(DER.sequence, derOid(type), truth, der(DER.octets, value));
}

function utcTime(value: string): Uint8Array {
  return der(0x17, text(value));
}
