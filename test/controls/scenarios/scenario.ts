import type { Event } from '../../../domain/event.ts';
import type { ApprovalRule, BlockRule, PolicyDocument } from '../../../domain/policy.ts';
import type { SqlParameters } from '../../../domain/ports.ts';
import type { AppendOptions, Shape, Source } from '../arrange.ts';

/** A tiny world and the rows that a test must make of it. */
export interface Scenario {
  readonly name: string;
  readonly events: (source: Source) => readonly Event[];
  /**
   * One line a row, in any order: subject, then the exception code, `excluded <reason up to the colon>` or `open`.
   * Empty: nothing of this world belongs to the population.
   */
  readonly expect: readonly string[];
  readonly parameters?: SqlParameters;
  readonly append?: AppendOptions;
}

export const rule = (source: Source, fields: Partial<ApprovalRule> = {}): ApprovalRule => ({
  rule: 'prod-approval',
  resources: [source.resource],
  kinds: ['one-time', 'window'],
  requiredFor: ['*'],
  reviewers: ['group:sre'],
  needed: 1,
  force: [],
  skip: [],
  ...fields,
});

export const block = (source: Source, fields: Partial<BlockRule> = {}): BlockRule => ({
  rule: 'no-ddl',
  resources: [source.resource],
  direction: 'input',
  action: 'block',
  words: [],
  patterns: [],
  operations: [],
  caseSensitive: false,
  ...fields,
});

export const target = (source: Source, tags: Readonly<Record<string, string>>): Shape<PolicyDocument> => ({
  resources: [{ name: source.resource, type: 'postgres', tags, recording: true }],
});
