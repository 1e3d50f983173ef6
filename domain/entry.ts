import type { Artefact } from './event.ts';
import type { Kind } from './kinds/index.ts';
import type { Instant } from './time.ts';

/**
 * An event made ready for the log: everything is decided but `received`, the index and the leaf.
 * The entry text is `head + received + tail`, so that sequencing joins strings and never parses or sorts.
 */
export interface Draft {
  readonly source: string;
  readonly id: string;
  readonly kind: Kind;
  readonly head: string;
  readonly tail: string;
  /** By disclosure name: 16 random bytes, base64url without padding. */
  readonly salts: Readonly<Record<string, string>>;
  /** By disclosure name: canonical JSON of an object with the disclosed fields. */
  readonly values: Readonly<Record<string, string>>;
  /** First 64 bits of SHA-256(source ‖ 0x00 ‖ id): finds repeats. */
  readonly key: bigint;
  /** HMAC-SHA-256 of the canonical input, lower-case hex: tells a repeat from a conflict. Salts are not part of it. */
  readonly mac: string;
  readonly artefacts: readonly Artefact[];
}

/** A line of the log as it is stored. `entry` is what the leaf hashes: never re-serialised. */
export interface LogRow {
  readonly log: number;
  readonly index: number;
  readonly received: Instant;
  readonly entry: string;
  /** SHA-256(0x00 ‖ entry), RFC 9162 section 2.1.1, 32 bytes. */
  readonly leaf: Uint8Array;
  readonly salts: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  readonly key: bigint;
  readonly mac: string;
}

/** A disclosure (RFC 9901): its digest stands in the entry's `_sd`. */
export interface Disclosure {
  readonly salt: string;
  readonly name: string;
  /** Canonical JSON text of the value. */
  readonly value: string;
}

/** The parsed form of an entry's text. */
export interface Entry {
  readonly _sd: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly received: Instant;
  readonly source: string;
  readonly subject: string;
  readonly time: Instant;
  readonly type: Kind;
  readonly v: 1;
}

/** A signed tree head (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** The whole signed note, as published. */
  readonly note: string;
}
