import type { Packet } from '../domain/packet.ts';
import type { PopulationOf, TestQueryOf } from '../domain/population.ts';
import type { Evaluate, LedgerReader, LogStore, Verification } from '../domain/ports.ts';
import type { Period } from '../domain/time.ts';
import type { CmsSigner } from './sign/cms.ts';
import type { AttestationSigner } from './sign/dsse.ts';
import type { PacketProgress } from './steps.ts';

export interface PacketSigners {
  readonly attestation: AttestationSigner;
  /** Absent: the report stays unsigned and says so. */
  readonly report?: CmsSigner;
  /** Asks an authority for RFC 3161 tokens: over the attestation's signature, and over the report's. */
  readonly timestamps?: {
    readonly attestation: (signature: Uint8Array) => Promise<Uint8Array>;
    readonly report: (signature: Uint8Array) => Promise<Uint8Array>;
  };
}

export interface WritePacketOptions {
  readonly period: Period;
  /** Ids of 2022 or 2013, domains included; empty = all. */
  readonly controls: readonly string[];
  /** Log size to build at; absent = the newest checkpoint's. */
  readonly size?: number;
  /** Ship every entry of the range, not only the cited ones. */
  readonly complete: boolean;
  readonly reader: Packet['reader'];
  readonly organisation: string;
  /** SHA-256 of the catalogue of controls and its queries, lower-case hex. */
  readonly controlsSha256: string;
  readonly soa: Packet['soa'];
  readonly log: { readonly number: number; readonly vkey: string; readonly anchored: string };
  /** URI that says what the attestation's predicate means. */
  readonly predicateType: string;
  readonly paper?: 'A4' | 'LETTER';
  readonly store: LogStore;
  readonly ledger: LedgerReader;
  readonly evaluate: Evaluate;
  readonly populationOf: PopulationOf;
  readonly testQueryOf: TestQueryOf;
  readonly signers: PacketSigners;
  /** Path of the zip file, which may depend on the packet's id. */
  readonly out: string | ((id: string) => string);
  /** Path of a copy of the signed report. */
  readonly reportOut?: string;
  /** Directory for the work, on the same file system as `out`; default: that of `out`. */
  readonly workDirectory?: string;
  /** Checks the finished zip file as an outsider would. */
  readonly verify?: (zip: string) => Promise<Pick<Verification, 'checks'>>;
  readonly onProgress?: (progress: PacketProgress) => void;
}
