import type { Claim } from '../claim.ts';
import type { SessionFacts } from './release.ts';

/** What the gateway masked in a session and what it only found, as it counted them at the session's end. */
export function maskingClaims(facts: SessionFacts): readonly Claim[] {
  const { row, end, start } = facts;
  const masking = row.metrics?.data_masking;
  const total = masking?.total_redact_count ?? 0;
  const errors = masking?.err_count ?? 0;
  const time = end ?? start;
  const about = { key: row.id, subject: `session/${row.id}` };
  const claims: Claim[] = [];
  if (total > 0 || errors > 0) {
    const types = countsOf(masking?.info_types).map(([type, masked]) => ({ type, masked }));
    const data = {
      session: row.id,
      resource: row.connection,
      types,
      total,
      analysedBytes: masking?.transformed_bytes ?? undefined,
      errors,
    };
    claims.push({ kind: 'masking.applied', ...about, time, data });
  }
  const detected = countsOf(row.metrics?.data_analyzer).filter(([, count]) => count > 0);
  if (detected.length > 0) {
    const types = detected.map(([type]) => type);
    const data = {
      session: row.id,
      resource: row.connection,
      types,
      total: detected.reduce((sum, [, count]) => sum + count, 0),
      masked: false,
    };
    claims.push({ kind: 'sensitive.detected', ...about, time, data });
  }
  return claims;
}

function countsOf(
  counts: Readonly<Record<string, number>> | null | undefined,
): readonly (readonly [string, number])[] {
  return Object.entries(counts ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
