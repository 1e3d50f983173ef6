import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLinkStore } from '../../collectors/links/derive.ts';
import { createEvaluator } from '../../controls/evaluate.ts';
import { loadCatalogue } from '../../controls/load.ts';
import { resolveLimits } from '../../controls/limits.ts';
import type { Evaluation, TestItem, TestResult } from '../../domain/evaluation.ts';
import type { PopulationRow } from '../../domain/population.ts';
import { expectedFindings, type ExpectedFinding } from '../collectors/expected.ts';
import { openRealLog, replayAll, startReplay, type RealLog } from '../collectors/replay.ts';
import { at } from './arrange.ts';

/** The recorded run of a real gateway, through the real collectors, against what its driver wrote down. */
const expected = expectedFindings();
const period = { from: at('2026-11-21T08:31:08Z'), to: at('2026-11-21T08:34:00Z') };
const judged = ['A.5.3-T1', 'A.5.16-T2', 'A.5.18-T1', 'A.5.18-T2', 'A.8.2-T3', 'A.8.3-T1'];
let log: RealLog;
let evaluation: Evaluation;
let sessionsOf: ReadonlyMap<string, string>;
let askedBy: ReadonlyMap<string, string>;
let populationOf: (test: string) => Promise<readonly PopulationRow[]>;

beforeAll(async () => {
  log = await openRealLog(createLinkStore);
  const replay = await startReplay(log);
  await replayAll(replay);
  await replay.close();
  const { size } = await log.store.head(0);
  const checkpointAt = (size: number) =>
    Promise.resolve({ origin: 'test.example/log', size, root: new Uint8Array(32), note: '' });
  const evaluator = createEvaluator({
    store: log.store,
    catalogue: loadCatalogue(),
    limits: resolveLimits(),
    tags: { environment: 'environment', production: ['prod'], sensitive: ['pii'], privileged: ['admin'] },
    ledger: { origin: 'test.example/log', checkpoint: () => checkpointAt(size), checkpointAt },
    verifyChain: () => Promise.resolve({ ok: true, detail: '' }),
  });
  evaluation = await evaluator.evaluate({ period, controls: [] });
  const links = await log.store.select<{ from: string; to: string }>(
    'SELECT `from`, `to` FROM sessionLinksAt(size = {size:UInt64}) ORDER BY `from`',
    { size },
  );
  sessionsOf = new Map(links.map(({ from, to }) => [from, to.slice('session/'.length)]));
  const asked = await log.store.select<{ subject: string; session: string }>(
    'SELECT subject, session FROM approvalRequests ORDER BY subject',
  );
  askedBy = new Map(asked.map(({ subject, session }) => [subject, session]));
  populationOf = (test) => collect(evaluator.populationOf({ test, period, size }));
}, 300_000);
afterAll(() => log.close());

async function collect<T>(rows: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

function resultOf(id: string): TestResult {
  const found = evaluation.controls.flatMap((control) => control.tests).find((test) => test.id === id);
  if (found === undefined) throw new TypeError(`no result of ${id}`);
  return found;
}

/**
 * Whether an item is what a finding is about. A statement of the relay is listed under its relay session; activity under
 * a window is listed under the approval that opened it.
 */
function isAbout(finding: ExpectedFinding, item: TestItem): boolean {
  const { about, session, approval, codes } = finding;
  if (about === 'approval') {
    return approval === ''
      ? item.subject.startsWith('approval/') && codes.includes(item.code)
      : item.subject === `approval/${approval}`;
  }
  const asked = askedBy.get(item.subject);
  if (asked !== undefined) return asked === expected.windows[session];
  return item.subject === `session/${session}` || sessionsOf.get(item.subject) === session;
}

describe('the recorded run', () => {
  it.each(judged)('gives the findings of %s that the driver caused, and nothing more', (id) => {
    const wanted = expected.findings.filter(({ test }) => test === id);
    const { items } = resultOf(id);
    expect(
      wanted.filter(
        (finding) =>
          !items.some(
            (item) =>
              isAbout(finding, item) && (finding.codes.length === 0 || finding.codes.includes(item.code)),
          ),
      ),
    ).toEqual([]);
    expect(items.filter((item) => !wanted.some((finding) => isAbout(finding, item)))).toEqual([]);
    expect(items.length).toBe(wanted.length);
  });

  it('blames nobody for the time in which the rules were changing', async () => {
    for (const { test, session, reason } of expected.exclusions) {
      const row = (await populationOf(test)).find(({ subject }) => subject === `session/${session}`);
      expect(row, session).toMatchObject({ exception: '', excluded: reason });
    }
    expect(resultOf('A.5.18-T1').excludedBy).toEqual({ 'policy-uncertain': expected.exclusions.length });
  });

  it('leaves every clean session alone', () => {
    const found = new Set(
      judged
        .filter((id) => id !== 'A.5.16-T2')
        .flatMap((id) => resultOf(id).items.map(({ subject }) => subject)),
    );
    expect(expected.clean.filter((session) => found.has(`session/${session}`))).toEqual([]);
  });

  it('counts every released session, and no request that was not', () => {
    expect(resultOf('A.5.16-T2').population).toBe(expected.released.length);
    expect(resultOf('A.5.15-T1').population).toBe(expected.released.length);
  });

  it('finds two people behind every approval that asks for two, and no fault in the log or the records', () => {
    expect(resultOf('A.5.3-T2')).toMatchObject({ outcome: 'pass', exceptions: 0 });
    expect(resultOf('A.8.15-T2')).toMatchObject({ outcome: 'pass', exceptions: 0 });
    expect(evaluation.preconditions.filter(({ outcome }) => outcome !== 'pass').map(({ id }) => id)).toEqual([
      'P5',
      'P6',
      'P7',
    ]);
  });

  it('shows the gateway that grants everything to everyone', () => {
    expect(new Set(resultOf('A.5.15-T3').items.map(({ code }) => code))).toEqual(new Set(['wildcard-grant']));
    expect(resultOf('A.5.15-T1').notes.join(' ')).toMatch(/grants in force were to everyone/);
  });

  it('claims nothing about what the gateway does not report', () => {
    expect(resultOf('A.5.15-T2').outcome).toBe('not-tested');
    expect(resultOf('A.8.2-T1-authenticated').outcome).toBe('not-tested');
    expect(resultOf('A.8.2-T1-short').outcome).toBe('no-occurrence');
    // The relay counts what it masked, not what it found: the result says whose word that is.
    expect(resultOf('A.8.11-T3')).toMatchObject({ outcome: 'pass', excluded: 0 });
    expect(resultOf('A.8.11-T3').notes.join(' ')).toContain(
      '7 report(s) give only the number of masked values',
    );
    expect(resultOf('A.8.11-T1')).toMatchObject({ exceptions: 0 });
  });
});
