import { createHash } from 'node:crypto';
import type { ControlResult, TestResult } from '../../domain/evaluation.ts';
import { judge } from '../../domain/judge.ts';
import type { PopulationOf, PopulationRow, TestQueryOf } from '../../domain/population.ts';
import type { Evaluate, ReadStore } from '../../domain/ports.ts';
import { toSqlTime, type Instant, type Period } from '../../domain/time.ts';

/** Two tests over sessions: a small stand-in for the catalogue. */
export interface TestCatalogue {
  readonly evaluate: Evaluate;
  readonly populationOf: PopulationOf;
  readonly testQueryOf: TestQueryOf;
}

const sql = `SELECT e.subject AS subject, e.time AS time, e.log AS log, e.\`index\` AS \`index\`, e.who AS who, e.person AS person, e.resource AS resource,
    if(concat('session/', e.session) IN (SELECT concat('session/', session) FROM events WHERE kind = 'approval.decided' AND \`index\` < {size:UInt64}), '', 'approval-absent') AS exception,
    '' AS excluded, false AS open, if(exception = '', '', '-no decision') AS detail
FROM events AS e
WHERE e.kind = 'session.started' AND e.\`index\` < {size:UInt64} AND e.time >= {from:DateTime64(6, 'UTC')} AND e.time < {to:DateTime64(6, 'UTC')}
ORDER BY e.\`index\``;
const sha256 = createHash('sha256').update(sql).digest('hex');

export function createTestCatalogue(store: ReadStore): TestCatalogue {
  const rows = async (period: Period, size: number): Promise<PopulationRow[]> => {
    const found = await store.select<Omit<PopulationRow, 'accepted'>>(sql, {
      size,
      from: toSqlTime(period.from),
      to: toSqlTime(period.to),
    });
    return found.map((row) => ({ ...row, open: Boolean(row.open), accepted: null }));
  };
  return {
    async *populationOf({ period, size = 0 }) {
      yield* await rows(period, size);
    },
    testQueryOf: async ({ test, period, size = 0 }) => ({
      sql: test === 'A.5.18-T2' ? '' : sql,
      sqlSha256: sha256,
      parameters: { from: period.from, to: period.to, size: String(size) },
    }),
    async evaluate({ period, size = 0 }) {
      const population = await rows(period, size);
      const tests = [testResult('A.5.18-T1', population), missingResult('A.5.18-T2')];
      const control: ControlResult = {
        id: 'A.5.18',
        title: 'Access rights',
        theme: 'organizational',
        grade: 'direct',
        iso2013: ['A.9.2.2'],
        cannotEvidence: 'Rights inside the targets.',
        tests,
      };
      const asOf = population.at(-1)?.time ?? ('1970-01-01T00:00:00.000000Z' as Instant);
      return { period, asOf, logs: [], limits: [], preconditions: [], controls: [control] };
    },
  };
}

const nothing = {
  excluded: 0,
  excludedBy: {},
  accepted: 0,
  open: 0,
  blind: [],
  limits: [],
  notes: [],
  sqlSha256: sha256,
};

function testResult(id: string, population: readonly PopulationRow[]): TestResult {
  const failing = population.filter((row) => row.exception !== '');
  const counts = {
    missing: [],
    tested: population.length,
    excluded: 0,
    exceptions: failing.length,
    blindMs: 0,
    blindMaxMs: 0,
  };
  const items = failing
    .slice(0, 20)
    .map(({ exception, subject, time, log, index, who, person, resource, detail }) => {
      return { subject, time, log, index, who, person, resource, code: exception, detail, accepted: null };
    });
  return {
    ...nothing,
    ...judge(counts),
    id,
    question: 'Was every session approved?',
    population: population.length,
    exceptions: failing.length,
    items,
    itemsComplete: items.length === failing.length,
    needs: ['sessions'],
    missing: [],
  };
}

function missingResult(id: string): TestResult {
  const missing = ['people register'];
  const judged = judge({ missing, tested: 0, excluded: 0, exceptions: 0, blindMs: 0, blindMaxMs: 0 });
  return {
    ...nothing,
    ...judged,
    id,
    question: 'Did leavers lose their rights?',
    population: 0,
    exceptions: 0,
    items: [],
    itemsComplete: true,
    needs: ['people'],
    missing,
  };
}
