import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnexaError } from '../domain/errors.ts';
import { listFiles } from './zip.ts';

/** Longest path in a packet, bytes: short enough for the file systems auditors unpack on. */
export const PATH_MAX = 120;

/** Written after the tag manifest, and so not in it: the manifest itself and the signature over it. */
const UNLISTED: ReadonlySet<string> = new Set(['tagmanifest-sha256.txt', 'packet.sigstore.json']);
const PATH_FORM = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

export interface WrittenBag {
  /** SHA-256 of tagmanifest-sha256.txt, lower-case hex: what the attestation signs. */
  readonly tagManifestSha256: string;
  /** Files under data/ and their bytes. */
  readonly payload: { readonly files: number; readonly bytes: number };
}

export interface BagInfo {
  /** Elements of bag-info.txt, in this order, after Payload-Oxum. Values are one line each. */
  readonly info: readonly (readonly [name: string, value: string])[];
}

/**
 * Turns a directory that holds `data/` into a bag (BagIt 1.0, RFC 8493): adds bagit.txt, bag-info.txt and both
 * manifests, which list every file and are input for `sha256sum -c`. Files beside data/ become tag files. Call it when
 * everything but packet.sigstore.json is in place; calling it again gives the same bytes.
 *
 * Throws PACKET_INVALID when a path is longer than 120 bytes or holds a character that a manifest would have to escape.
 */
export async function writeBag(directory: string, { info }: BagInfo): Promise<WrittenBag> {
  const paths = await listFiles(directory);
  const odd = paths.filter((path) => !PATH_FORM.test(path) || path.length > PATH_MAX || path.includes('..'));
  if (odd.length > 0) {
    throw new AnnexaError('PACKET_INVALID', `${odd.length} file names cannot go into a bag`, {
      where: odd[0] ?? '',
    });
  }
  const payload = paths.filter((path) => path.startsWith('data/'));
  const sizes = await Promise.all(payload.map(async (path) => (await stat(join(directory, path))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  await writeFile(join(directory, 'bagit.txt'), 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n');
  const elements = [['Payload-Oxum', `${bytes}.${payload.length}`] as const, ...info];
  await writeFile(
    join(directory, 'bag-info.txt'),
    elements.map(([name, value]) => `${name}: ${oneLine(value)}\n`).join(''),
  );
  await writeFile(join(directory, 'manifest-sha256.txt'), await manifest(directory, payload));
  const tags = (await listFiles(directory)).filter(
    (path) => !path.startsWith('data/') && !UNLISTED.has(path),
  );
  const tagManifest = await manifest(directory, tags);
  await writeFile(join(directory, 'tagmanifest-sha256.txt'), tagManifest);
  return {
    tagManifestSha256: createHash('sha256').update(tagManifest).digest('hex'),
    payload: { files: payload.length, bytes },
  };
}

async function manifest(directory: string, paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) lines.push(`${await sha256OfFile(join(directory, path))}  ${path}\n`);
  return lines.join('');
}

/** Lower-case hex; reads the file as a stream. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, ' ').trim();
}
