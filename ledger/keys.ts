import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { toLowS } from '../domain/attestation.ts';
import { AnnexaError } from '../domain/errors.ts';
import type { Keyring } from '../domain/ports.ts';
import type { Clock } from '../domain/time.ts';
import { createRevocationList, createSigningChain } from './authority.ts';
import { createKeyring } from './keyring.ts';
import { toNoteKey, type NoteSigner } from './note.ts';

const SECRET_BYTES = 32;
const PRIVATE = 0o600;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Names of the files below DATA/keys. */
const file = {
  log: 'log.key',
  attestation: 'attestation.key',
  authority: 'ca.key',
  pdf: 'pdf.key',
  chain: 'pdf.pem',
  revocations: 'ca.crl',
  tenant: 'tenant.key',
} as const;

/** ECDSA P-256 with SHA-256; signatures in DER with the smaller s. */
interface AttestationSigner {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** As {@link AttestationSigner}, with the certificates that say who signs. */
interface DocumentSigner {
  readonly alg: 'ecdsa-sha256';
  /** DER; the signer's own first, then its authority's. */
  readonly certificates: readonly Uint8Array[];
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface Keys {
  /** Signs checkpoints; named after the log's origin. */
  readonly log: NoteSigner;
  readonly attestation: AttestationSigner;
  readonly pdf: DocumentSigner;
  /** Revocation list of the document signer's authority, DER. */
  readonly revocations: Uint8Array;
  readonly keyring: Keyring;
}

export interface KeyOptions {
  readonly origin: string;
  readonly organisation: string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly clock: Clock;
}

/** A kind of key that {@link initKeys} makes. */
export type KeyPurpose = 'log' | 'attestation' | 'pdf' | 'tenant';

/**
 * Makes the keys of a data directory (DATA/keys, mode 0700, each file 0600): Ed25519 for the log, P-256 for
 * attestations and for documents (with an authority of its own), a secret for HMACs. Never replaces one that is there.
 * Returns what it made.
 */
export async function initKeys(dataDirectory: string, options: KeyOptions): Promise<readonly KeyPurpose[]> {
  const directory = keysDirectory(dataDirectory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const made: KeyPurpose[] = [];
  const make = (purpose: KeyPurpose, name: string, content: () => string | Uint8Array): void => {
    if (existsSync(join(directory, name))) return;
    writePrivate(join(directory, name), content());
    made.push(purpose);
  };
  make('log', file.log, () => toPem(generateKeyPairSync('ed25519').privateKey));
  make('attestation', file.attestation, () =>
    toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  );
  make('tenant', file.tenant, () => options.randomBytes(SECRET_BYTES));
  // The chain is written last: without it the whole set is made again.
  if (!existsSync(join(directory, file.chain))) {
    await writeChain(directory, options);
    made.push('pdf');
  }
  return made;
}

/** Keys that the configuration names instead of those in DATA/keys; PEM texts. */
export interface ForeignKeys {
  readonly log?: string;
  readonly attestation?: string;
  readonly pdf?: { readonly key: string; readonly certificate: string };
}

/** Opens the keys that {@link initKeys} made. Throws KEY_MISSING when one is not there or is not of its kind. */
export function openKeys(
  dataDirectory: string,
  options: Pick<KeyOptions, 'origin' | 'randomBytes'> & { readonly foreign?: ForeignKeys },
): Keys {
  const directory = keysDirectory(dataDirectory);
  const foreign = options.foreign ?? {};
  const log = toPrivateKey(foreign.log ?? readKey(directory, file.log), { type: 'ed25519', name: file.log });
  const attestation = toPrivateKey(foreign.attestation ?? readKey(directory, file.attestation), {
    type: 'ec',
    name: file.attestation,
  });
  const pdf = toPrivateKey(foreign.pdf?.key ?? readKey(directory, file.pdf), { type: 'ec', name: file.pdf });
  const chain = foreign.pdf?.certificate ?? readKey(directory, file.chain);
  return {
    log: toNoteSigner(options.origin, log),
    attestation: { publicKey: toSpki(attestation), sign: signerOf(attestation) },
    pdf: { alg: 'ecdsa-sha256', certificates: toCertificates(chain, pdf), sign: signerOf(pdf) },
    revocations: foreign.pdf === undefined ? readBytes(directory, file.revocations) : new Uint8Array(0),
    keyring: createKeyring({
      tenantKey: readBytes(directory, file.tenant),
      pseudonymKey: (year) => yearKey(directory, year, options.randomBytes),
    }),
  };
}

/** Makes the revocation list of DATA/keys anew, good for a year from now; nothing when the authority is not ours. */
export async function renewRevocations(dataDirectory: string, clock: Clock): Promise<void> {
  const directory = keysDirectory(dataDirectory);
  if (!existsSync(join(directory, file.authority))) return;
  const certificate = certificatesOf(readKey(directory, file.chain)).at(-1) ?? '';
  const list = await createRevocationList({ key: readKey(directory, file.authority), certificate }, clock());
  writeFileSync(join(directory, file.revocations), list, { mode: PRIVATE });
}

function keysDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'keys');
}

async function writeChain(directory: string, options: KeyOptions): Promise<void> {
  const { organisation, randomBytes, clock } = options;
  const from = clock();
  const made = await createSigningChain({ organisation, randomBytes, from });
  const certificate = certificatesOf(made.chain).at(-1) ?? '';
  const list = await createRevocationList({ key: made.authorityKey, certificate }, from);
  for (const [name, content] of [
    [file.authority, made.authorityKey],
    [file.pdf, made.signerKey],
    [file.revocations, list],
    [file.chain, made.chain],
  ] as const) {
    writeFileSync(join(directory, name), content, { mode: PRIVATE, flush: true });
  }
}

/** The key of a year is made when the year is first met. Two processes that meet it at once use the same one. */
function yearKey(directory: string, year: string, randomBytes: KeyOptions['randomBytes']): Uint8Array {
  const name = `pseudonym-${year}.key`;
  try {
    writePrivate(join(directory, name), randomBytes(SECRET_BYTES));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readBytes(directory, name);
}

/** The whole file or none, also after a crash. Fails with EEXIST when it is there. */
function writePrivate(path: string, content: string | Uint8Array): void {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, content, { mode: PRIVATE, flush: true });
  try {
    linkSync(fresh, path);
  } finally {
    unlinkSync(fresh);
  }
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function readBytes(directory: string, name: string): Uint8Array {
  try {
    return readFileSync(join(directory, name));
  } catch (cause) {
    throw new AnnexaError('KEY_MISSING', `the key ${name} cannot be read`, {
      where: join(directory, name),
      hint: 'Run annexa keys init, or restore the file from a backup.',
      cause,
    });
  }
}

function readKey(directory: string, name: string): string {
  return new TextDecoder().decode(readBytes(directory, name));
}

function toPrivateKey(
  pem: string,
  expected: { readonly type: 'ed25519' | 'ec'; readonly name: string },
): KeyObject {
  const wanted = expected.type === 'ec' ? 'an ECDSA P-256 key' : 'an Ed25519 key';
  const fail = (cause?: unknown): AnnexaError =>
    new AnnexaError('KEY_MISSING', `${expected.name} is not ${wanted}`, {
      hint: 'Give it as PKCS #8 PEM.',
      cause,
    });
  try {
    const key = createPrivateKey(pem);
    const curve = key.asymmetricKeyDetails?.namedCurve;
    if (key.asymmetricKeyType === expected.type && (expected.type === 'ed25519' || curve === 'prime256v1'))
      return key;
  } catch (cause) {
    throw fail(cause);
  }
  throw fail();
}

function toNoteSigner(origin: string, key: KeyObject): NoteSigner {
  return {
    key: toNoteKey(origin, toSpki(key).slice(-32)),
    sign: (message) => Promise.resolve(new Uint8Array(sign(null, message, key))),
  };
}

function signerOf(key: KeyObject): (bytes: Uint8Array) => Promise<Uint8Array> {
  return (bytes) => Promise.resolve(toLowS(new Uint8Array(sign('sha256', bytes, key))));
}

function toCertificates(pem: string, key: KeyObject): readonly Uint8Array[] {
  const certificates = certificatesOf(pem).map((text) => new X509Certificate(text));
  if (certificates[0]?.checkPrivateKey(key) !== true) {
    throw new AnnexaError('KEY_MISSING', `${file.chain} does not start with the certificate of ${file.pdf}`, {
      hint: "Put the signer's own certificate first.",
    });
  }
  return certificates.map((certificate) => new Uint8Array(certificate.raw));
}

function certificatesOf(pem: string): readonly string[] {
  return pem.match(PEM_CERTIFICATE) ?? [];
}

function toSpki(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
