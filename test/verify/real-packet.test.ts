import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREDICATE_TYPE } from '../../ledger/trust.ts';
import { writePacket } from '../../reports/write-packet.ts';
import { listFiles, zipDirectory } from '../../reports/zip.ts';
import { formatVerification } from '../../verify/verification.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { createTestCatalogue } from '../reports/controls.ts';
import { openTestLog, policyEvent, sampleEvents, testPeriod, type TestLog } from '../reports/log.ts';
import { has, run } from '../sign/programs.ts';
import { seededRandom } from './random.ts';

let log: TestLog;
let zip = '';
let unpacked = '';

beforeAll(async () => {
  log = await openTestLog();
  await log.append([policyEvent()], '2026-06-15T00:00:00Z');
  await log.append(sampleEvents(60), '2026-08-02T00:00:00Z');
  zip = join(log.directory, 'packet.zip');
  unpacked = join(log.directory, 'unpacked');
  await writePacket({
    period: testPeriod,
    controls: [],
    complete: true,
    reader: { person: 'full', content: 'full' },
    organisation: 'ACME',
    controlsSha256: 'c'.repeat(64),
    soa: null,
    log: { number: 0, vkey: log.vkey, anchored: 'none' },
    predicateType: PREDICATE_TYPE,
    store: log.store,
    ledger: log.ledger,
    ...createTestCatalogue(log.store),
    signers: { attestation: log.keys.attestation, report: log.keys.pdf },
    out: zip,
  });
}, 60_000);

afterAll(() => log.close());

describe.skipIf(!has('unzip'))('a packet as annexa writes it', () => {
  it('is valid as a zip, unpacked, packed again, and as a report alone', async () => {
    execFileSync('unzip', ['-q', zip, '-d', unpacked]);
    const again = join(log.directory, 'again.zip');
    await zipDirectory(unpacked, again);
    for (const path of [zip, unpacked, again, join(unpacked, 'data/report.pdf')]) {
      const verification = await verifyPacket(path, { trust: log.trust });
      expect(formatVerification(verification)).not.toContain('FAIL');
      expect(verification.exitCode).toBe(0);
    }
  });

  it('is not valid with one byte of any file changed', { timeout: 120_000 }, async () => {
    const random = seededRandom('real packet');
    for (const name of await listFiles(unpacked)) {
      const file = join(unpacked, name);
      const bytes = await readFile(file);
      const changed = Buffer.from(bytes);
      const at = Math.floor(random() * bytes.length);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      await writeFile(file, changed);
      const { valid, checks } = await verifyPacket(unpacked, { trust: log.trust });
      expect(valid, name).toBe(false);
      const signed = name === 'tagmanifest-sha256.txt' || name === 'packet.sigstore.json';
      expect(checks.filter((check) => !check.valid).map((check) => check.name)).toContain(
        signed ? 'attestation' : 'bag',
      );
      await writeFile(file, bytes);
    }
  });

  it('is nobody’s without a trust directory', async () => {
    const verification = await verifyPacket(zip);
    expect(verification.checks.filter((check) => !check.valid).map((check) => check.name)).toEqual(['trust']);
    expect(verification.exitCode).toBe(1);
    expect((await verifyPacket(zip, { allowUnknownSigner: true })).exitCode).toBe(0);
    expect(formatVerification(verification)).toMatch(/unknown key [0-9a-f]{64} \(attestation\)/);
  });

  it('is unknown to a trust directory of which a file is gone', async () => {
    const trust = join(log.directory, 'less-trust');
    execFileSync('cp', ['-r', log.trust, trust]);
    await rm(join(trust, 'ca.pem'));
    const verification = await verifyPacket(zip, { trust });
    expect(verification.signers.map(({ role, known }) => [role, known])).toEqual([
      ['attestation', true],
      ['log', true],
      ['pdf', false],
    ]);
    expect(verification.valid).toBe(false);
  });

  it.skipIf(!has('openssl', { required: true }))(
    'has a log key and a report that openssl accepts',
    async () => {
      const pdf = await readFile(join(unpacked, 'data/report.pdf'));
      const [, before = 0, after = 0] =
        /ByteRange \[0 (\d+) (\d+) /.exec(pdf.toString('latin1'))?.map(Number) ?? [];
      const [content, signature] = [join(log.directory, 'content'), join(log.directory, 'signature')];
      await writeFile(content, Buffer.concat([pdf.subarray(0, before), pdf.subarray(after)]));
      await writeFile(signature, Buffer.from(pdf.toString('latin1', before + 1, after - 1), 'hex'));
      const args = [
        'cms',
        '-verify',
        '-cades',
        '-binary',
        '-inform',
        'DER',
        '-in',
        signature,
        '-content',
        content,
      ];
      const trusted = [
        '-CAfile',
        join(log.trust, 'ca.pem'),
        '-purpose',
        'any',
        '-no_check_time',
        '-out',
        '/dev/null',
      ];
      expect(run('openssl', [...args, ...trusted])).toMatchObject({ status: 0 });
    },
  );
});

describe('a trust directory', () => {
  it('that is not there, or holds no key, is an error and not an unknown signer', async () => {
    await expect(verifyPacket(zip, { trust: join(log.directory, 'nowhere') })).rejects.toThrow(
      'no trust directory',
    );
    const broken = join(log.directory, 'broken');
    execFileSync('cp', ['-r', log.trust, broken]);
    await writeFile(join(broken, 'attestation.pub'), 'not a key');
    await expect(verifyPacket(zip, { trust: broken })).rejects.toThrow('no PEM block');
  });
});
