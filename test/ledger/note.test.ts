import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromBase64,
  fromBase64Url,
  fromHex,
  toBase32,
  toBase64,
  toBase64Url,
  toHex,
} from '../../ledger/bytes.ts';
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  parseCheckpointBody,
  signCheckpoint,
} from '../../ledger/checkpoint.ts';
import { inclusionProof, leafHash, rootOf } from '../../ledger/merkle.ts';
import {
  formatNote,
  formatSignature,
  formatVerifierKey,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
  toNoteKey,
} from '../../ledger/note.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../ledger/tlog-proof.ts';
import { testSigner, valueOf, verifyByOpenSsl as verify } from './keys-for-tests.ts';

const alice = testSigner('example.com/alice');
const bob = testSigner('example.com/bob');

describe('a signed note', () => {
  it('of the specification verifies, and a changed byte does not', async () => {
    const note =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    const key = valueOf(parseVerifierKey(vkey));
    expect(formatVerifierKey(key)).toBe(vkey);
    expect(formatNote(valueOf(parseNote(note)))).toBe(note);
    expect((await openNote(note.replace('example m', 'example M'), [key], verify)).ok).toBe(false);
    const opened = valueOf(await openNote(note, [key], verify));
    expect(opened).toEqual({ text: 'This is an example message.\n', by: [key] });
  });

  it('is refused when a known key has signed something else, whoever else has signed', async () => {
    const note = await signNote('text\n', [alice, bob]);
    const forged = formatSignature({
      name: alice.key.name,
      keyId: alice.key.keyId,
      signature: new Uint8Array(64),
    });
    expect(
      (await openNote(`text\n\n${forged}${note.split('\n')[3]}\n`, [alice.key, bob.key], verify)).ok,
    ).toBe(false);
    expect((await openNote(note.replace('text', 'Text'), [bob.key], verify)).ok).toBe(false);
    expect((await openNote(await signNote('text\n', [bob]), [alice.key], verify)).ok).toBe(false);
    expect((await openNote(note, [], verify)).ok).toBe(false);
  });

  it('ignores lines of unknown keys, also of an unknown key under a known name', async () => {
    const impostor = testSigner(alice.key.name);
    const opened = await openNote(await signNote('text\n', [impostor, bob, alice]), [alice.key], verify);
    expect(opened).toEqual({ ok: true, value: { text: 'text\n', by: [alice.key] } });
  });

  it('splits at the last empty line', async () => {
    const text = 'one\n\n— example.com/alice AAAAAAAA\n\ntwo\n';
    const opened = await openNote(await signNote(text, [alice]), [alice.key], verify);
    expect(opened.ok && opened.value.text).toBe(text);
  });

  it('is refused when malformed', () => {
    for (const note of [
      '',
      'text\n',
      'text\n\n',
      'text\n\n— a AAAA',
      'text\n\n- a AAAAAAAA\n',
      'text\n\n—  AAAAAAAA\n',
      'text\n\n— a+b AAAAAAAA\n',
      'text\n\n— a AAAA\n',
      'te\rxt\n\n— a AAAAAAAA\n',
      'text\n\n— a AAAAAAB=\n',
      'text\n\n— a AAAAAAAA \n',
      'text\n\n— a AAAAAAAA\nmore\n',
    ]) {
      expect(parseNote(note).ok, JSON.stringify(note)).toBe(false);
    }
    for (const key of [
      '',
      'a',
      'a+00000000+AQ==',
      'a+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
      'a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    ]) {
      expect(parseVerifierKey(key).ok, key).toBe(false);
    }
    expect(() => toNoteKey('a b', new Uint8Array(32))).toThrow(TypeError);
    expect(() => formatNote({ text: 'no line feed', signatures: [] })).toThrow(TypeError);
  });
});

describe('a checkpoint', () => {
  it('is read as the specification writes it', () => {
    const note =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';
    const parsed = valueOf(parseCheckpoint(note));
    expect({ ...parsed, root: toBase64(parsed.root) }).toEqual({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      note,
    });
    expect(note.startsWith(formatCheckpoint(parsed))).toBe(true);
  });

  it('is refused with another origin, a padded size, a short root or an empty line', async () => {
    const root = toBase64(new Uint8Array(32));
    for (const body of [
      `o\n01\n${root}\n`,
      `o\n-1\n${root}\n`,
      `o\n9007199254740992\n${root}\n`,
      `o\n1\nAAAA\n`,
      `o\n1\n${root}`,
      `\n1\n${root}\n`,
      `o\n1\n${root}\n\nx\n`,
      `${'o'.repeat(256)}\n1\n${root}\n`,
    ]) {
      expect(parseCheckpointBody(body).ok, body).toBe(false);
    }
    expect(parseCheckpointBody(`o\n1\n${root}\nextension\n`).ok).toBe(true);
    const { note } = await signCheckpoint(
      { origin: 'example.com/alice', size: 1, root: new Uint8Array(32) },
      [alice],
    );
    expect((await openCheckpoint(note, { origin: 'example.com/alice', keys: [alice.key], verify })).ok).toBe(
      true,
    );
    expect((await openCheckpoint(note, { origin: 'example.com/other', keys: [alice.key], verify })).ok).toBe(
      false,
    );
    expect((await openCheckpoint(note, { origin: 'example.com/alice', keys: [bob.key], verify })).ok).toBe(
      false,
    );
  });
});

describe('a tlog-proof', () => {
  const leaves = Array.from({ length: 11 }, (_, i) => leafHash(`entry ${i}`));
  const origin = 'example.com/alice';
  const trust = { origin, keys: [alice.key], verify };
  const checkpoint = signCheckpoint({ origin, size: 11, root: rootOf(leaves) }, [alice]);

  it('does not hold for another leaf, another index, a missing hash or another log', async () => {
    const { note } = await checkpoint;
    const hashes = inclusionProof(leaves, 6);
    const text = formatTlogProof({ index: 6, hashes, checkpoint: note });
    expect((await verifyTlogProof(text, leaves[5]!, trust)).ok).toBe(false);
    expect((await verifyTlogProof(text.replace('index 6', 'index 5'), leaves[6]!, trust)).ok).toBe(false);
    expect(
      (
        await verifyTlogProof(
          formatTlogProof({ index: 6, hashes: hashes.slice(1), checkpoint: note }),
          leaves[6]!,
          trust,
        )
      ).ok,
    ).toBe(false);
    expect((await verifyTlogProof(text, leaves[6]!, { ...trust, keys: [bob.key] })).ok).toBe(false);
    for (const bad of [
      text.slice(1),
      text.replace('index 6', 'index 06'),
      text.replace('index 6\n', ''),
      text.replace('index', 'extra ?\nindex'),
      'c2sp.org/tlog-proof@v1\nindex 1\n',
    ]) {
      expect(parseTlogProof(bad).ok, bad).toBe(false);
    }
  });

  it('holds for every leaf, with and without extra bytes', async () => {
    const { note } = await checkpoint;
    for (const [index, leaf] of leaves.entries()) {
      const proof = { index, hashes: inclusionProof(leaves, index), checkpoint: note };
      expect((await verifyTlogProof(formatTlogProof(proof), leaf, trust)).ok).toBe(true);
      const extra = { ...proof, extra: Uint8Array.of(1, 2, 3) };
      expect(parseTlogProof(formatTlogProof(extra))).toEqual({
        ok: true,
        value: { ...extra, hashes: proof.hashes },
      });
    }
    const single = await signCheckpoint({ origin, size: 1, root: leaves[0]! }, [alice]);
    const text = formatTlogProof({ index: 0, hashes: [], checkpoint: single.note });
    expect((await verifyTlogProof(text, leaves[0]!, trust)).ok).toBe(true);
  });
});

describe('byte texts', () => {
  it('agree with the platform and are strict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(toBase64(bytes)).toBe(buffer.toString('base64'));
        expect(toBase64Url(bytes)).toBe(buffer.toString('base64url'));
        expect(toHex(bytes)).toBe(buffer.toString('hex'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
    for (const text of ['A', 'AA', 'AA=', 'AB==', 'AA==A', 'A A=', 'AA==\n', 'A===', '-_==', '===='])
      expect(fromBase64(text), text).toBeUndefined();
    for (const text of ['A', 'AB', 'AA==', '+/']) expect(fromBase64Url(text), text).toBeUndefined();
    for (const text of ['0', 'zz', 'AA']) expect(fromHex(text), text).toBeUndefined();
    expect(toBase32(new TextEncoder().encode('foobar'))).toBe('mzxw6ytboi');
    expect(toBase32(new Uint8Array(0))).toBe('');
  });
});
