import type { Json } from './canonical.ts';
import type { Kind } from './kinds/index.ts';
import type { Instant } from './time.ts';

/** A file that an event refers to by digest: a policy document, a recording, a large value. */
export interface Artefact {
  /** SHA-256 of `bytes`, lower-case hex. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * Something that happened, as its source tells it (CloudEvents 1.0: source, id, type, time, subject, data).
 * `source` + `id` identify it for ever. `subject` and `id` never hold an e-mail address or a name.
 * `data` holds clear, personal and content fields together; `kinds` says which is which.
 */
export interface Event {
  readonly source: string;
  readonly id: string;
  readonly kind: Kind;
  readonly time: Instant;
  readonly subject: string;
  readonly data: EventData;
  /** Stored by digest before the entry that names them. */
  readonly artefacts?: readonly Artefact[];
}

export type EventData = { readonly [name: string]: Json | undefined };

/** A person or machine as its source names it. */
export interface Identity {
  readonly id?: string;
  readonly email?: string;
  readonly name?: string;
}

/** Why a line was not taken. Kept as `event.refused`, counted, and never costs a good event. */
export interface Refusal {
  readonly code: 'EVENT_INVALID' | 'EVENT_CONFLICT' | 'EVENT_TOO_LARGE' | 'SOURCE_MALFORMED';
  readonly reason: string;
  /** 1-based line of the input, or 0 when the input has no lines. */
  readonly line?: number;
  /** The input itself, cut at 64 KiB; stored as content. */
  readonly raw?: string;
}

/** The text by which identities are compared: `id`, else `email`; NFC, trimmed, e-mail addresses in lower case. */
export function identityKey(identity: Identity): string | undefined {
  const text = (identity.id ?? identity.email)?.normalize('NFC').trim();
  if (text === undefined || text === '') return undefined;
  return text.includes('@') ? text.toLowerCase() : text;
}
