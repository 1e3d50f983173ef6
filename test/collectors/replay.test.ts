import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PollReport } from '../../collectors/report.ts';
import { createLinkStore } from '../../collectors/links/derive.ts';
import type { LogStore } from '../../domain/ports.ts';
import { expectedFindings } from './expected.ts';
import { openRealLog, startReplay, type RealLog, type Replay } from './replay.ts';

const expected = expectedFindings();
let log: RealLog;
let replay: Replay;
/** What polling each moment a second time added, besides its completeness record. */
const again: PollReport[] = [];
const relayAgain: PollReport[] = [];
let store: LogStore;

beforeAll(async () => {
  log = await openRealLog(createLinkStore);
  ({ store } = log);
  replay = await startReplay(log);
  do {
    await replay.pollHoop();
    await replay.pollInspect();
    await replay.link();
    again.push(await replay.pollHoop());
    relayAgain.push(await replay.pollInspect());
  } while (replay.gateway.advance());
});
afterAll(async () => {
  await replay.close();
  await log.close();
});

const select = async <Row>(sql: string): Promise<Row[]> => store.select<Row>(sql);
const pairs = async (sql: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await select<{ name: string; value: unknown }>(sql)).map(({ name, value }) => [name, value]),
  );
const list = async (sql: string): Promise<unknown[]> =>
  (await select<{ value: unknown }>(sql)).map(({ value }) => value);

