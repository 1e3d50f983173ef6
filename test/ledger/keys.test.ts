import { execFileSync } from 'node:child_process';
import { createHmac, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isLowS } from '../../domain/attestation.ts';
import { toInstant, type Instant } from '../../domain/time.ts';
import { toBase32 } from '../../ledger/bytes.ts';
import { createKeyring, WHO_CACHE_LIMIT } from '../../ledger/keyring.ts';
import { initKeys, openKeys, renewRevocations, type Keys } from '../../ledger/keys.ts';
import { openNote, parseVerifierKey, signNote } from '../../ledger/note.ts';
import { describeKeys, writeTrust } from '../../ledger/trust.ts';
import { valueOf, verifyByOpenSsl } from './keys-for-tests.ts';

const origin = 'example.com/acme/main';
const now = toInstant('2026-11-21T08:00:00.123456Z', 'test');
const options = {
  origin,
  organisation: 'Müller, Söhne & Co <GmbH> + "Partner" mit einem Namen, der für ein Zertifikat zu lang ist',
  randomBytes,
  clock: () => now,
};
const directories: string[] = [];
const freshDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'annexa-keys-'));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
const freshKeys = async (): Promise<{ data: string; keys: Keys }> => {
  const data = freshDirectory();
  await initKeys(data, options);
  return { data, keys: openKeys(data, options) };
};

describe('the keys of a data directory', () => {
  it('cannot be opened when one is missing, of another kind, or beside a certificate of another', async () => {
    expect(() => openKeys(freshDirectory(), options)).toThrow(
      expect.objectContaining({ code: 'KEY_MISSING' }),
    );
    for (const [name, content] of [
      ['log.key', 'attestation.key'],
      ['attestation.key', 'log.key'],
      ['pdf.key', 'attestation.key'],
      ['tenant.key', undefined],
      ['pdf.pem', undefined],
    ] as const) {
      const { data } = await freshKeys();
      const path = join(data, 'keys', name);
      if (content === undefined) unlinkSync(path);
      else writeFileSync(path, readFileSync(join(data, 'keys', content)));
      expect(() => openKeys(data, options), name).toThrow(expect.objectContaining({ code: 'KEY_MISSING' }));
    }
  });

  it('are private, and made once', async () => {
    const data = freshDirectory();
    expect(await initKeys(data, options)).toEqual(['log', 'attestation', 'tenant', 'pdf']);
    const keys = join(data, 'keys');
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    const names = readdirSync(keys).sort();
    expect(names).toEqual([
      'attestation.key',
      'ca.crl',
      'ca.key',
      'log.key',
      'pdf.key',
      'pdf.pem',
      'tenant.key',
    ]);
    for (const name of names) expect(statSync(join(keys, name)).mode & 0o777, name).toBe(0o600);
    const before = names.map((name) => readFileSync(join(keys, name), 'hex'));
    expect(await initKeys(data, options)).toEqual([]);
    expect(names.map((name) => readFileSync(join(keys, name), 'hex'))).toEqual(before);
    unlinkSync(join(keys, 'log.key'));
    expect(await initKeys(data, options)).toEqual(['log']);
  });

  it('sign what others can verify', async () => {
    const { keys } = await freshKeys();
    const note = await signNote('text\n', [keys.log]);
    expect(keys.log.key.name).toBe(origin);
    expect((await openNote(note, [keys.log.key], verifyByOpenSsl)).ok).toBe(true);
    const message = new TextEncoder().encode('statement');
    for (let i = 0; i < 20; i += 1) {
      const signature = await keys.attestation.sign(message);
      expect(isLowS(signature)).toBe(true);
      const publicKey = createPublicKey({
        key: Buffer.from(keys.attestation.publicKey),
        format: 'der',
        type: 'spki',
      });
      expect(verify('sha256', message, publicKey, signature)).toBe(true);
      const [own] = keys.pdf.certificates;
      expect(
        verify('sha256', message, new X509Certificate(own!).publicKey, await keys.pdf.sign(message)),
      ).toBe(true);
    }
  });

  it('may come from the configuration instead', async () => {
    const { data } = await freshKeys();
    const other = await freshKeys();
    const read = (name: string): string => readFileSync(join(other.data, 'keys', name), 'utf8');
    const foreign = {
      log: read('log.key'),
      attestation: read('attestation.key'),
      pdf: { key: read('pdf.key'), certificate: read('pdf.pem') },
    };
    const keys = openKeys(data, { ...options, foreign });
    expect(keys.log.key).toEqual(other.keys.log.key);
    expect(keys.pdf.certificates).toEqual(other.keys.pdf.certificates);
    expect(() => openKeys(data, { ...options, foreign: { log: 'nonsense' } })).toThrow(
      expect.objectContaining({ code: 'KEY_MISSING' }),
    );
  });
});

