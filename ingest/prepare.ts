import { hash } from 'node:crypto';
import type { Draft } from '../domain/entry.ts';
import type { Artefact, Event, Identity, Refusal } from '../domain/event.ts';
import type { Keyring } from '../domain/ports.ts';
import { layoutOf } from './layout.ts';
import { INGEST_LIMIT } from './limits.ts';
import { exceeds, isObject, toExtra, toObjectText, toValueText, Unfit } from './values.ts';

export interface PrepareDeps {
  readonly keyring: Keyring;
  /** 16 random bytes, base64url; see {@link createSaltPool}. */
  readonly salt: () => string;
}

/** `sameness` stands in for the input where that carries something which differs each time it is made. */
export type Prepare = (event: Event, sameness?: string) => Draft | Refusal;

const RECEIVED_LENGTH = 27;

/**
 * Makes a checked event ready for the log: the clear part with pseudonyms, one salted digest for each group of
 * personal or content fields (RFC 9901), the key that finds repeats, and the HMAC of the canonical input that tells a
 * repeat from a conflict. Pseudonyms and salts are not part of the input.
 *
 * Refuses text that is not well-formed, depth beyond the limit, numbers that JSON cannot carry and clear parts over
 * 16 KiB. Groups over 8 KiB hand their largest fields to artefacts, `{"$artefact":"<sha256>"}` in their place.
 */
export function createPrepare(deps: PrepareDeps): Prepare {
  return (event, sameness) => {
    try {
      return prepare(deps, event, sameness);
    } catch (error) {
      if (error instanceof Unfit) return { code: error.code, reason: error.message };
      throw error;
    }
  };
}

function prepare(deps: PrepareDeps, event: Event, sameness: string | undefined): Draft {
  const { source, id } = event;
  const parts = toParts(deps.keyring, event);
  const artefacts = (event.artefacts ?? []).map(checkArtefact);
  const values: Record<string, string> = {};
  const salts: Record<string, string> = {};
  const digests: string[] = [];
  for (const [name, members] of parts.groups) {
    const value = fitGroup(members, artefacts);
    const salt = deps.salt();
    salts[name] = salt;
    values[name] = value;
    digests.push(`"${digestOf(salt, name, value)}"`);
  }
  if (digests.length > 1) digests.sort();
  const idText = JSON.stringify(id);
  const about = `"source":${JSON.stringify(source)},"subject":${JSON.stringify(event.subject)},"time":"${event.time}","type":"${event.kind}"`;
  const head = `{"_sd":[${digests.join(',')}],"data":{${parts.clear}},"id":${idText},"received":"`;
  const tail = `",${about},"v":1}`;
  if (exceeds(head + tail, INGEST_LIMIT.entryBytes - RECEIVED_LENGTH)) {
    throw new Unfit('EVENT_TOO_LARGE', `the clear part is larger than ${INGEST_LIMIT.entryBytes} bytes`);
  }
  return {
    source,
    id,
    kind: event.kind,
    head,
    tail,
    salts,
    values,
    key: keyOf(source, id),
    mac: deps.keyring.mac(sameness ?? `{"data":{${parts.input}},"id":${idText},${about}}`),
    artefacts,
  };
}

/** First 64 bits of SHA-256(source ‖ 0x00 ‖ id). */
export function keyOf(source: string, id: string): bigint {
  // By way of text: a digest handed over as bytes costs twice the hashing.
  return BigInt(`0x${hash('sha256', `${source}\0${id}`, 'hex').slice(0, 16)}`);
}

interface GroupMember {
  readonly label: string;
  readonly value: string;
}

interface Parts {
  /** Members of the clear part, pseudonyms included. */
  readonly clear: string;
  /** Members of the data as it was sent, unknown ones included. */
  readonly input: string;
  /** By disclosure name. */
  readonly groups: ReadonlyMap<string, readonly GroupMember[]>;
}

