import { hash } from 'node:crypto';
import { toCanonicalJson, type Json } from '../domain/canonical.ts';
import type { Event, Refusal } from '../domain/event.ts';
import type { Keyring } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import { INGEST_LIMIT } from './limits.ts';
import { invalid } from './validate.ts';
import { isObject } from './values.ts';

/** Largest policy document, bytes. */
const DOCUMENT_BYTES = 8_388_608;

/**
 * Moves `data.document` of a `policy.snapshotted` event to an artefact: people become pseudonyms, arrays are sorted,
 * and the SHA-256 of the canonical JSON becomes the snapshot's name. A `sha256` that was sent has to be that of the
 * document as sent or as stored. Other events pass through.
 */
export function detachPolicy(event: Event, keyring: Keyring): Event | Refusal {
  if (event.kind !== 'policy.snapshotted' || event.data['document'] === undefined) return event;
  const { document, ...data } = event.data;
  if (!isObject(document)) return invalid('data.document is not a JSON object');
  try {
    const asSent = toDigest(toCanonicalJson(document, INGEST_LIMIT.depth));
    const text = toCanonicalJson(toStored(document, keyring, event.time), INGEST_LIMIT.depth);
    const sha256 = toDigest(text);
    const named = data['sha256'];
    if (named !== undefined && named !== sha256 && named !== asSent) {
      return invalid('data.sha256 is not the digest of data.document');
    }
    const bytes = Buffer.from(text);
    if (bytes.length > DOCUMENT_BYTES) {
      return { code: 'EVENT_TOO_LARGE', reason: `data.document is larger than ${DOCUMENT_BYTES} bytes` };
    }
    return {
      ...event,
      data: { ...data, sha256 },
      artefacts: [...(event.artefacts ?? []), { sha256, mediaType: 'application/json', bytes }],
    };
  } catch (error) {
    if (error instanceof TypeError) return invalid(`data.document: ${error.message}`);
    throw error;
  }
}

function toStored(
  document: { readonly [name: string]: Json | undefined },
  keyring: Keyring,
  time: Instant,
): Json {
  const who = (identity: string): string => keyring.who({ id: identity }, time) ?? identity;
  const stored: Record<string, Json> = {};
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    if (name === 'members') stored[name] = mapItems(value, (item) => replace(item, 'identity', who));
    else if (name === 'grants' || name === 'approvals') stored[name] = replacePrincipals(value, who);
    else stored[name] = value;
  }
  return sortArrays(stored);
}

/** Every text `user:<identity>`: grants and approval rules name people so. */
function replacePrincipals(value: Json, who: (identity: string) => string): Json {
  if (typeof value === 'string') return value.startsWith('user:') ? `user:${who(value.slice(5))}` : value;
  if (isList(value)) return value.map((item) => replacePrincipals(item, who));
  if (!isObject(value)) return value;
  return mapMembers(value, (member) => replacePrincipals(member, who));
}

function replace(item: Json, field: string, change: (text: string) => string): Json {
  if (!isObject(item)) return item;
  const value = item[field];
  return typeof value === 'string' ? { ...item, [field]: change(value) } : item;
}

function sortArrays(value: Json): Json {
  if (isList(value)) {
    return value.map(sortArrays).sort((a, b) => (toCanonicalJson(a) < toCanonicalJson(b) ? -1 : 1));
  }
  return isObject(value) ? mapMembers(value, sortArrays) : value;
}

function mapItems(value: Json, change: (item: Json) => Json): Json {
  return isList(value) ? value.map(change) : value;
}

function mapMembers(
  value: { readonly [name: string]: Json | undefined },
  change: (member: Json) => Json,
): Json {
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [[name, change(member)] as const],
  );
  return Object.fromEntries(members);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function toDigest(text: string): string {
  return hash('sha256', text, 'hex');
}
