import type { Artefact, Event, Identity, Refusal } from './event.ts';
import type { Checkpoint, LogRow } from './entry.ts';
import type { Evaluation, Outcome } from './evaluation.ts';
import type { Kind } from './kinds/index.ts';
import type { Instant, Period } from './time.ts';

export type SqlParameter = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;
export type SqlParameters = Readonly<Record<string, SqlParameter>>;

/**
 * Reading the store. `sql` is the text of a .sql file with bound parameters ({name:Type}); results are plain objects,
 * times as RFC 3339 with six digits and Z, 64-bit integers as numbers.
 * Throws STORE_UNAVAILABLE (safe to try again) or STORE_REFUSED (the statement itself is wrong).
 */
export interface ReadStore {
  select<Row>(sql: string, parameters?: SqlParameters): Promise<Row[]>;
}

/**
 * The commit point. When `append` resolves, the rows and the artefacts they name are fsynced in ClickHouse, in one
 * block of one partition; on rejection nothing may be assumed, and the same call can be made again with the same rows.
 */
export interface LogStore extends ReadStore {
  append(rows: readonly LogRow[], artefacts: readonly Artefact[]): Promise<void>;
  /** Size of the log and `received` of its last entry. */
  head(log: number): Promise<{ readonly size: number; readonly received: Instant | null }>;
  /** Concatenated 32-byte leaf hashes of [from, to). */
  leaves(log: number, from: number, to: number): Promise<Uint8Array>;
  /** Entry texts of [from, to) in order; at most 65,536 a call. */
  entries(log: number, from: number, to: number): Promise<readonly LogRow[]>;
  /** Stored rows under these 64-bit keys: candidates for being a repeat. */
  findByKey(keys: readonly bigint[]): Promise<readonly StoredKey[]>;
  /** Every key of the store, for the repeat filter, in chunks. */
  keys(): AsyncIterable<BigUint64Array>;
  artefact(sha256: string): Promise<Artefact | undefined>;
  close(): Promise<void>;
}

export interface StoredKey {
  readonly key: bigint;
  readonly source: string;
  readonly id: string;
  readonly log: number;
  readonly index: number;
  readonly mac: string;
}

export interface Receipt {
  /** Origin of the log. */
  readonly log: string;
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: readonly Refusal[];
  /** First and last index of the accepted entries, which are contiguous; null when none was accepted. */
  readonly first: number | null;
  readonly last: number | null;
}

/** The one door in. Resolves after the durable insert; entries of one call are contiguous, in order. */
export interface Appender {
  append(events: readonly Event[], refusals?: readonly SourcedRefusal[]): Promise<Receipt>;
}

export interface SourcedRefusal extends Refusal {
  readonly source: string;
  readonly offset?: number;
}

/** Keyed functions whose keys stay apart from the data. */
export interface Keyring {
  /** HMAC-SHA-256 with the tenant key, lower-case hex. */
  mac(text: string): string;
  /** Pseudonym of an identity in the retention year of `time`: 26 characters, base32. */
  who(identity: Identity, time: Instant): string | undefined;
}

/** What a collector has to remember; all of it is derived from the log, none of it is a file of its own. */
export interface SourceHistory {
  /** Data of the last `source.polled` entry of this source. */
  lastPoll(source: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** For each version key (`<kind>:<key>`), the last two event ids, oldest first. */
  versions(source: string, keys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Latest stored data (clear and disclosed fields merged) of the events of this kind, by subject. */
  latest(source: string, kind: Kind): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  artefact(sha256: string): Promise<Artefact | undefined>;
}

/** Reading the log as a stranger would. */
export interface LedgerReader {
  readonly origin: string;
  checkpoint(): Promise<Checkpoint>;
  /** A checkpoint of an earlier size, signed again; throws NOT_FOUND beyond the current size. */
  checkpointAt(size: number): Promise<Checkpoint>;
  /** Inclusion proof hashes (RFC 9162 section 2.1.3), leaf side first. */
  inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]>;
  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]>;
  /** Bytes of a hash tile; `width` 256 for a full one. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
  rows(from: number, to: number): Promise<readonly LogRow[]>;
}

export interface EvaluateRequest {
  readonly period: Period;
  /** Control ids of 2022 or 2013, domains included; empty = all. */
  readonly controls: readonly string[];
  /** Log size to evaluate at; absent = the current one. */
  readonly size?: number;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/** Runs the control tests. */
export type Evaluate = (request: EvaluateRequest) => Promise<Evaluation>;

/** One line of a verification: what was checked, whether it holds, and what was found. */
export interface CheckLine {
  readonly name: string;
  readonly valid: boolean;
  readonly detail: string;
}

export interface Verification {
  readonly at: Instant;
  readonly durationMs: number;
  readonly checks: readonly CheckLine[];
}

/** A verification of the log itself: indexes, tiles, checkpoints and re-derived columns of entries 0 to size - 1. */
export interface LogVerification extends Verification {
  readonly size: number;
}

/** Verifies the whole log. A log that does not hold is a line with `valid: false`, never a rejection. */
export type VerifyLog = () => Promise<LogVerification>;

export interface PacketRequest {
  readonly period: Period;
  /** As asked for: ids of 2022 or 2013, domains included; empty = all 93. */
  readonly controls: readonly string[];
  readonly reader: { readonly person: 'full' | 'pseudonym'; readonly content: 'full' | 'withheld' };
  /** Ship every entry of the range, not only the cited ones. */
  readonly complete: boolean;
  readonly recordings: boolean;
  /** Display name of who asked. */
  readonly by: string;
}

export interface PacketStep {
  readonly name: string;
  readonly detail: string;
  readonly state: 'done' | 'now' | 'later' | 'failed';
  readonly durationMs: number | null;
}

/** What is known of a packet at one moment. Fields about the content are null until it is built. */
export interface PacketRecord {
  readonly id: string;
  readonly request: PacketRequest;
  readonly stage: 'building' | 'built' | 'failed';
  readonly askedAt: Instant;
  readonly builtAt: Instant | null;
  readonly steps: readonly PacketStep[];
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly log: { readonly origin: string; readonly size: number; readonly root: string } | null;
  /** Tests by outcome. */
  readonly outcomes: Readonly<Record<Outcome, number>> | null;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** SHA-256 of packet.zip, lower-case hex, and its size. */
  readonly zip: { readonly sha256: string; readonly bytes: number } | null;
  /** Id of the packet that this one supersedes. */
  readonly supersedes: string | null;
}

export type PacketFile = 'packet.zip' | 'report.pdf';

/** Builds, keeps and checks packets. Nothing half-built is ever offered as a file. */
export interface PacketDesk {
  /** Newest first; at most `limit` after the packet `before`, and how many there are in all. */
  list(options: {
    readonly limit: number;
    readonly before?: string;
  }): Promise<{ readonly packets: readonly PacketRecord[]; readonly total: number }>;
  /** Resolves with the packet's id as soon as the work is queued. Throws CONTROL_UNKNOWN, OVERLOADED. */
  start(request: PacketRequest): Promise<string>;
  state(id: string): Promise<PacketRecord | undefined>;
  /** The state now and after every step, until it is built or failed, or the signal aborts. */
  watch(id: string, signal: AbortSignal): AsyncIterable<PacketRecord>;
  /** Path of a finished file; undefined while there is none. */
  file(id: string, name: PacketFile): Promise<string | undefined>;
  /** Checks the written packet as an outsider would. Throws NOT_FOUND when it is not built. */
  verify(id: string): Promise<Verification>;
}
