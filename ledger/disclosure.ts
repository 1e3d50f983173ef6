import type { Disclosure } from '../domain/entry.ts';
import { toBase64Url } from './bytes.ts';
import { sha256 } from './hash.ts';

/**
 * Text of a disclosure (RFC 9901 section 4.2.1): a JSON array of salt, name and value, without white space. `value` is
 * canonical JSON already and is taken as it stands.
 */
export function disclosureText(disclosure: Disclosure): string {
  return `[${JSON.stringify(disclosure.salt)},${JSON.stringify(disclosure.name)},${disclosure.value}]`;
}

/** Base64url form of {@link disclosureText}: what travels, and what is hashed. */
export function encodeDisclosure(disclosure: Disclosure): string {
  return toBase64Url(new TextEncoder().encode(disclosureText(disclosure)));
}

/** Digest that stands in the entry's `_sd` (RFC 9901 section 4.2.3): base64url of SHA-256 over the base64url form. */
export function disclosureDigest(disclosure: Disclosure): string {
  return toBase64Url(sha256(encodeDisclosure(disclosure)));
}

/** present: opened and right. withheld: not shown to this reader. erased: emptied for good. mismatch: not what the entry commits to. */
type DisclosureState = 'present' | 'withheld' | 'erased' | 'mismatch';

/** What a reader holds of one disclosure: salt and value; both '' once erased; both absent when withheld. */
export interface HeldDisclosure {
  readonly name: string;
  readonly salt?: string;
  readonly value?: string;
}

export interface DisclosureCheck {
  readonly states: ReadonlyMap<string, DisclosureState>;
  /** Digests of the entry that no held name accounts for. */
  readonly unaccounted: number;
  /** No mismatch, and at least as many unopened digests as there are names withheld or erased. */
  readonly valid: boolean;
}

/** Compares what is held with the digests an entry commits to. A name held twice, or a digest opened twice, is a mismatch. */
export function checkDisclosures(
  digests: readonly string[],
  held: readonly HeldDisclosure[],
): DisclosureCheck {
  const open = new Set(digests);
  const states = new Map<string, DisclosureState>();
  for (const disclosure of held) {
    const state = states.has(disclosure.name) ? 'mismatch' : stateOf(disclosure, open);
    states.set(disclosure.name, state);
  }
  const closed = [...states.values()].filter((state) => state === 'withheld' || state === 'erased').length;
  const mismatch = [...states.values()].includes('mismatch');
  return {
    states,
    unaccounted: Math.max(open.size - closed, 0),
    valid: !mismatch && closed <= open.size && new Set(digests).size === digests.length,
  };
}

function stateOf({ name, salt, value }: HeldDisclosure, open: Set<string>): DisclosureState {
  if (salt === undefined && value === undefined) return 'withheld';
  if (salt === '' && value === '') return 'erased';
  if (salt === undefined || value === undefined || salt === '' || value === '') return 'mismatch';
  return open.delete(disclosureDigest({ name, salt, value })) ? 'present' : 'mismatch';
}
