import type { Clock, Instant } from '../domain/time.ts';
import type {
  LedgerReader,
  LogVerification,
  PacketDesk,
  ReadStore,
  Verification,
  VerifyLog,
} from '../domain/ports.ts';
import type { Link } from './links.ts';
import type { ChosenPeriod } from './period.ts';
import type { Ask } from './queries.ts';
import type { Shelf } from './shelf.ts';

/** What pages read from. Everything is read-only but the packet desk. */
export interface Desk {
  readonly store: ReadStore;
  readonly ask: Ask;
  readonly shelf: Shelf;
  readonly ledger: LedgerReader;
  readonly packets: PacketDesk;
  readonly verifyLog: VerifyLog;
  readonly clock: Clock;
  readonly organisation: string;
  /** Text of a test's SQL, where it is known. */
  readonly testSql: (test: string) => string | undefined;
  readonly memory: Memory;
  /** First and latest moment at which somebody used the gateway, up to half a minute old. */
  used(): Promise<{ readonly first: Instant | undefined; readonly last: Instant | undefined }>;
}

/** The last verifications that were run from a page. Lost at a restart: pages then say that none was run. */
export interface Memory {
  log: LogVerification | undefined;
  readonly packets: Map<string, Verification>;
}

export interface Reader {
  readonly name: string;
  readonly role: string;
}

/** One request for a page. */
export interface Visit {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly period: ChosenPeriod;
  readonly link: Link;
  readonly reader: Reader;
  /** For the hidden field of every form that changes something. */
  readonly csrf: string;
}

export type SectionKey =
  | 'overview'
  | 'controls'
  | 'exceptions'
  | 'sessions'
  | 'approvals'
  | 'policies'
  | 'people'
  | 'packets'
  | 'sources'
  | 'log'
  | 'settings';

export interface Crumb {
  readonly href: string | null;
  readonly text: string;
}

/** A page before it is drawn: which template, with what, and where it stands. */
export interface PageView {
  readonly template: string;
  readonly title: string;
  readonly section: SectionKey;
  readonly crumbs: readonly Crumb[];
  readonly model: object;
  /** False on pages that no period changes. */
  readonly hasPeriod: boolean;
  /** Without script the page loads itself again after this many seconds. */
  readonly reloadSeconds?: number;
  readonly status?: number;
}

export type Page = (desk: Desk, visit: Visit) => Promise<PageView>;
