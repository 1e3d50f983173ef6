import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLowS, preAuthEncoding, toLowS } from '../../domain/attestation.ts';
import type { Attested } from '../../domain/attestation.ts';
import { toCanonicalJson } from '../../domain/canonical.ts';
import type { Json } from '../../domain/canonical.ts';
import { der, DER, derInteger, derOid, derSet, membersOf, oidOf, parseDer } from '../../domain/der.ts';
import { toInstant } from '../../domain/time.ts';
import { attestPacket } from '../../reports/sign/dsse.ts';
import { checkAttestation } from '../../verify/attestation.ts';
import { keyFingerprint, noTrust } from '../../verify/trust.ts';
import type { Trust } from '../../verify/trust.ts';
import { has, run } from './programs.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = new Uint8Array(keys.publicKey.export({ type: 'spki', format: 'der' }));
const trust: Trust = {
  ...noTrust,
  attestationKeys: new Map([[keyFingerprint(spki), spki]]),
  predicateType: 'https://example.com/p/v1',
};
const tagManifest = Buffer.from('0000  bagit.txt\n');
const packet: Attested = {
  id: '0123456789abcdef',
  period: { from: toInstant('2026-01-01T00:00:00Z', ''), to: toInstant('2026-02-01T00:00:00Z', '') },
  log: { origin: 'log.example.com/a/b', size: 9, root: 'AA==', range: { from: 1, to: 9 } },
  evaluation: { controls: [{ tests: [{ outcome: 'pass' }, { outcome: 'not-tested' }] }] },
  cited: { total: 4 },
};
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-dsse-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function attest(
  signer = async (bytes: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(sign('sha256', bytes, keys.privateKey)),
): Promise<string> {
  return attestPacket({
    packet,
    tagManifestSha256: createHash('sha256').update(tagManifest).digest('hex'),
    predicateType: 'https://example.com/p/v1',
    signer: { publicKey: spki, sign: signer },
  });
}

function problemsOf(bundle: string | Uint8Array): readonly string[] {
  const bytes = typeof bundle === 'string' ? Buffer.from(bundle) : bundle;
  // The attested part is all that the check reads of a packet.
  return checkAttestation({ bundle: bytes, tagManifest, packet: packet as never, trust }).problems.list;
}

interface BundleView {
  readonly mediaType: string;
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
  };
}

function parse(bundle: string): BundleView {
  return JSON.parse(bundle) as BundleView;
}

function payloadOf(bundle: string): Record<string, Json> {
  return JSON.parse(Buffer.from(parse(bundle).dsseEnvelope.payload, 'base64').toString()) as Record<
    string,
    Json
  >;
}

