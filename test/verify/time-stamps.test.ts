import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signPdf } from '../../reports/sign/pades.ts';
import { openTimeStamp } from '../../verify/time-stamps.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { makeIdentity, makePki, toPem } from '../sign/certificates.ts';
import { has, run } from '../sign/programs.ts';
import { makePdf } from '../sign/sample-pdf.ts';
import { buildPacket, makeKeys, smallPlan, writeTrust } from './build-packet.ts';

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const keys = makeKeys();
const stamper = makeIdentity('annexa test TSA', { issuer: keys.pki.authority, use: TIME_STAMPING });
const authorities = [new X509Certificate(keys.pki.caPem)];
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-tsa-'));
  await writeAuthority('tsa', stamper);
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function writeAuthority(name: string, { certificate, key }: typeof stamper): Promise<void> {
  await writeFile(join(home, `${name}.pem`), toPem(certificate));
  await writeFile(join(home, `${name}.key`), key.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(join(home, 'serial'), '01\n');
  await writeFile(
    join(home, `${name}.cnf`),
    [
      '[tsa]',
      'default_tsa = ours',
      '[ours]',
      `serial = ${join(home, 'serial')}`,
      `signer_cert = ${join(home, `${name}.pem`)}`,
      `signer_key = ${join(home, `${name}.key`)}`,
      'signer_digest = sha256',
      'default_policy = 1.3.6.1.4.1.99999.1',
      'digests = sha256, sha512',
      'ess_cert_id_alg = sha256',
      '',
    ].join('\n'),
  );
}

/** The reply of a time-stamp authority that is openssl. */
async function stamp(data: Uint8Array, { token = false } = {}): Promise<Uint8Array> {
  const [content = '', query = '', reply = ''] = ['data', 'query', 'reply'].map((name) => join(home, name));
  await writeFile(content, data);
  expect(run('openssl', ['ts', '-query', '-data', content, '-sha256', '-cert', '-out', query])).toMatchObject(
    { status: 0 },
  );
  const out = token ? ['-token_out', '-out', reply] : ['-out', reply];
  const made = run('openssl', [
    'ts',
    '-reply',
    '-config',
    join(home, 'tsa.cnf'),
    '-queryfile',
    query,
    ...out,
  ]);
  expect(made).toMatchObject({ status: 0 });
  return new Uint8Array(await readFile(reply));
}

describe.skipIf(!has('openssl', { required: true }))('a time stamp', () => {
  const data = Buffer.from('what happened');

  test('says when, by whom, and that somebody vouches for it', async () => {
    const found = openTimeStamp(await stamp(data), data, authorities);
    expect(found.time).toMatch(/^20\d{12}Z$/);
    expect(found.known).toBe(true);
    expect(openTimeStamp(await stamp(data), data, []).known).toBe(false);
  });

  test('over other bytes does not hold', async () => {
    const reply = await stamp(data);
    expect(() => openTimeStamp(reply, Buffer.from('what did not'), authorities)).toThrow(
      'is over other bytes',
    );
  });

  test('changed in any byte does not hold, or is the same statement', async () => {
    const reply = await stamp(data);
    const before = openTimeStamp(reply, data, authorities);
    let unnoticed = 0;
    for (let at = 0; at < reply.length; at++) {
      const changed = reply.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      try {
        const { time, known } = openTimeStamp(changed, data, authorities);
        if (!known) continue;
        expect(time, `byte ${at}`).toBe(before.time);
        unnoticed++;
      } catch {
        continue;
      }
    }
    // The granted status and what stands around the signed part.
    expect(unnoticed).toBeLessThan(8);
  });

  test('is part of a packet: on the checkpoint, the attestation and the PDF', async () => {
    const trust = join(home, 'trust');
    await writeTrust(trust, keys);
    const directory = join(home, 'packet');
    await buildPacket(directory, keys, {
      ...smallPlan,
      timestamp: (signature) => stamp(signature),
      stage: async (staged) => {
        const checkpoint = join(staged, 'data/logs/0/checkpoint');
        await writeFile(`${checkpoint}.tsr`, await stamp(await readFile(checkpoint)));
        const pdf = await makePdf(await readFile(join(staged, 'data/packet.json'), 'utf8'));
        const signed = await signPdf(pdf, {
          signer: keys.pki.signer,
          timestamp: (signature) => stamp(signature, { token: true }),
        });
        await writeFile(join(staged, 'data/report.pdf'), signed);
      },
    });
    const found = await verifyPacket(directory, { trust });
    expect(found.checks.filter((check) => !check.valid)).toEqual([]);
    const line = found.checks.find((check) => check.name === 'time-stamps');
    expect(line?.detail).toMatch(/^attestation \d+Z, checkpoint \d+Z, PDF signature \d+Z$/);
    expect(found.signers.filter((signer) => signer.role === 'time-stamp' && signer.known)).toHaveLength(3);
  });

  test('over another checkpoint turns its line red', async () => {
    const trust = join(home, 'trust');
    await writeTrust(trust, keys);
    const directory = join(home, 'stale');
    await buildPacket(directory, keys, {
      ...smallPlan,
      stage: async (staged) =>
        writeFile(join(staged, 'data/logs/0/checkpoint.tsr'), await stamp(Buffer.from('older'))),
    });
    const { checks } = await verifyPacket(directory, { trust });
    expect(checks.filter((check) => !check.valid).map((check) => check.name)).toEqual(['time-stamps']);
  });

  test('that is some other signature is none', async () => {
    const pki = makePki('another');
    const pdf = await signPdf(await makePdf('{}'), { signer: pki.signer });
    const hex = /<([0-9a-f]{1000,})>/.exec(Buffer.from(pdf).toString('latin1'))?.[1] ?? '';
    const cms = Buffer.from(hex, 'hex');
    expect(() => openTimeStamp(cms.subarray(0, 4 + cms.readUInt16BE(2)), data, authorities)).toThrow(
      'carries no time',
    );
  });
});