/** One pass over the members in canonical order, so that every part comes out in that order. */
function toParts(keyring: Keyring, event: Event): Parts {
  const { data } = event;
  const layout = layoutOf(event.kind);
  const extra = toExtra(data, layout.known);
  const groups = new Map<string, GroupMember[]>();
  const input = new Map<string, string>();
  let clear = '';
  let sent = '';
  for (const { name, label, to, of } of layout.members) {
    if (of !== undefined) {
      const identity = data[of];
      const who = isIdentity(identity) ? keyring.who(identity, event.time) : undefined;
      if (who !== undefined) clear += `,${label}"${who}"`;
      continue;
    }
    const isExtra = name === 'extra' && !layout.known.has(name);
    const given = isExtra ? undefined : data[name];
    if (isExtra ? extra === undefined : given === undefined) continue;
    const value = isExtra ? toObjectText(extra ?? new Map()) : toValueText(given ?? null);
    if (to === 'clear') clear += `,${label}${value}`;
    else pushTo(groups, to, { label, value });
    if (isExtra) continue;
    sent += `,${label}${value}`;
    if (extra !== undefined) input.set(name, value);
  }
  if (holdsNul(clear)) throw new Unfit('EVENT_INVALID', 'a clear field holds a NUL character');
  if (extra === undefined) return { clear: clear.slice(1), input: sent.slice(1), groups };
  for (const [name, value] of extra) input.set(name, toValueText(value));
  const all = [...input].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    clear: clear.slice(1),
    input: all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(','),
    groups,
  };
}

function pushTo(groups: Map<string, GroupMember[]>, name: string, member: GroupMember): void {
  const members = groups.get(name);
  if (members === undefined) groups.set(name, [member]);
  else members.push(member);
}

/** JSON text of the group; its largest fields go to `artefacts` until it fits. */
function fitGroup(members: readonly GroupMember[], artefacts: Artefact[]): string {
  const text = joinMembers(members);
  if (!exceeds(text, INGEST_LIMIT.groupBytes)) return text;
  const sized = members.map((member) => ({ ...member, bytes: Buffer.byteLength(member.value) }));
  let total = Buffer.byteLength(text);
  for (const member of sized.toSorted((a, b) => b.bytes - a.bytes)) {
    if (total <= INGEST_LIMIT.groupBytes) break;
    const bytes = Buffer.from(member.value);
    const artefact = { sha256: hash('sha256', bytes, 'hex'), mediaType: 'application/json', bytes };
    artefacts.push(checkSize(artefact));
    member.value = `{"$artefact":"${artefact.sha256}"}`;
    total += member.value.length - member.bytes;
  }
  return joinMembers(sized);
}

function joinMembers(members: readonly GroupMember[]): string {
  let text = '';
  for (const { label, value } of members) text += `,${label}${value}`;
  return `{${text.slice(1)}}`;
}

function checkArtefact(artefact: Artefact): Artefact {
  if (hash('sha256', artefact.bytes, 'hex') !== artefact.sha256) {
    throw new Unfit('EVENT_INVALID', 'an artefact is not what its digest says');
  }
  return checkSize(artefact);
}

function checkSize(artefact: Artefact): Artefact {
  if (artefact.bytes.length <= INGEST_LIMIT.artefactBytes) return artefact;
  throw new Unfit('EVENT_TOO_LARGE', `an artefact is larger than ${INGEST_LIMIT.artefactBytes} bytes`);
}

/** SHA-256 of the base64url form of the disclosure, base64url (RFC 9901 section 4.2.3). */
function digestOf(salt: string, name: string, value: string): string {
  const encoded = Buffer.from(`["${salt}","${name}",${value}]`).toString('base64url');
  return hash('sha256', encoded, 'base64url');
}

/** Whether JSON text holds an escaped NUL, and not merely a backslash followed by its digits. */
function holdsNul(text: string): boolean {
  return text.includes(String.raw`\u0000`) && /(?:^|[^\\])(?:\\\\)*\\u0000/.test(text);
}

function isIdentity(value: unknown): value is Identity {
  return isObject(value);
}
