import { concatBytes, equalBytes, fromBase64, fromHex, toBase64, toHex } from './bytes.ts';
import { sha256 } from './hash.ts';
import { accepted, refused, type Result } from './result.ts';

/** Signature type of plain Ed25519 (C2SP signed-note). */
const ED25519 = 1;

/** Most signature lines that a note may carry; the specification asks readers to take at least 16. */
const SIGNATURE_LIMIT = 100;

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A signed note (C2SP signed-note). `text` ends in a line feed. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A verifier key: who may sign under `name`. */
export interface NoteKey {
  readonly name: string;
  /** SHA-256(name ‖ 0x0A ‖ type ‖ public key), first 4 bytes. */
  readonly keyId: Uint8Array;
  readonly type: number;
  readonly publicKey: Uint8Array;
}

/** Signs notes under one name. `sign` gets the note text as UTF-8 and returns the bare signature. */
export interface NoteSigner {
  readonly key: NoteKey;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Ed25519 verification (RFC 8032) by whatever the platform has. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

const encoder = new TextEncoder();
const KEY_NAME = /^[^\s+]+$/u;
/** Control characters other than the line feed. */
// oxlint-disable-next-line no-control-regex -- the specification forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/;

/** Reads a note. The signatures start after the last empty line; nothing is verified yet. */
export function parseNote(note: string): Result<Note> {
  if (CONTROL.test(note) || !note.isWellFormed()) return refused('the note holds control characters');
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return refused('the note has no empty line before its signatures');
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0) return refused('the note does not end in a signature line');
  if (lines.length > SIGNATURE_LIMIT) return refused(`the note has more than ${SIGNATURE_LIMIT} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name = '', blob = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
    const bytes = fromBase64(blob);
    if (!KEY_NAME.test(name) || bytes === undefined || bytes.length < 5)
      return refused('the note has a malformed signature line');
    signatures.push({ name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) });
  }
  return accepted({ text: note.slice(0, split + 1), signatures });
}

/** The published form. Throws TypeError when the text or a name cannot stand in a note. */
export function formatNote(note: Note): string {
  if (!note.text.endsWith('\n') || CONTROL.test(note.text))
    throw new TypeError('a note is text that ends in a line feed');
  return `${note.text}\n${note.signatures.map(formatSignature).join('')}`;
}

/** One signature line, with its line feed. */
export function formatSignature(signature: NoteSignature): string {
  if (!KEY_NAME.test(signature.name)) throw new TypeError(`"${signature.name}" cannot name a key`);
  return `— ${signature.name} ${toBase64(concatBytes(signature.keyId, signature.signature))}\n`;
}

/** Signs `text` with each signer, in order. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  const message = encoder.encode(text);
  const signatures: NoteSignature[] = [];
  for (const signer of signers) {
    const { name, keyId } = signer.key;
    signatures.push({ name, keyId, signature: await signer.sign(message) });
  }
  return formatNote({ text, signatures });
}

export interface OpenedNote {
  readonly text: string;
  /** Keys whose signature was there and holds. */
  readonly by: readonly NoteKey[];
}

/**
 * Verifies the signatures of the known keys. Lines of unknown keys are ignored; a known key whose signature does not
 * hold refuses the note, and so does a note that no known key has signed. Only Ed25519 keys count as known.
 */
export async function openNote(
  note: string,
  keys: readonly NoteKey[],
  verify: VerifyEd25519,
): Promise<Result<OpenedNote>> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const message = encoder.encode(parsed.value.text);
  const by: NoteKey[] = [];
  for (const line of parsed.value.signatures) {
    const key = keys.find(
      (known) => known.type === ED25519 && known.name === line.name && equalBytes(known.keyId, line.keyId),
    );
    if (key === undefined || by.includes(key)) continue;
    if (line.signature.length !== 64 || !(await verify(key.publicKey, message, line.signature))) {
      return refused(`the signature of ${key.name} does not hold`);
    }
    by.push(key);
  }
  if (by.length === 0) return refused('no known key has signed the note');
  return accepted({ text: parsed.value.text, by });
}

/** The key of a name and a raw Ed25519 public key of 32 bytes. Throws TypeError when the name cannot stand in a note. */
export function toNoteKey(name: string, publicKey: Uint8Array): NoteKey {
  if (!KEY_NAME.test(name)) throw new TypeError(`"${name}" cannot name a key`);
  return { name, type: ED25519, publicKey, keyId: keyIdOf(name, ED25519, publicKey) };
}

/** `<name>+<key id, 8 hex digits>+<base64 of type ‖ public key>`. */
export function formatVerifierKey(key: NoteKey): string {
  return `${key.name}+${toHex(key.keyId)}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** Reads a verifier key and checks that the key id is that of name, type and key. */
export function parseVerifierKey(text: string): Result<NoteKey> {
  const [, name = '', id = '', blob = ''] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text) ?? [];
  const keyId = fromHex(id);
  const bytes = fromBase64(blob);
  const type = bytes?.[0];
  if (!KEY_NAME.test(name) || keyId?.length !== 4 || bytes === undefined || type === undefined) {
    return refused('this is no verifier key (name+hex+base64)');
  }
  const publicKey = bytes.slice(1);
  if (type === ED25519 && publicKey.length !== 32) return refused('an Ed25519 key has 32 bytes');
  if (!equalBytes(keyId, keyIdOf(name, type, publicKey)))
    return refused('the key id is not that of this name and key');
  return accepted({ name, keyId, type, publicKey });
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(encoder.encode(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4);
}
