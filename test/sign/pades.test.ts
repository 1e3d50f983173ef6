import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTENTS_BYTES, signPdf, signPdfFile } from '../../reports/sign/pades.ts';
import { openSignedMessage } from '../../verify/cms.ts';
import { readPdf } from '../../verify/pdf.ts';
import type { PdfFindings } from '../../verify/pdf.ts';
import { checkPdfSignature } from '../../verify/pdf-signature.ts';
import { verifyPacket } from '../../verify/verify.ts';
import { parseDer } from '../../domain/der.ts';
import { makePki } from './certificates.ts';
import type { TestPki } from './certificates.ts';
import { has, run } from './programs.ts';
import { makePdf } from './sample-pdf.ts';

const PACKET = '{"version":1}';
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'annexa-pades-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function signed(pki: TestPki): Promise<Uint8Array> {
  return signPdf(await makePdf(PACKET), { signer: pki.signer });
}

/** Reads a PDF in chunks of an odd size, so that nothing depends on where they end. */
function readBytes(pdf: Uint8Array, chunk = 1013): Promise<PdfFindings> {
  return readPdf(async function* () {
    for (let at = 0; at < pdf.length; at += chunk) yield pdf.subarray(at, at + chunk);
  });
}

async function problemsOf(pdf: Uint8Array, pki: TestPki): Promise<readonly string[]> {
  return checkPdfSignature(await readBytes(pdf), [new X509Certificate(pki.caPem)]).problems.list;
}

describe.each([
  ['P-256', false],
  ['RSA', true],
])('a PDF signed with %s', (_, rsa) => {
  const pki = makePki('annexa test CA', rsa);

  test('holds, covers the whole file and leads to the authority', async () => {
    const pdf = await readBytes(await signed(pki));
    const found = checkPdfSignature(pdf, [new X509Certificate(pki.caPem)]);
    expect(found.problems.list).toEqual([]);
    expect([found.known, found.signer]).toEqual([true, 'CN=annexa test signer']);
    expect(pdf.embedded).toEqual([createHash('sha256').update(PACKET).digest('hex')]);
  });

  test('has the attributes of the baseline, in order, and no signing time', async () => {
    const { signature } = await readBytes(await signed(pki));
    if ('problem' in signature) throw new Error(signature.problem);
    expect(openSignedMessage(parseDer(signature.cms)).signedAttributes).toEqual([
      '1.2.840.113549.1.9.3',
      '1.2.840.113549.1.9.4',
      '1.2.840.113549.1.9.16.2.47',
    ]);
  });

  test.skipIf(!has('openssl', { required: true }))('is accepted by openssl as CAdES', async () => {
    const pdf = Buffer.from(await signed(pki));
    const [, before = 0, after = 0] =
      /ByteRange \[0 (\d+) (\d+) /.exec(pdf.toString('latin1'))?.map(Number) ?? [];
    const names = ['content', 'signature.der', 'ca.pem'].map((name) => join(home, `${String(rsa)}-${name}`));
    const [content = '', signature = '', ca = ''] = names;
    await writeFile(content, Buffer.concat([pdf.subarray(0, before), pdf.subarray(after)]));
    await writeFile(signature, Buffer.from(pdf.toString('latin1', before + 1, after - 1), 'hex'));
    await writeFile(ca, pki.caPem);
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
    const accepted = run('openssl', [...args, '-CAfile', ca, '-purpose', 'any', '-out', '/dev/null']);
    expect(accepted).toMatchObject({ status: 0 });
    expect(accepted.output).toMatch(/CAdES Verification successful/i);
    await writeFile(content, 'something else');
    expect(run('openssl', [...args, '-CAfile', ca, '-purpose', 'any', '-out', '/dev/null']).status).not.toBe(
      0,
    );
  });

  test.skipIf(!has('pdfsig'))('is accepted by pdfsig', async () => {
    const file = join(home, `${String(rsa)}.pdf`);
    await writeFile(file, await signed(pki));
    const { output } = run('pdfsig', ['-nocert', file]);
    expect(output).toContain('Signature is Valid');
    expect(output).toContain('Total document signed');
    expect(output).toContain('ETSI.CAdES.detached');
  });

  test.skipIf(!has('qpdf'))('is sound for qpdf', async () => {
    const file = join(home, `${String(rsa)}-sound.pdf`);
    await writeFile(file, await signed(pki));
    expect(run('qpdf', ['--check', file])).toMatchObject({ status: 0 });
  });
});

describe('signing', () => {
  const pki = makePki();

  test('changes no byte but the ByteRange and the signature', async () => {
    const before = Buffer.from(await makePdf(PACKET)).toString('latin1');
    const after = Buffer.from(await signed(pki)).toString('latin1');
    const blank = (text: string): string =>
      text.replace(/ByteRange \[[^\]]*\] */, 'R').replace(/<[0-9a-f]{1000,}>/, `<${CONTENTS_BYTES}>`);
    expect(after.length).toBe(before.length);
    expect(blank(after)).toBe(blank(before));
  });

  test('a file gives the same result as its bytes', async () => {
    const file = join(home, 'file.pdf');
    await writeFile(file, await makePdf(PACKET));
    await signPdfFile(file, { signer: pki.signer });
    expect(await problemsOf(await readFile(file), pki)).toEqual([]);
  });

  test('is refused without a placeholder, and a second time', async () => {
    await expect(signPdf(Buffer.from('%PDF-1.7'), { signer: pki.signer })).rejects.toThrow('placeholders');
    await expect(signPdf(await signed(pki), { signer: pki.signer })).rejects.toThrow('placeholders');
  });

  test('is refused when the certificates do not fit', async () => {
    const certificates = [
      ...pki.signer.certificates,
      ...Array.from({ length: 60 }, () => pki.authority.certificate),
    ];
    await expect(signPdf(await makePdf(PACKET), { signer: { ...pki.signer, certificates } })).rejects.toThrow(
      'bytes',
    );
  });
});

