import type { Evaluation } from './evaluation.ts';
import type { Instant, Period } from './time.ts';

/**
 * What a packet says. PDF, CSV and JSON are drawings of this value; `packet.json` is its canonical JSON.
 * Same log size, controls file, period and disclosure give the same bytes: no clock, no random id.
 */
export interface Packet {
  readonly version: 1;
  /** First 16 hex digits of SHA-256 over origin, size, period, controls, disclosure: the same question has the same id. */
  readonly id: string;
  readonly organisation: string;
  readonly period: Period;
  /** `received` of the last entry at the log size: the packet's own clock. */
  readonly asOf: Instant;
  readonly controlsRequested: readonly string[];
  readonly controlsSha256: string;
  readonly reader: { readonly person: 'full' | 'pseudonym'; readonly content: 'full' | 'withheld' };
  readonly log: PacketLog;
  readonly soa: {
    readonly version: string;
    /** Controls that it declares not applicable. */
    readonly excluded?: readonly { readonly control: string; readonly justification: string }[];
  } | null;
  /** What went through the gateway in the period, as counts. */
  readonly access?: AccessCounts;
  readonly evaluation: Evaluation;
  readonly ipe: readonly InformationProduced[];
  readonly policies: readonly PacketPolicy[];
  readonly sources: readonly SourceCompleteness[];
  readonly lateArrivals: readonly {
    readonly log: number;
    readonly index: number;
    readonly kind: string;
    readonly time: Instant;
    readonly received: Instant;
  }[];
  /** Entries shipped in events.jsonl. */
  readonly cited: {
    readonly total: number;
    readonly exceptions: number;
    readonly context: number;
    readonly complete: boolean;
  };
  readonly withheld: number;
  readonly erased: number;
  readonly previous: { readonly id: string; readonly size: number; readonly root: string } | null;
  readonly statements: readonly string[];
}

export interface AccessCounts {
  /** Different pseudonyms that asked for or had a session. */
  readonly identities: number;
  readonly resources: number;
  readonly sessions: number;
  readonly commands: number;
  readonly decisions: number;
}

export interface PacketLog {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  /** Base64, as on the checkpoint. */
  readonly root: string;
  /** Indexes that could hold events of the period: [from, to). */
  readonly range: { readonly from: number; readonly to: number };
  readonly anchored: string;
}

/** Information produced by the entity: how one table came about, so that it can be made again. */
export interface InformationProduced {
  readonly test: string;
  readonly sqlSha256: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly population: { readonly file: string; readonly rows: number; readonly sha256: string };
  readonly exceptions: { readonly file: string; readonly rows: number; readonly sha256: string };
  readonly policySnapshots: readonly string[];
  readonly command: string;
}

export interface PacketPolicy {
  readonly source: string;
  readonly sha256: string;
  readonly inForceFrom: Instant;
  readonly inForceTo: Instant | null;
  readonly index: number;
  /** How much the document holds, by kind of thing. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** seen = accepted + repeated + refused, for each source. */
export interface SourceCompleteness {
  readonly source: string;
  readonly kind: string;
  readonly polls: number;
  readonly seen: number;
  readonly entries: number;
  readonly refused: number;
  readonly rewrote: number;
  readonly first: Instant | null;
  readonly last: Instant | null;
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
  readonly ambiguousLinks: number;
}
