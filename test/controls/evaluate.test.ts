import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluator, type Evaluator } from '../../controls/evaluate.ts';
import { loadCatalogue } from '../../controls/load.ts';
import { resolveLimits } from '../../controls/limits.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { Evaluation, TestResult } from '../../domain/evaluation.ts';
import type { PopulationRow } from '../../domain/population.ts';
import { at, createSource, on, openTestLog, type TestLog } from './arrange.ts';
import { block, rule } from './scenarios/scenario.ts';

const march = { from: at('2026-03-01T00:00:00Z'), to: at('2026-04-01T00:00:00Z') };
const tags = { environment: 'environment', production: ['prod'], sensitive: ['pii'], privileged: ['admin'] };
const catalogue = loadCatalogue();
let log: TestLog;
let chain = { ok: true, detail: '' };
let verified = 0;

const checkpointAt = (size: number) =>
  Promise.resolve({ origin: 'test.example/log', size, root: new Uint8Array(32), note: '' });

function evaluatorOf(limits: Readonly<Record<string, string>> = {}): Evaluator {
  return createEvaluator({
    store: log.store,
    catalogue,
    limits: resolveLimits(limits),
    tags,
    ledger: { origin: 'test.example/log', checkpoint: () => checkpointAt(log.size()), checkpointAt },
    verifyChain: () => {
      verified += 1;
      return Promise.resolve(chain);
    },
  });
}

const testOf = (evaluation: Evaluation, id: string): TestResult => {
  const found = evaluation.controls.flatMap((control) => control.tests).find((test) => test.id === id);
  if (found === undefined) throw new TypeError(`no result of ${id}`);
  return found;
};

const gateway = createSource('gw', 'gateway');
const pushed = createSource('ps', 'pushed');
const rules = () => ({
  approvals: [rule(gateway)],
  grants: [{ principal: '*', resource: '*', roles: [], until: null }],
  blocking: [block(gateway, { patterns: ['a('], words: ['DROP'] })],
});

beforeAll(async () => {
  log = await openTestLog();
});
afterAll(() => log.close());

describe('an empty log', () => {
  it('has no headline for any test, and says what is missing', async () => {
    const evaluation = await evaluatorOf().evaluate({ period: march, controls: ['A.5.18'], size: 0 });
    expect(evaluation.asOf).toBe(march.from);
    expect(testOf(evaluation, 'A.5.18-T1')).toMatchObject({
      outcome: 'not-tested',
      missing: ['sessions', 'approvals', 'policy'],
      reason: 'missing: sessions, approvals, policy',
      population: 0,
    });
    expect(testOf(evaluation, 'A.5.18-T3')).toMatchObject({ outcome: 'not-tested', reason: 'not built yet' });
  });
});

