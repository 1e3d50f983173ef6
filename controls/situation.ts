import { AnnexaError } from '../domain/errors.ts';
import type { Limits, TagMeaning } from '../domain/limits.ts';
import type { LedgerReader, ReadStore } from '../domain/ports.ts';
import type { Instant, Period } from '../domain/time.ts';
import type { Deliveries } from './blindness.ts';
import type { TestContext } from './parameters.ts';
import { toParameters } from './parameters.ts';
import { requireSql } from './sql.ts';

/** Says whether tiles, checkpoints and store agree; `detail` says what does not. */
export type VerifyChain = () => Promise<{ readonly ok: boolean; readonly detail: string }>;

export interface SituationDeps {
  readonly store: ReadStore;
  readonly limits: Limits;
  readonly tags: TagMeaning;
  readonly ledger: Pick<LedgerReader, 'origin' | 'checkpoint' | 'checkpointAt'>;
  readonly verifyChain: VerifyChain;
}

/** What all tests of one evaluation share. */
export interface Situation {
  readonly context: TestContext;
  readonly root: string;
  readonly deliveries: Deliveries;
  readonly chain: { readonly ok: boolean; readonly detail: string };
}

/** Families that a kind of record belongs to, beside `records`. */
const FAMILY_OF: readonly (readonly [prefix: string, family: string])[] = [
  ['session.started', 'sessions'],
  ['session.requested', 'sessions'],
  ['session.ended', 'sessions'],
  ['session.refused', 'refusals'],
  ['command.', 'commands'],
  ['approval.', 'approvals'],
  ['masking.applied', 'masking'],
  ['sensitive.detected', 'masking'],
  ['policy.snapshotted', 'policy'],
  ['identity.changed', 'identities'],
  ['sign-in.observed', 'sign-ins'],
  ['admin.changed', 'admin'],
];

/** Fixes the log size, and with it everything that the answers depend on. */
export async function takeSituation(deps: SituationDeps, period: Period, size?: number): Promise<Situation> {
  const { store, ledger, limits, tags } = deps;
  const checkpoint = size === undefined ? await ledger.checkpoint() : await ledger.checkpointAt(size);
  const [last] = await store.select<{ received: Instant }>(requireSql('queries', 'as-of'), {
    size: checkpoint.size,
  });
  const chain = await deps.verifyChain();
  const base: TestContext = {
    period,
    asOf: last?.received ?? period.from,
    size: checkpoint.size,
    limits,
    tags,
    badPatterns: [],
    chainFault: chain.ok ? '' : chain.detail || 'the chain does not verify',
  };
  const context = { ...base, badPatterns: await findBadPatterns(store, base) };
  return {
    context,
    root: Buffer.from(checkpoint.root).toString('base64'),
    chain,
    deliveries: await findDeliveries(store, context),
  };
}

async function findDeliveries(store: ReadStore, context: TestContext): Promise<Deliveries> {
  const rows = await store.select<{ source: string; kinds: string[]; reports: string[] }>(
    requireSql('queries', 'sources'),
    { size: context.size },
  );
  return new Map(
    rows.map(({ source, kinds, reports }) => {
      const sent = FAMILY_OF.filter(([prefix]) => kinds.some((kind) => kind.startsWith(prefix))).map(
        ([, family]) => family,
      );
      const found = [...sent, ...reports];
      return [source, new Set(found.length === 0 ? [] : ['records', ...found])];
    }),
  );
}

/** A pattern that RE2 cannot compile would stop the whole query: it is told apart first. */
async function findBadPatterns(store: ReadStore, context: TestContext): Promise<readonly string[]> {
  const patterns = await store.select<{ pattern: string }>(
    requireSql('queries', 'patterns'),
    toParameters(context),
  );
  const bad: string[] = [];
  for (const { pattern } of patterns) {
    try {
      await store.select(requireSql('queries', 'try-pattern'), { pattern });
    } catch (error) {
      if (!(error instanceof AnnexaError) || error.code !== 'STORE_REFUSED') throw error;
      bad.push(pattern);
    }
  }
  return bad;
}
