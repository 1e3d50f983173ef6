import { createHash } from 'node:crypto';
import { attestation } from '../domain/attestation.ts';
import { readWhole } from './members.ts';
import type { Members } from './members.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

const MANIFEST = 'manifest-sha256.txt';
/** Files that no manifest lists, because the signature covers the one and is the other. */
const UNLISTED: ReadonlySet<string> = new Set([attestation.subject, attestation.file]);
const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const LINE = /^([0-9a-f]{64}) {2}([^\s].*)$/;

export interface BagFindings {
  readonly problems: Problems;
  /** Lower-case hex SHA-256 of each file that could be read, by name. */
  readonly digests: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/**
 * Checks the bag (BagIt 1.0, RFC 8493) against its manifests in one pass over all bytes: each file is listed in exactly one
 * manifest and has the digest that stands there; nothing is missing, nothing is extra, no line repeats.
 */
export async function checkBag(members: Members): Promise<BagFindings> {
  const problems = collectProblems();
  const digests = new Map<string, string>();
  let bytes = 0;
  for (const name of members.names) {
    const hash = createHash('sha256');
    try {
      for await (const chunk of members.read(name)) hash.update(chunk);
      digests.set(name, hash.digest('hex'));
    } catch (error) {
      problems.add(explain(error));
    }
    bytes += members.sizeOf(name) ?? 0;
  }
  const payload = await readManifest(members, MANIFEST, problems);
  const tags = await readManifest(members, attestation.subject, problems);
  for (const [manifest, list] of [
    [MANIFEST, payload],
    [attestation.subject, tags],
  ] as const) {
    for (const [name, digest] of list) compare({ manifest, name, digest, members, digests }, problems);
  }
  for (const name of members.names) {
    const list = name.startsWith('data/') ? payload : tags;
    if (!list.has(name) && !UNLISTED.has(name)) problems.add(`${name}: not listed in a manifest`);
  }
  await checkTags(members, problems);
  return { problems, digests, bytes };
}

interface Comparison {
  readonly manifest: string;
  readonly name: string;
  readonly digest: string;
  readonly members: Members;
  readonly digests: ReadonlyMap<string, string>;
}

function compare({ manifest, name, digest, members, digests }: Comparison, problems: Problems): void {
  if (name.startsWith('data/') !== (manifest === MANIFEST))
    problems.add(`${name}: listed in the wrong manifest`);
  const found = digests.get(name);
  if (members.sizeOf(name) === undefined) problems.add(`${name}: missing, but listed in ${manifest}`);
  else if (found !== undefined && found !== digest)
    problems.add(`${name}: changed, not the digest of ${manifest}`);
}

async function readManifest(
  members: Members,
  file: string,
  problems: Problems,
): Promise<Map<string, string>> {
  const list = new Map<string, string>();
  const text = await readText(members, file, problems);
  if (text === undefined) return list;
  if (!text.endsWith('\n')) problems.add(`${file}: the last line has no end`);
  for (const line of text.split('\n').slice(0, -1)) {
    const [, digest, name] = LINE.exec(line) ?? [];
    if (digest === undefined || name === undefined)
      problems.add(`${file}: malformed line ${JSON.stringify(line)}`);
    else if (list.has(name)) problems.add(`${file}: lists ${name} twice`);
    else list.set(name, digest);
  }
  return list;
}

async function checkTags(members: Members, problems: Problems): Promise<void> {
  const declaration = await readText(members, 'bagit.txt', problems);
  if (declaration !== undefined && declaration !== DECLARATION)
    problems.add('bagit.txt: not BagIt 1.0 in UTF-8');
  const info = await readText(members, 'bag-info.txt', problems);
  if (info === undefined) return;
  const payload = members.names.filter((name) => name.startsWith('data/'));
  const bytes = payload.reduce((sum, name) => sum + (members.sizeOf(name) ?? 0), 0);
  const [, oxum] = /^Payload-Oxum: (\S+)$/m.exec(info) ?? [];
  if (oxum !== undefined && oxum !== `${bytes}.${payload.length}`) {
    problems.add(`bag-info.txt: Payload-Oxum ${oxum} is not ${bytes}.${payload.length}`);
  }
}

async function readText(members: Members, file: string, problems: Problems): Promise<string | undefined> {
  if (members.sizeOf(file) === undefined) {
    problems.add(`${file}: missing`);
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readWhole(members, file));
  } catch (error) {
    problems.add(error instanceof TypeError ? `${file}: not UTF-8` : explain(error));
    return undefined;
  }
}