describe('the certificates of the document signer', () => {
  it('form a chain that openssl accepts, revocation list included', async () => {
    const { data, keys } = await freshKeys();
    const trust = join(data, 'trust');
    await renewRevocations(data, () => now);
    writeTrust(trust, openKeys(data, options));
    const [own, authority] = keys.pdf.certificates.map((der) => new X509Certificate(der));
    const signerFile = join(data, 'signer.pem');
    writeFileSync(signerFile, own!.toString());
    const crl = join(data, 'crl.pem');
    execFileSync('openssl', ['crl', '-inform', 'DER', '-in', join(trust, 'ca.crl'), '-out', crl]);
    const time = String(Date.parse('2026-11-22T00:00:00Z') / 1000);
    const checked = execFileSync(
      'openssl',
      [
        'verify',
        '-x509_strict',
        '-crl_check',
        '-attime',
        time,
        '-CAfile',
        join(trust, 'ca.pem'),
        '-CRLfile',
        crl,
        signerFile,
      ],
      { encoding: 'utf8' },
    );
    expect(checked).toContain('OK');
    expect(own!.checkIssued(authority!)).toBe(true);
    expect(authority!.ca).toBe(true);
    expect(own!.ca).toBe(false);
    const text = execFileSync('openssl', ['x509', '-in', signerFile, '-noout', '-text'], {
      encoding: 'utf8',
    });
    expect(text).toContain('Digital Signature, Non Repudiation');
    expect(text).toContain('Not Before: Nov 21 08:00:00 2026 GMT');
    expect(text).toContain('Not After : Nov 21 08:00:00 2031 GMT');
  });

  it('are found in the trust directory with everything else a verifier needs, and nothing secret', async () => {
    const { data, keys } = await freshKeys();
    const trust = join(data, 'trust');
    writeTrust(trust, keys);
    expect(readdirSync(trust).sort()).toEqual([
      'attestation.pub',
      'ca.crl',
      'ca.pem',
      'log.vkey',
      'predicate-type',
    ]);
    for (const name of readdirSync(trust))
      expect(readFileSync(join(trust, name), 'latin1')).not.toContain('PRIVATE');
    expect(readFileSync(join(trust, 'predicate-type'), 'utf8')).toBe(
      'https://annexa.dev/evidence-packet/v1\n',
    );
    const vkey = valueOf(parseVerifierKey(readFileSync(join(trust, 'log.vkey'), 'utf8').trim()));
    expect(vkey).toEqual(keys.log.key);
    const publicKey = createPublicKey(readFileSync(join(trust, 'attestation.pub'))).export({
      type: 'spki',
      format: 'der',
    });
    expect(new Uint8Array(publicKey)).toEqual(keys.attestation.publicKey);
    const described = describeKeys(keys);
    expect(described.map(({ purpose }) => purpose)).toEqual(['log', 'attestation', 'pdf', 'authority']);
    const authority = new X509Certificate(readFileSync(join(trust, 'ca.pem')));
    expect(described[3]?.fingerprint).toBe(authority.fingerprint256.replaceAll(':', '').toLowerCase());
  });
});

describe('the keyring', () => {
  const at = (text: string): Instant => toInstant(text, 'test');
  const yearKeys = new Map<string, Uint8Array>();
  const tenantKey = new Uint8Array(32).fill(7);
  const keyring = createKeyring({
    tenantKey,
    pseudonymKey: (year) => {
      const key = yearKeys.get(year) ?? new Uint8Array(32).fill(Number(year) % 251);
      yearKeys.set(year, key);
      return key;
    },
  });

  it('gives no pseudonym to nobody, and refuses short keys', () => {
    expect(keyring.who({}, now)).toBeUndefined();
    expect(keyring.who({ name: 'Dan' }, now)).toBeUndefined();
    expect(keyring.who({ email: '  ' }, now)).toBeUndefined();
    expect(() => createKeyring({ tenantKey: new Uint8Array(31), pseudonymKey: () => tenantKey })).toThrow(
      TypeError,
    );
  });

  it('derives pseudonyms from the key of the year and the compared form of the identity', () => {
    const expected = toBase32(
      createHmac('sha256', yearKeys.get('2026') ?? new Uint8Array(32).fill(2026 % 251))
        .update('dan@example.com')
        .digest(),
    ).slice(0, 26);
    expect(keyring.who({ email: ' Dan@Example.com' }, now)).toBe(expected);
    expect(keyring.who({ email: 'dan@example.com', name: 'Dan' }, now)).toBe(expected);
    expect(expected).toMatch(/^[a-z2-7]{26}$/);
    expect(keyring.who({ email: 'dan@example.com' }, at('2027-01-01T00:00:00Z'))).not.toBe(expected);
    expect(keyring.who({ id: '7', email: 'dan@example.com' }, now)).not.toBe(expected);
    expect(keyring.mac('text')).toBe(createHmac('sha256', tenantKey).update('text').digest('hex'));
  });

  it('remembers a bounded number of pseudonyms and stays right beyond it', () => {
    const first = keyring.who({ id: 'user-0' }, now);
    for (let i = 1; i <= WHO_CACHE_LIMIT; i += 1) keyring.who({ id: `user-${i}` }, now);
    expect(keyring.who({ id: 'user-0' }, now)).toBe(first);
  });

  it('makes the key of a year once, also when it is opened twice', async () => {
    const { data, keys } = await freshKeys();
    const again = openKeys(data, options);
    const who = keys.keyring.who({ id: 'dan' }, at('2025-05-05T00:00:00Z'));
    expect(again.keyring.who({ id: 'dan' }, at('2025-12-31T23:59:59.999999Z'))).toBe(who);
    expect(readdirSync(join(data, 'keys')).filter((name) => name.startsWith('pseudonym'))).toEqual([
      'pseudonym-2025.key',
    ]);
    expect(openKeys(data, options).keyring.mac('x')).toBe(keys.keyring.mac('x'));
  });
});