describe('an evaluation', () => {
  let evaluation: Evaluation;
  let evaluator: Evaluator;
  let sizeBefore: number;

  beforeAll(async () => {
    const g = gateway;
    const polls = Array.from({ length: 31 * 24 * 7 }, (_, tick) => {
      const minute = (value: number) =>
        at(new Date(Date.parse('2026-03-01T00:00:00Z') + value * 514_285).toISOString());
      return g.polled(tick === 0 ? null : minute(tick), minute(tick + 1), {
        clockOffsetMs: tick === 5 ? -1500 : 20,
        reports: ['sessions', 'approvals', 'policy', 'identities', 'commands'],
      });
    });
    await log.append([
      g.policy(on('1 00:00'), rules()),
      g.human('dan'),
      g.human('sam'),
      // The source is silent from 14 March 12:00 to 15:00.
      ...polls.filter(({ time }) => time <= on('14 12:00') || time >= on('14 15:00')),
      g.asked('ok', on('10 09:00')),
      g.decided('ok', on('10 09:05')),
      g.started('good', on('10 09:06'), { approval: g.id('ok') }),
      g.ended('good', on('10 09:10')),
      g.command('good', on('10 09:07')),
      g.started('bad', on('10 10:00')),
      g.ended('bad', on('10 10:10')),
      g.started('worse', on('10 11:00')),
      g.ended('worse', on('10 11:10')),
      g.started('unseen', on('14 13:00')),
      g.ended('unseen', on('14 13:10')),
    ]);
    sizeBefore = log.size();
    const about = `A.5.18-T1|session/${g.id('bad')}`;
    await log.append([
      g.event('exception.accepted', {
        time: on('20 00:00'),
        subject: 'exception/1',
        source: 'annexa',
        data: { about, by: g.person('rita'), until: at('2026-12-31T00:00:00Z') },
      }),
      pushed.started('a', on('10 09:00')),
      pushed.ended('a', on('10 09:10')),
    ]);
    evaluator = evaluatorOf();
    evaluation = await evaluator.evaluate({ period: march, controls: [] });
  });

  it('shows all 93 controls and every declared test', () => {
    expect(evaluation.controls).toHaveLength(93);
    expect(evaluation.controls.flatMap((control) => control.tests)).toHaveLength(92);
    expect(evaluation.logs).toEqual([
      { log: 0, origin: 'test.example/log', size: log.size(), root: Buffer.alloc(32).toString('base64') },
    ]);
  });

  it('never calls untested what it found, nor found what it could not test', () => {
    for (const test of evaluation.controls.flatMap((control) => control.tests)) {
      if (test.outcome === 'pass') expect(test.population - test.excluded, test.id).toBeGreaterThan(0);
      if (test.outcome === 'exceptions') expect(test.exceptions, test.id).toBeGreaterThan(0);
      expect(test.reason === undefined, test.id).toBe(test.outcome !== 'not-tested');
      expect(test.items.length, test.id).toBe(test.exceptions);
      expect(
        Object.values(test.excludedBy).reduce((sum, members) => sum + members, 0),
        test.id,
      ).toBe(test.excluded);
    }
  });

  it('lists exceptions and keeps an accepted one in the count', () => {
    const test = testOf(evaluation, 'A.5.18-T1');
    expect(test).toMatchObject({ outcome: 'exceptions', population: 5, exceptions: 2, accepted: 1 });
    expect(
      test.items.map(({ subject, code, accepted, person }) => ({
        subject,
        code,
        accepted: accepted?.by ?? null,
        person,
      })),
    ).toEqual([
      {
        subject: `session/${gateway.id('bad')}`,
        code: 'approval-absent',
        accepted: 'rita@gw.example',
        person: 'dan@gw.example',
      },
      {
        subject: `session/${gateway.id('worse')}`,
        code: 'approval-absent',
        accepted: null,
        person: 'dan@gw.example',
      },
    ]);
  });

  it('excludes what lies in a silence of its source, and what another source pushed without any rules', () => {
    const test = testOf(evaluation, 'A.5.18-T1');
    expect(test.excludedBy).toEqual({ blind: 2 });
    expect(
      test.blind.map(({ from, to, reason }) => `${from.slice(5, 16)} ${to.slice(5, 16)} ${reason}`),
    ).toEqual([
      '03-01T00:00 04-01T00:00 pushed: no snapshot of the rules',
      expect.stringMatching(/^03-14T11:5\d 03-14T1[45]:\d\d gateway: no reading of the source$/),
    ]);
  });

  it('has no headline while a source it depends on was silent, and says what the rest shows', () => {
    expect(testOf(evaluation, 'A.8.15-T1')).toMatchObject({
      outcome: 'not-tested',
      reason: expect.stringMatching(/^blind for 2 h 59 min/) as string,
      outsideBlind: { outcome: 'pass', coverage: expect.closeTo(0.9958, 3) as number },
    });
  });

  it('gives a headline again when the organisation allows that much blindness', async () => {
    const tolerant = await evaluatorOf({ BLIND_MAX: '4h' }).evaluate({ period: march, controls: ['A.8.15'] });
    expect(testOf(tolerant, 'A.8.15-T1').outcome).toBe('pass');
    expect(tolerant.limits.find(({ name }) => name === 'BLIND_MAX')).toEqual({
      name: 'BLIND_MAX',
      text: '4h',
      value: 14_400_000,
      adopted: true,
    });
  });

  it('names the sources that nobody polls, the offset of a clock, and what it could not repeat', () => {
    const byId = new Map(evaluation.preconditions.map((precondition) => [precondition.id, precondition]));
    expect(byId.get('P1')).toMatchObject({ outcome: 'pass', population: log.size(), blind: [] });
    expect(byId.get('P3')).toMatchObject({
      outcome: 'exceptions',
      exceptions: 1,
      notes: ['Not tested for sources that send no record of their readings: pushed.'],
    });
    expect(byId.get('P4')).toMatchObject({ outcome: 'exceptions', exceptions: 1, blind: [] });
    expect(byId.get('P4')?.notes.at(-1)).toBe('gateway: largest offset -1500 ms');
    expect(byId.get('P5')?.blind).toEqual([
      { source: 'pushed', ...march, reason: 'no snapshot of the rules' },
    ]);
    expect(byId.get('P6')).toMatchObject({ outcome: 'not-tested', reason: 'not built yet' });
    const statements = testOf(evaluation, 'A.8.3-T1');
    expect(statements.notes).toContain('Rules that cannot be applied again: no-ddl.');
    expect(statements.excludedBy).toEqual({
      'not re-performable: a rule has a form that cannot be applied again': 1,
    });
  });

  it('says when a gateway grants everything to everyone, and that decisions are not signed', () => {
    expect(testOf(evaluation, 'A.5.15-T1').notes[0]).toMatch(/^All 1 grants in force were to everyone/);
    expect(testOf(evaluation, 'A.5.18-T1').notes).toContain(
      '1 of 1 granting decisions are recorded by the log, not signed by the approver.',
    );
    expect(testOf(evaluation, 'A.5.15-T2')).toMatchObject({
      missing: ['refusals'],
      reason: 'missing: refusals (no source reports refused attempts)',
    });
  });

  it('says the same again at the same size, whatever came later', async () => {
    const before = await evaluator.evaluate({
      period: march,
      controls: ['A.5.18', 'A.5.15'],
      size: sizeBefore,
    });
    expect(testOf(before, 'A.5.18-T1')).toMatchObject({ accepted: 0, population: 4 });
    await log.append([gateway.started('later', on('10 12:00'))]);
    expect(
      await evaluator.evaluate({ period: march, controls: ['A.5.18', 'A.5.15'], size: sizeBefore }),
    ).toEqual(before);
  });

  it('looks for masking rules even where no source has ever reported any masking', () => {
    expect(testOf(evaluation, 'A.8.11-T1').missing).toEqual([]);
    expect(testOf(evaluation, 'A.8.11-T3')).toMatchObject({ outcome: 'not-tested', missing: ['masking'] });
  });

  it('answers for a control of 2013 and for an objective', async () => {
    const ids = async (asked: string) =>
      (await evaluator.evaluate({ period: march, controls: [asked], size: 1 })).controls.map(({ id }) => id);
    expect(await ids('A.12.4.1')).toEqual(['A.8.15']);
    expect(await ids('A.9.2')).toEqual(['A.5.16', 'A.5.17', 'A.5.18', 'A.8.2']);
    await expect(ids('A.99')).rejects.toThrow(AnnexaError);
  });

  it('gives the whole population in the order of the log, with the same verdicts', async () => {
    const rows: PopulationRow[] = [];
    for await (const row of evaluator.populationOf({ test: 'A.5.18-T1', period: march, size: sizeBefore }))
      rows.push(row);
    expect(
      rows.map(({ subject, exception, excluded, open }) => [subject, exception, excluded, open]),
    ).toEqual([
      [`session/${gateway.id('good')}`, '', '', false],
      [`session/${gateway.id('bad')}`, 'approval-absent', '', false],
      [`session/${gateway.id('worse')}`, 'approval-absent', '', false],
      [`session/${gateway.id('unseen')}`, '', 'blind', false],
    ]);
    expect(rows.map(({ index }) => index)).toEqual(rows.map(({ index }) => index).toSorted((a, b) => a - b));
  });

  it('checks the chain once for all populations of a packet', async () => {
    const fresh = evaluatorOf();
    const before = verified;
    await fresh.evaluate({ period: march, controls: ['A.5.3'], size: sizeBefore });
    for (const test of ['A.5.3-T1', 'A.5.3-T2', 'A.5.3-T3']) {
      for await (const row of fresh.populationOf({ test, period: march, size: sizeBefore }))
        expect(row.subject).toBe(`approval/${gateway.id('ok')}`);
    }
    expect(verified - before).toBe(1);
  });

  it('shows the query of a test with every parameter', async () => {
    const query = await evaluator.testQueryOf({ test: 'A.5.18-T2', period: march, size: sizeBefore });
    expect(query.sql).toBe(evaluator.testSql('A.5.18-T2'));
    expect(query.parameters).toMatchObject({
      from: '2026-03-01 00:00:00.000000',
      size: String(sizeBefore),
      GRACE: '300000',
      REVOKE_GRACE: '0',
    });
    await expect(evaluator.testQueryOf({ test: 'A.5.18-T9', period: march })).rejects.toThrow(
      'there is no test "A.5.18-T9"',
    );
    expect(evaluator.testSql('../evaluate')).toBeUndefined();
  });

  it('has no headline for anything but the log itself when the chain does not verify', async () => {
    chain = { ok: false, detail: 'root: does not fit' };
    const broken = await evaluatorOf().evaluate({
      period: { ...march, to: at('2026-05-01T00:00:00Z') },
      controls: ['A.5.16', 'A.8.15'],
    });
    chain = { ok: true, detail: '' };
    expect(broken.preconditions.find(({ id }) => id === 'P2')).toMatchObject({
      outcome: 'exceptions',
      exceptions: 1,
    });
    expect(testOf(broken, 'A.5.16-T2')).toMatchObject({ outcome: 'not-tested', exceptions: 0 });
    const items = testOf(broken, 'A.8.15-T3').items;
    expect(items.map(({ code, detail }) => [code, detail])).toEqual([['chain-broken', 'root: does not fit']]);
  });
});
