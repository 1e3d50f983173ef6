import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { identityKey } from '../domain/event.ts';
import type { Keyring } from '../domain/ports.ts';
import { toBase32 } from './bytes.ts';

/** Length of a pseudonym: 130 bits. */
const WHO_LENGTH = 26;

/** Most pseudonyms kept at hand; the oldest ones go first. */
export const WHO_CACHE_LIMIT = 50_000;

export interface KeyringOptions {
  /** Key of the tenant, at least 32 bytes. */
  readonly tenantKey: Uint8Array;
  /** Key of a retention year (four digits), at least 32 bytes; made when it is asked for first. */
  readonly pseudonymKey: (year: string) => Uint8Array;
}

/**
 * Keyed functions over HMAC-SHA-256 (RFC 2104). A pseudonym is the base32 form of the HMAC of the identity's key text
 * under the key of the year of `time`: whoever destroys that key can no longer lead from an identity to its entries.
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const tenantKey = toKey(options.tenantKey);
  const years = new Map<string, KeyObject>();
  const known = new Map<string, string>();

  const yearKey = (year: string): KeyObject => {
    const key = years.get(year) ?? toKey(options.pseudonymKey(year));
    years.set(year, key);
    return key;
  };
  return {
    mac: (text) => createHmac('sha256', tenantKey).update(text).digest('hex'),
    who(identity, time) {
      const text = identityKey(identity);
      if (text === undefined) return undefined;
      const year = time.slice(0, 4);
      const name = `${year} ${text}`;
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const who = toWho(yearKey(year), text);
      if (known.size >= WHO_CACHE_LIMIT) dropOldest(known);
      known.set(name, who);
      return who;
    },
  };
}

function toWho(key: KeyObject, text: string): string {
  return toBase32(createHmac('sha256', key).update(text).digest()).slice(0, WHO_LENGTH);
}

function toKey(bytes: Uint8Array): KeyObject {
  if (bytes.length < 32) throw new TypeError('an HMAC key has at least 32 bytes');
  return createSecretKey(bytes);
}

function dropOldest(map: Map<string, string>): void {
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