describe('a signed PDF', () => {
  const pki = makePki();

  test('has no byte that can change unnoticed', async () => {
    const pdf = await signed(pki);
    const places = Array.from({ length: 120 }, (_, i) => Math.floor((i * pdf.length) / 120));
    const start = Buffer.from(pdf).indexOf('/Contents <');
    // The signature itself, byte by byte: certificates, attributes, and the first zeros behind it.
    for (let at = start; at < start + 2600; at += 7) places.push(at);
    for (const place of places) {
      const changed = pdf.slice();
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(await problemsOf(changed, pki), `byte ${place}`).not.toEqual([]);
    }
  });

  test('cannot grow: the signature ends where the file ends', async () => {
    const pdf = await signed(pki);
    const grown = Buffer.concat([pdf, Buffer.from('\n1 0 obj\n<< >>\nendobj\n')]);
    expect(await problemsOf(grown, pki)).toEqual([
      expect.stringMatching(/the signature ends at byte \d+ of \d+/),
    ]);
  });

  test('cannot carry a second signature', async () => {
    const pdf = Buffer.from(await signed(pki));
    const range = /\/ByteRange \[[^\]]*\]/.exec(pdf.toString('latin1'))?.[0] ?? '';
    expect(await problemsOf(Buffer.concat([pdf, Buffer.from(range)]), pki)).toEqual([
      'the PDF has 2 signatures, not one',
    ]);
  });

  test('of an authority nobody knows is not known', async () => {
    const found = checkPdfSignature(await readBytes(await signed(pki)), [
      new X509Certificate(makePki('another CA').caPem),
    ]);
    expect(found.known).toBe(false);
    expect(found.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of an impostor with the authority’s name is not known', async () => {
    const impostor = makePki('annexa test CA');
    const found = checkPdfSignature(await readBytes(await signed(impostor)), [
      new X509Certificate(pki.caPem),
    ]);
    expect(found.known).toBe(false);
  });

  test('verifies on its own', async () => {
    const file = join(home, 'report.pdf');
    await writeFile(file, await signed(pki));
    await writeFile(join(home, 'ca.pem'), pki.caPem);
    const verification = await verifyPacket(file, { trust: home });
    expect(verification.checks.map(({ name, status }) => [name, status])).toEqual([
      ['pdf-signature', 'holds'],
      ['time-stamps', 'absent'],
      ['trust', 'holds'],
    ]);
    expect((await verifyPacket(file)).exitCode).toBe(1);
    expect((await verifyPacket(file, { allowUnknownSigner: true })).exitCode).toBe(0);
  });
});
