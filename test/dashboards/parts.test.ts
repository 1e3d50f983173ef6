import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../domain/evaluation.ts';
import type { PolicyDocument } from '../../domain/policy.ts';
import { addMillis, type Instant } from '../../domain/time.ts';
import { trendOf } from '../../dashboards/charts.ts';
import { findings, findingKey, compareKeys } from '../../dashboards/controls-model.ts';
import { parseCursor, toCursor } from '../../dashboards/cursor.ts';
import { inclusionPath } from '../../dashboards/inclusion-path.ts';
import { listFindings } from '../../dashboards/pages/exceptions.ts';
import { coveredMs } from '../../dashboards/pages/sources-model.ts';
import { sourcesSentence } from '../../dashboards/pages/sources.ts';
import { logSentence } from '../../dashboards/pages/log.ts';
import { choosePeriod, monthsUntil } from '../../dashboards/period.ts';
import { policyDifference } from '../../dashboards/policy-difference.ts';
import { stripOf } from '../../dashboards/session-strip.ts';
import { createShelf } from '../../dashboards/shelf.ts';
import { figure, listed, shortHash, shortPerson, size } from '../../dashboards/words.ts';
import { at, evaluationOf } from './evaluation.ts';
import { createFakeLedger } from './fake-ledger.ts';

const NOW = at('2026-11-02T09:15:30Z');
const period = (query: string) => choosePeriod(new URLSearchParams(query), NOW);

describe('a period', () => {
  it.each([
    ['', 'November 2026', '2026-11-01', '2026-12-01'],
    ['period=2026-12', 'December 2026', '2026-12-01', '2027-01-01'],
    ['period=2026-Q4', 'Q4 2026', '2026-10-01', '2027-01-01'],
    ['period=2026', '2026', '2026-01-01', '2027-01-01'],
    ['from=2026-10-01&to=2026-11-01', 'October 2026', '2026-10-01', '2026-11-01'],
    ['from=2026-10-01&to=2026-11-15', '1 Oct 2026 to 15 Nov 2026', '2026-10-01', '2026-11-15'],
    ['from=2026-10-01T08:30:00Z&to=2026-10-02', '1 Oct 2026 08:30 to 2 Oct 2026', '2026-10-01', '2026-10-02'],
  ])('%s is %s', (query, label, from, to) => {
    const chosen = period(query);
    expect([chosen.label, chosen.from.slice(0, 10), chosen.to.slice(0, 10)]).toEqual([label, from, to]);
  });

  it('steps back and forth over the ends of years, and comes back', () => {
    for (const name of ['2026-01', '2026-12', '2026-Q1', '2026-Q4', '2026']) {
      const there = period(`period=${name}`);
      const next = period(new URLSearchParams(there.next!.query).toString());
      expect(next.from).toBe(there.to);
      expect(period(new URLSearchParams(next.previous!.query).toString())).toEqual(there);
    }
  });

  it.each([
    'period=2026-13',
    'period=2026-00',
    'period=26',
    'period=2026-Q5',
    'from=2026-10-01',
    'to=2026-10-01',
    'from=2026-10-02&to=2026-10-02',
    'from=2026-02-30&to=2026-03-05',
  ])('refuses %s', (query) => expect(() => period(query)).toThrow(/names no period/));

  it('counts months back from the last moment, not from the end', () => {
    expect(monthsUntil(period('period=2026-10'), 3).map((month) => month.label)).toEqual([
      'August 2026',
      'September 2026',
      'October 2026',
    ]);
    expect(monthsUntil(period('from=2025-12-20&to=2026-01-15'), 2).map((month) => month.label)).toEqual([
      'December 2025',
      'January 2026',
    ]);
  });
});