describe('an attestation', () => {
  test('holds and names its key', async () => {
    const found = checkAttestation({
      bundle: Buffer.from(await attest()),
      tagManifest,
      packet: packet as never,
      trust,
    });
    expect(found.problems.list).toEqual([]);
    expect([found.known, found.fingerprint]).toEqual([true, keyFingerprint(spki)]);
  });

  test('is an in-toto Statement about the tag manifest', async () => {
    expect(payloadOf(await attest())).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'tagmanifest-sha256.txt' }],
      predicateType: 'https://example.com/p/v1',
      predicate: {
        packet: packet.id,
        size: 9,
        range: [1, 9],
        tests: { pass: 1, exceptions: 0, 'no-occurrence': 0, 'not-tested': 1 },
      },
    });
  });

  test.skipIf(!has('openssl', { required: true }))(
    'is accepted by openssl over the pre-authentication encoding',
    async () => {
      const { dsseEnvelope } = parse(await attest());
      const payload = Buffer.from(dsseEnvelope.payload, 'base64');
      const files = ['key.pem', 'signature.der', 'signed'].map((name) => join(home, name));
      const [key = '', signature = '', signed = ''] = files;
      await writeFile(key, keys.publicKey.export({ type: 'spki', format: 'pem' }));
      await writeFile(signature, Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'));
      await writeFile(
        signed,
        `DSSEv1 28 application/vnd.in-toto+json ${payload.length} ${payload.toString()}`,
      );
      expect(
        run('openssl', ['dgst', '-sha256', '-verify', key, '-signature', signature, signed]),
      ).toMatchObject({ status: 0 });
    },
  );

  test('whose key nobody vouched for may hold, but is unknown', async () => {
    const bundle = Buffer.from(await attest());
    const found = checkAttestation({ bundle, tagManifest, packet: packet as never, trust: noTrust });
    expect([found.problems.list, found.known]).toEqual([[], false]);
  });

  test('of the wrong predicate type, subject or packet does not hold', async () => {
    const bundle = Buffer.from(await attest());
    const check = (change: object): readonly string[] =>
      checkAttestation({ bundle, tagManifest, packet: packet as never, trust, ...change }).problems.list;
    expect(check({ trust: { ...trust, predicateType: 'https://example.com/p/v2' } })).toHaveLength(1);
    expect(check({ tagManifest: Buffer.from('other') })).toEqual([
      'tagmanifest-sha256.txt is not the attested one',
    ]);
    expect(check({ packet: { ...packet, id: 'f'.repeat(16) } })).toHaveLength(1);
    expect(check({ packet: undefined })).toHaveLength(1);
  });

  test('has one form only', async () => {
    const bundle = await attest();
    const view = parse(bundle);
    const [signature] = view.dsseEnvelope.signatures;
    const forms = [
      `${bundle}\n`,
      JSON.stringify(view, null, 1),
      bundle.replace('{', '{"x":1,'),
      bundle.replace('"keyid":""', '"keyid":"a"'),
      toCanonicalJson({
        ...view,
        dsseEnvelope: { ...view.dsseEnvelope, signatures: [signature ?? null, signature ?? null] },
      }),
      toCanonicalJson({ ...view, extra: 1 }),
      bundle.replace(/"sig":"(.*?)=*"/, '"sig":"$1"'),
    ].filter((form) => form !== bundle);
    for (const form of forms) expect(problemsOf(form), form.slice(0, 60)).not.toEqual([]);
  });

  test('has no high-s twin', async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const bundle = await attest();
    const sig = parse(bundle).dsseEnvelope.signatures[0]?.sig ?? '';
    const [r, s] = membersOf(parseDer(Buffer.from(sig, 'base64')));
    const high = order - BigInt(`0x${Buffer.from(s?.content ?? []).toString('hex')}`);
    const bytes = Buffer.from(high.toString(16).padStart(64, '0'), 'hex');
    const twin = Buffer.from(der(DER.sequence, r?.bytes ?? new Uint8Array(), derInteger(bytes)));
    const payload = Buffer.from(parse(bundle).dsseEnvelope.payload, 'base64');
    expect(
      verify('sha256', preAuthEncoding('application/vnd.in-toto+json', payload), keys.publicKey, twin),
    ).toBe(true);
    expect(problemsOf(bundle.replace(sig, twin.toString('base64')))).toEqual([
      'the signature is not in its low-S form',
    ]);
  });

  test('changed in any byte does not hold', { timeout: 60_000 }, async () => {
    const bundle = Buffer.from(await attest());
    for (let at = 0; at < bundle.length; at++) {
      const changed = Buffer.from(bundle);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(problemsOf(changed), `byte ${at}`).not.toEqual([]);
    }
  });
});

describe('signatures and their form', () => {
  test('low-S keeps a signature valid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (message) => {
        const signature = toLowS(sign('sha256', message, keys.privateKey));
        const key = createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' });
        return isLowS(signature) && verify('sha256', message, key, signature);
      }),
      { numRuns: 60 },
    );
  });

  test('DER written is DER read', () => {
    const leaf = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => derInteger(bytes)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => der(DER.octets, bytes)),
      fc
        .tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 2 ** 31 }))
        .map(([b, c]) => derOid(`1.${b}.${c}`)),
    );
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 8 }), (parts) => {
        const whole = derSet(...parts);
        expect(parseDer(whole).bytes).toEqual(whole);
        expect(membersOf(parseDer(whole))).toHaveLength(parts.length);
      }),
    );
    expect(oidOf(parseDer(derOid('1.2.840.113549.1.9.16.2.47')))).toBe('1.2.840.113549.1.9.16.2.47');
  });

  test.each([
    ['a length in a longer form', '30810102'],
    ['an indefinite length', '30800000'],
    ['a padded integer', '02020001'],
    ['a negative padded integer', '0202ff80'],
    ['an empty integer', '0200'],
    ['a boolean of another value', '010101'],
    ['a null with content', '050100'],
    ['an unsorted set', '3106020102020101'],
    ['bytes after the end', '05000500'],
    ['a cut', '3005020101'],
    ['a high tag number', '1f8101 00'.replace(' ', '')],
    ['nothing', ''],
  ])('DER refuses %s', (_, hex) => {
    expect(() => parseDer(Buffer.from(hex, 'hex'))).toThrow('not DER');
  });
});