describe('a recorded run, polled moment by moment into the real store', () => {
  it('adds nothing when a moment is polled twice', () => {
    expect(
      again.map(({ accepted, new: fresh, changed, refused }) => [accepted, fresh, changed, refused]),
    ).toEqual(again.map(() => [0, 0, 0, 0]));
    // The completeness record itself.
    expect(relayAgain.map(({ seen, accepted }) => [seen, accepted])).toEqual(relayAgain.map(() => [0, 1]));
  });

  it('refuses nothing', async () => {
    expect(await list('SELECT reason AS value FROM refusals')).toEqual([]);
  });

  it('has every row of the gateway, as the right people’s', async () => {
    const byPerson = await pairs('SELECT person AS name, count() AS value FROM sessions GROUP BY person');
    const total = Object.values(byPerson).reduce((sum: number, count) => sum + Number(count), 0);
    expect(total).toBe(expected.rows);
    const people = Object.entries(expected.rowsByUser).filter(([user]) => user.includes('@'));
    expect(byPerson).toMatchObject(Object.fromEntries(people));
    const machines = await pairs(
      "SELECT personName AS name, count() AS value FROM sessions WHERE position(person, '@') = 0 GROUP BY personName",
    );
    expect(machines).toEqual({ 'ci-deployer': 6, 'old-backup-job': 1 });
  });

  it('tells what was released from what was only asked for', async () => {
    const released = await list(
      'SELECT session AS value FROM sessions WHERE startedAt IS NOT NULL ORDER BY session',
    );
    expect(released).toEqual(expected.released.toSorted());
    const requested = await list(
      "SELECT session AS value FROM sessions WHERE state = 'requested' ORDER BY session",
    );
    const rejected = await list(
      "SELECT session AS value FROM sessions WHERE outcome = 'rejected' ORDER BY session",
    );
    expect(rejected).toEqual(expected.rejected.toSorted());
    expect(requested).toEqual(expected.notReleased.toSorted());
    expect(await list("SELECT session AS value FROM sessions WHERE outcome = 'killed'")).toEqual(
      expected.killed,
    );
  });

  it('starts no reviewed session before its approval', async () => {
    const early = await list(`
      SELECT s.session AS value FROM sessions AS s
      INNER JOIN (SELECT session, min(time) AS granted FROM decisions WHERE decision = 'granted' GROUP BY session) AS d ON d.session = s.session
      WHERE s.startedBefore IS NOT NULL AND s.startedBefore < d.granted`);
    expect(early).toEqual([]);
    const dated = await list(
      'SELECT session AS value FROM sessions WHERE startedBefore IS NOT NULL ORDER BY session',
    );
    expect(dated).toEqual(expected.reviewedAndReleased.toSorted());
  });

  it('has every review and decision', async () => {
    expect(await list('SELECT count() AS value FROM approvalRequests')).toEqual([expected.reviews]);
    const decisions = await pairs(
      'SELECT decision AS name, uniqExact(approval) AS value FROM decisions GROUP BY decision',
    );
    expect(decisions).toEqual({
      granted: expected.granted,
      rejected: expected.rejected.length,
      revoked: expected.revoked.length,
    });
    const silent = await list(
      'SELECT session AS value FROM approvalRequests WHERE approval NOT IN (SELECT approval FROM decisions) ORDER BY session',
    );
    expect(silent).toEqual(expected.neverDecided.toSorted());
  });

  it('keeps both forced approvals, the one that the gateway lost again included', async () => {
    const forced = await list(
      'SELECT DISTINCT session AS value FROM decisions WHERE forced ORDER BY session',
    );
    expect(forced).toEqual(expected.forced.toSorted());
    const rewrites = await select<{ field: string; session: string }>(`
      SELECT JSONExtractString(e.data, 'field') AS field, r.session AS session FROM events AS e
      INNER JOIN approvalRequests AS r ON r.subject = e.subject WHERE e.kind = 'source.rewrote'`);
    expect(rewrites).toEqual(expected.forcedThenReset.map((session) => ({ field: 'forced', session })));
    expect(
      await list("SELECT JSONExtractString(data, 'how') AS value FROM events WHERE kind = 'bypass.used'"),
    ).toEqual(['forced-approval', 'forced-approval']);
  });

  it('names reviewers as the reviewers’ own calls did, and the machine that approved', async () => {
    const known = await pairs('SELECT session AS name, approval AS value FROM approvalRequests');
    for (const { session, approval } of expected.findings)
      if (approval !== '') expect(known[session]).toBe(approval);
    const machine = await list(
      "SELECT session AS value FROM decisions WHERE decision = 'granted' AND position(approver, '@') = 0",
    );
    expect(machine).toEqual(
      expected.findings
        .filter(({ codes }) => codes.includes('approver-not-a-person'))
        .map(({ session }) => session),
    );
    const self = await list(
      "SELECT session AS value FROM decisions WHERE decision = 'granted' AND approverWho = requesterWho",
    );
    expect(self).toEqual(
      expected.findings.filter(({ codes }) => codes.includes('self-approval')).map(({ session }) => session),
    );
  });

  it('links every session of a window to the request behind it', async () => {
    const links = await pairs(`
      SELECT substring(l.from, 9) AS name, r.session AS value FROM links AS l
      INNER JOIN approvalRequests AS r ON r.subject = l.to WHERE l.method = 'window'`);
    expect(links).toEqual(expected.windows);
  });

  it('has every statement that the relay saw, each linked to the session that carried it', async () => {
    const rows = await select<{
      session: string;
      login: string;
      statement: string;
      blocked: boolean;
      rows: number | null;
    }>(`
      SELECT session, person AS login, statement, decision = 'blocked' AS blocked, rows FROM commands
      WHERE relaySession != '' ORDER BY time, \`index\``);
    const plain = rows.map(({ session, login, statement, blocked }) => ({
      session,
      login,
      statement,
      blocked: Boolean(blocked),
    }));
    const order = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(plain.toSorted(order)).toEqual(
      expected.relayed
        .map(({ session, login, statement, blocked }) => ({ session, login, statement, blocked }))
        .toSorted(order),
    );
    expect(rows).toHaveLength(expected.statements.sent);
    // Row counts are there wherever the relay recorded the server's answer.
    const counted = rows.filter(({ rows: count }) => count !== null);
    for (const { statement, rows: count } of counted) {
      expect(expected.relayed.find((entry) => entry.statement === statement)?.rows, statement).toBe(count);
    }
    expect(counted.length).toBe(15);
  });

  it('has every blocked statement by rule, and the one that was only watched', async () => {
    const blocked = await pairs(
      "SELECT rule AS name, count() AS value FROM commands WHERE decision = 'blocked' GROUP BY rule",
    );
    expect(blocked).toEqual(expected.statements.byRule);
    expect(
      await list(
        "SELECT statement AS value FROM commands WHERE relaySession != '' AND decision = 'observed' AND class = 'write'",
      ),
    ).toEqual(['DELETE FROM events WHERE id=40']);
  });

  it('has every masked value', async () => {
    expect(await list('SELECT sum(total) AS value FROM masking')).toEqual([expected.masked.total]);
    const single = await pairs(
      'SELECT types[1] AS name, sum(masked[1]) AS value FROM masking WHERE length(types) = 1 GROUP BY name',
    );
    for (const [type, count] of Object.entries(single))
      expect(Number(count)).toBeLessThanOrEqual(expected.masked.byType[type] ?? 0);
  });

  it('knows which identities are people, which are machines and which are on no list', async () => {
    const types = await pairs(
      "SELECT if(identityType = '', 'unresolved', identityType) AS name, count() AS value FROM sessions WHERE startedAt IS NOT NULL GROUP BY name",
    );
    const machines = expected.findings.filter(({ test }) => test === 'A.5.16-T2').length;
    expect(types).toEqual({ human: expected.released.length - machines, unresolved: machines });
    const left = await list(
      "SELECT identity AS value FROM identities WHERE status = 'left' ORDER BY identity",
    );
    expect(left).toEqual(['carl.contractor@lab.example', 'tina.temp@lab.example']);
    expect(
      await list("SELECT name AS value FROM identities WHERE identityType = 'machine' ORDER BY name"),
    ).toEqual(['backend-prod', 'evidence-collector', 'svc-reporting']);
  });

  it('saw the approval rule vanish and return, between readings that bracket the driver’s own calls', async () => {
    const snapshots = await select<{ observedFrom: string | null; inForceFrom: string; rules: number }>(`
      SELECT observedFrom, inForceFrom, JSONLength(document, 'approvals') AS rules FROM policies WHERE source = 'gateway' ORDER BY \`index\``);
    expect(snapshots.map(({ rules }) => rules)).toEqual([0, 1, 1, 0, 1, 1, 1, 1]);
    const gone = snapshots[3];
    expect(gone?.observedFrom && gone.observedFrom < '2026-11-21T08:31:39.386757Z').toBe(true);
    expect(gone && gone.inForceFrom > '2026-11-21T08:31:39.386757Z').toBe(true);
    const uncertain = expected.exclusions.map(({ session }) => session).toSorted();
    const within = await list(`
      SELECT s.session AS value FROM sessions AS s CROSS JOIN policies AS p
      WHERE p.source = 'gateway' AND s.resource = 'bash-prod' AND s.startedAt >= p.observedFrom AND s.startedAt < p.inForceFrom AND s.approval = ''
      ORDER BY value`);
    expect(within).toEqual(uncertain);
  });

  it('has the administration log, its double rows marked', async () => {
    expect(await list("SELECT count() AS value FROM events WHERE kind = 'admin.changed'")).toEqual([42]);
    expect(
      await list(
        "SELECT JSONExtractString(data, 'object') AS value FROM events WHERE kind = 'admin.changed' AND JSONHas(data, 'duplicateOf') ORDER BY value",
      ),
    ).toEqual(['data_masking', 'service_accounts']);
  });

  it('leaves completeness records without a gap, and a clock within its second', async () => {
    for (const source of ['gateway', 'relay']) {
      const windows = await select<{ windowFrom: string | null; windowTo: string }>(
        `SELECT windowFrom, windowTo FROM polls WHERE source = '${source}' ORDER BY \`index\``,
      );
      expect(windows).toHaveLength(44);
      for (const [n, { windowFrom }] of windows.entries())
        if (n > 0) expect(windowFrom).toBe(windows[n - 1]?.windowTo);
    }
    const offsets = await list("SELECT clockOffsetMs AS value FROM polls WHERE source = 'gateway'");
    for (const offset of offsets) expect(Math.abs(Number(offset))).toBeLessThanOrEqual(501);
  });

  it('keeps no name or address where it cannot be erased', async () => {
    const leaks = await list(`
      SELECT id AS value FROM events
      WHERE match(concat(id, subject, entry), '@lab[.]example|Dan Dev|Sofia|ci-deployer|dan_dev|4111111111111111') LIMIT 3`);
    expect(leaks).toEqual([]);
    const documents = await list(
      "SELECT document AS value FROM policies WHERE match(document, '@lab|Sofia|hpk_|envvar')",
    );
    expect(documents).toEqual([]);
  });

  it('keeps a recording of everything that ran to its end', async () => {
    const without = await list(
      "SELECT session AS value FROM sessions WHERE state = 'ended' AND recordingSha256 = '' ORDER BY session",
    );
    expect(without).toEqual([]);
  });
});