describe('words', () => {
  it('groups digits, shortens hashes and people, and never shows an empty person', () => {
    expect([figure(0), figure(999), figure(48_211), figure(1_234_567)]).toEqual([
      '0',
      '999',
      '48,211',
      '1,234,567',
    ]);
    expect(shortHash(`9f3c41${'0'.repeat(54)}e27a`)).toBe('9f3c41…e27a');
    expect([shortPerson('dan.dev@acme.example'), shortPerson('ci-deployer'), shortPerson('')]).toEqual([
      'dan.dev',
      'ci-deployer',
      'erased',
    ]);
    expect([size(0), size(1023), size(1024), size(2_402_118)]).toEqual([
      '0 bytes',
      '1,023 bytes',
      '1.0 KiB',
      '2.3 MiB',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  it('never calls merely appended entries verified', () => {
    const check = { at: NOW, durationMs: 1, size: 10, checks: [{ name: 'Tiles', valid: true, detail: '' }] };
    expect(logSentence(12, check)).toBe('10 of 12 entries verified, none changed.');
    expect(logSentence(12, undefined)).toContain('nothing was verified');
    expect(
      logSentence(12, { ...check, checks: [...check.checks, { name: 'Columns', valid: false, detail: '' }] }),
    ).toBe('The log is not valid: 1 of 2 checks does not hold.');
  });

  it('says how many sources report and which one was blind', () => {
    const source = {
      source: 'relay',
      kind: '',
      entries: 0,
      lastReceived: null,
      polls: 0,
      seen: 0,
      new: 0,
      changed: 0,
      refused: 0,
      rewrote: 0,
      lastRun: null,
      lagMs: null,
    };
    const blind = {
      source: 'relay',
      from: at('2026-10-14T02:10:00Z'),
      to: at('2026-10-14T02:52:00Z'),
      reason: '',
    };
    expect(sourcesSentence([], [])).toBe('No source has delivered anything yet.');
    expect(sourcesSentence([source], [])).toBe('1 source reports; no blind interval is known.');
    expect(sourcesSentence([source, source], [blind])).toBe(
      '2 sources report; relay was blind for 42 min on 14 Oct 2026.',
    );
  });
});

describe('a cursor', () => {
  it('comes back as it went out, and nothing else is one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 4 }), (key) => {
        expect(parseCursor(toCursor(key), key.length)).toEqual(key);
      }),
    );
    for (const text of [
      'zzz',
      toCursor(['a']),
      Buffer.from('[{}]').toString('base64url'),
      Buffer.from('null').toString('base64url'),
    ]) {
      expect(() => parseCursor(text, 2)).toThrow(/not one of this list/);
    }
    expect(parseCursor('', 2)).toBeUndefined();
  });

  it('leads through all exceptions, each once, whatever the size of a page', () => {
    const evaluation = evaluationOf(period('period=2026-10'));
    const none = { state: '', test: '', code: '', text: '' };
    const all = findings(evaluation);
    for (const limit of [1, 2, 5, 500]) {
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page = listFindings(evaluation, none, { after, limit });
        expect(page.total).toBe(all.length);
        seen.push(...page.rows.map((row) => JSON.stringify(findingKey(row))));
        after = page.next;
      } while (after !== null);
      expect(seen).toEqual(all.map((row) => JSON.stringify(findingKey(row))));
      expect(new Set(seen).size).toBe(all.length);
    }
    expect(
      all.every((row, place) => place === 0 || compareKeys(findingKey(all[place - 1]!), findingKey(row)) > 0),
    ).toBe(true);
  });
});

describe('blind time', () => {
  it('counts what several intervals cover once, in whatever order they come', () => {
    const interval = (from: number, to: number) => ({ from: addMillis(NOW, from), to: addMillis(NOW, to) });
    expect(coveredMs([])).toBe(0);
    expect(coveredMs([interval(0, 10), interval(5, 20), interval(2, 3), interval(30, 31)])).toBe(21);
    const pair = fc.tuple(fc.nat(200), fc.nat(50)).map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const inside = new Set(
          pairs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, step) => from + step)),
        );
        expect(coveredMs(pairs.map(([from, to]) => interval(from, to)))).toBe(inside.size);
      }),
    );
  });
});

describe('the path of an entry', () => {
  it('leads to the root from every leaf of trees of every small size, and nowhere else', async () => {
    for (let total = 1; total <= 33; total += 1) {
      const ledger = createFakeLedger(total);
      const { root } = await ledger.checkpoint();
      for (let index = 0; index < total; index += 1) {
        const hashes = await ledger.inclusionProof(index, total);
        expect(inclusionPath(ledger.leafOf(index), hashes, { index, size: total, root }).included).toBe(true);
        expect(inclusionPath(ledger.leafOf(index + 1), hashes, { index, size: total, root }).included).toBe(
          false,
        );
        if (hashes.length > 0) {
          expect(
            inclusionPath(ledger.leafOf(index), hashes.slice(1), { index, size: total, root }).included,
          ).toBe(false);
        }
      }
    }
  });
});

