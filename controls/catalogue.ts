import type { Grade } from '../domain/evaluation.ts';
import type { LimitName } from '../domain/limits.ts';

/** A sentence that stands beside a result: always, or with figures when the query of that name finds something. */
export interface Note {
  readonly say: string;
  /** Name of a file in notes/; its one row fills the braces of `say`. */
  readonly when?: string;
}

export interface TestDeclaration {
  readonly id: string;
  readonly question: string;
  /**
   * Families of records (sessions, commands, approvals, masking, policy, identities, sign-ins, refusals, admin), `records`
   * for any of them, `log` for the log alone, and lists from outside such as `people`.
   */
  readonly needs: readonly string[];
  /** Families that add to what the test sees: their silence makes it blind, their absence does not stop it. */
  readonly uses: readonly string[];
  readonly limits: readonly LimitName[];
  /** Code → what it means. */
  readonly exceptions: Readonly<Record<string, string>>;
  readonly notes: readonly Note[];
  readonly built: boolean;
}

export interface ControlDeclaration {
  readonly id: string;
  readonly title: string;
  readonly theme: string;
  readonly grade: Grade;
  readonly iso2013: readonly string[];
  readonly cannotEvidence: string;
  readonly tests: readonly TestDeclaration[];
}

export interface PreconditionDeclaration {
  readonly id: string;
  readonly question: string;
  readonly limits: readonly LimitName[];
  readonly notes: readonly Note[];
  readonly built: boolean;
}

export interface Catalogue {
  readonly controls: readonly ControlDeclaration[];
  readonly preconditions: readonly PreconditionDeclaration[];
  /** Control of the 2013 edition → its title. */
  readonly titles2013: ReadonlyMap<string, string>;
  /** SHA-256 over the catalogue and every query it uses, lower-case hex: the same answers come from the same digest. */
  readonly sha256: string;
}
