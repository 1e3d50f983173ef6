import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { VerifyEd25519, NoteSigner } from '../../ledger/note.ts';
import { toNoteKey } from '../../ledger/note.ts';
import type { Result } from '../../ledger/result.ts';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Verification by OpenSSL, built apart from the code under test. */
export const verifyByOpenSsl: VerifyEd25519 = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

/** A fresh Ed25519 signer under this name. */
export function testSigner(
  name: string,
  pair: { privateKey: KeyObject } = generateKeyPairSync('ed25519'),
): NoteSigner {
  const der = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'der' });
  return {
    key: toNoteKey(name, new Uint8Array(der.subarray(-32))),
    sign: (message) => Promise.resolve(new Uint8Array(sign(null, message, pair.privateKey))),
  };
}

/** The value of a result that has to have one. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