describe('the strip of a session', () => {
  const full = {
    requestedAt: at('2026-10-21T08:29:40Z'),
    grantedAt: at('2026-10-21T08:31:02Z'),
    validTo: at('2026-10-21T08:41:02Z'),
    startedAt: at('2026-10-21T08:31:12Z'),
    endedAt: at('2026-10-21T08:37:51Z'),
    until: NOW,
    blocked: [at('2026-10-21T08:34:05Z')],
  };

  it('puts everything on one scale, inside of its frame', () => {
    const strip = stripOf(full)!;
    const { window, session } = strip;
    expect(window!.x).toBeLessThan(session!.x);
    expect(session!.x + session!.width).toBeLessThan(window!.x + window!.width);
    expect([strip.request!.x, window!.x + window!.width]).toEqual([20, 968]);
    expect(strip.unused!.label).toBe('unused 3 min 11 s');
    expect(strip.sentence).toBe(
      'Requested 08:29:40. Granted 08:31:02, valid to 08:41:02. Session from 08:31:12 to 08:37:51. 1 blocked at 08:34:05.',
    );
  });

  it('draws an open session up to now, and nothing for a moment without length', () => {
    expect(stripOf({ ...full, endedAt: null })!.session!.label).toBe('session, no end known');
    const nothing = {
      requestedAt: null,
      grantedAt: null,
      validTo: null,
      startedAt: NOW,
      endedAt: NOW,
      until: NOW,
      blocked: [],
    };
    expect(stripOf(nothing)).toBeUndefined();
  });

  it('stays inside of its frame for any times', () => {
    const time = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => addMillis(NOW, ms));
    const maybe = fc.option(time);
    fc.assert(
      fc.property(
        maybe,
        maybe,
        maybe,
        maybe,
        maybe,
        fc.array(time, { maxLength: 5 }),
        (requestedAt, grantedAt, validTo, startedAt, endedAt, blocked) => {
          const strip = stripOf({
            requestedAt,
            grantedAt,
            validTo,
            startedAt,
            endedAt,
            until: addMillis(NOW, 10_000_000),
            blocked,
          });
          const places = [
            strip?.request?.x,
            strip?.window?.x,
            strip?.session?.x,
            ...(strip?.crosses ?? []).map((cross) => cross.x),
          ];
          for (const x of places) if (x !== undefined) expect(x >= 20 && x <= 968).toBe(true);
          for (const bar of [strip?.window, strip?.session]) if (bar) expect(bar.width).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('the trend', () => {
  it('stacks every month to the same height, exceptions on the baseline', () => {
    const months = monthsUntil(period('period=2026-10'), 4).map((month, step) => ({
      period: month,
      evaluation: step === 1 ? undefined : evaluationOf(month, step),
    }));
    const trend = trendOf(months)!;
    expect(trend.waiting).toBe(1);
    expect(trend.columns).toHaveLength(3);
    for (const column of trend.columns) {
      expect(column.parts[0]!.key).toBe('exc');
      expect(column.parts[0]!.y + column.parts[0]!.height).toBeCloseTo(trend.baseline, 0);
      expect(column.parts.reduce((sum, part) => sum + part.height, 0)).toBeCloseTo(140, 0);
    }
    expect(trendOf(months.slice(0, 2))).toBeUndefined();
  });
});

describe('the difference of two policies', () => {
  const base: PolicyDocument = {
    resources: [{ name: 'pg', type: 'postgres', tags: { env: 'prod' }, recording: true }],
    grants: [{ principal: 'group:dev', resource: 'pg', roles: ['read'], until: null }],
    approvals: [
      {
        rule: 'prod',
        resources: ['pg'],
        kinds: ['window'],
        requiredFor: ['dev'],
        reviewers: ['sre'],
        needed: 2,
        force: [],
        skip: [],
        maxDurationMs: 3_600_000,
      },
    ],
    masking: [{ rule: 'pii', resources: ['pg'], types: ['EMAIL'] }],
    blocking: [],
    members: [{ group: 'dev', identity: 'w1' }],
    signIn: { mfaRequired: true },
  };

  it('is empty for the same policy, and says every change there and back', () => {
    expect(policyDifference(base, base)).toEqual([]);
    const changed: PolicyDocument = {
      ...base,
      resources: [
        { ...base.resources[0]!, recording: false },
        { name: 'bash', type: 'ssh', tags: {}, recording: true },
      ],
      grants: [],
      approvals: [{ ...base.approvals[0]!, needed: 1, skip: ['oncall'], maxDurationMs: 7_200_000 }],
      masking: [],
      members: [...base.members, { group: 'dev', identity: 'w2' }],
      signIn: { mfaRequired: false },
    };
    expect(policyDifference(base, changed)).toEqual([
      'Target pg: recording changed from on to off.',
      'Target bash was added.',
      'Grant removed: group:dev on pg as read.',
      'Approval rule prod: number of approvals changed from 2 to 1.',
      'Approval rule prod: skip group oncall added.',
      'Approval rule prod: longest window changed from 1 h to 2 h.',
      'Masking rule pii was removed.',
      'Membership added: w2 in group dev.',
      'Sign-in: second factor required changed from on to off.',
    ]);
    expect(policyDifference(changed, base)).toHaveLength(9);
  });
});

describe('the shelf of evaluations', () => {
  const october = period('period=2026-10');

  it('runs an evaluation once for a log size, and again when the log has grown and time went by', async () => {
    const world: { now: Instant; size: number; runs: number } = { now: NOW, size: 5, runs: 0 };
    const shelf = createShelf({
      evaluate: async (request) => {
        world.runs += 1;
        return evaluationOf(request.period, 0, request.size);
      },
      logSize: async () => world.size,
      clock: () => world.now,
      onFailure: () => expect.unreachable(),
    });
    const [one, other] = await Promise.all([shelf.evaluation(october), shelf.evaluation(october)]);
    expect([one, world.runs]).toEqual([other, 1]);
    world.now = addMillis(world.now, 600_000);
    await shelf.evaluation(october);
    expect(world.runs).toBe(1);
    world.size = 6;
    expect((await shelf.evaluation(october)).logs[0]!.size).toBe(6);
    world.size = 7;
    expect((await shelf.evaluation(october)).logs[0]!.size).toBe(6);
    expect(world.runs).toBe(2);
  });

  it('lets a page go on without an evaluation that takes its time, and has it the next time', async () => {
    let finish = (): void => undefined;
    const shelf = createShelf({
      evaluate: async (request) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return evaluationOf(request.period);
      },
      logSize: async () => 1,
      clock: () => NOW,
      onFailure: () => expect.unreachable(),
      patienceMs: 0,
    });
    expect(await shelf.shown(october)).toBeUndefined();
    expect(await shelf.shown(october)).toBeUndefined();
    finish();
    await shelf.evaluation(october);
    expect(await shelf.shown(october)).toBeDefined();
    await shelf.close();
  });

  it('shows what it has while a newer one is worked out', async () => {
    const world = { now: NOW, size: 1 };
    const shelf = createShelf({
      evaluate: async (request) => evaluationOf(request.period, 0, request.size),
      logSize: async () => world.size,
      clock: () => world.now,
      onFailure: () => expect.unreachable(),
    });
    await shelf.evaluation(october);
    world.now = addMillis(world.now, 60_000);
    world.size = 2;
    expect((await shelf.shown(october))!.logs[0]!.size).toBe(1);
    await shelf.evaluation(october);
    expect((await shelf.shown(october))!.logs[0]!.size).toBe(2);
    await shelf.close();
  });

  it('forgets a failure, keeps a bounded number, and works out history in the background one by one', async () => {
    const failures: unknown[] = [];
    let running = 0;
    let most = 0;
    let fail = true;
    const shelf = createShelf({
      evaluate: async (request): Promise<Evaluation> => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (fail) throw new Error('engine');
        return evaluationOf(request.period);
      },
      logSize: async () => 1,
      clock: () => NOW,
      onFailure: (error) => failures.push(error),
    });
    await expect(shelf.evaluation(october)).rejects.toThrow('engine');
    fail = false;
    await expect(shelf.evaluation(october)).resolves.toBeDefined();
    const months = monthsUntil(october, 40);
    most = 0;
    for (let round = 0; round < 200 && months.some((month) => shelf.known(month) === undefined); round += 1)
      await new Promise(setImmediate);
    expect(most).toBe(1);
    expect(failures).toEqual([]);
  });
});
