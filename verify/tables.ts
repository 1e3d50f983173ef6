import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { judge } from '../domain/judge.ts';
import { toMicros } from '../domain/time.ts';
import type { Interval } from '../domain/time.ts';
import type { Members } from './members.ts';
import type { PacketView, ResultView } from './packet-view.ts';
import { collectProblems, explain } from './verification.ts';
import type { Problems } from './verification.ts';

/** Longest record of a population file. */
const RECORD_MAX = 1 << 20;

export interface TablesFindings {
  readonly problems: Problems;
  readonly tables: number;
  readonly rows: number;
}

/** Lower-case hex SHA-256 of each file of the packet. */
export type Digests = ReadonlyMap<string, string>;

/**
 * Checks the files behind each test: digest and number of rows of population and exceptions as its IPE block says, the
 * SQL text, and the figures of the result counted again from the population rows.
 */
export async function checkTables(
  members: Members,
  { packet, digests }: { packet: PacketView; digests: Digests },
): Promise<TablesFindings> {
  const problems = collectProblems();
  const results = new Map(
    packet.evaluation.controls.flatMap((control) => control.tests.map((test) => [test.id, test])),
  );
  const listed = new Set<string>();
  let rows = 0;
  for (const block of packet.ipe) {
    const result = results.get(block.test);
    if (result === undefined) problems.add(`${block.test}: has an IPE block, but no result`);
    const population = await checkTable(members, { ...block.population, digests, problems });
    await checkTable(members, { ...block.exceptions, digests, problems });
    rows += block.population.rows + block.exceptions.rows;
    const sql = `${pathOf(block.population.file).replace(/[^/]+$/, '')}${block.test}.sql`;
    if (digests.get(sql) !== block.sqlSha256) problems.add(`${sql}: not the query of the IPE block`);
    for (const path of [pathOf(block.population.file), pathOf(block.exceptions.file), sql]) listed.add(path);
    if (result !== undefined) {
      if (result.sqlSha256 !== block.sqlSha256)
        problems.add(`${block.test}: result and IPE block name different queries`);
      if (population !== undefined) checkFigures(result, population, problems);
      if (result.exceptions !== block.exceptions.rows) {
        problems.add(`${block.test}: ${result.exceptions} exceptions, but ${block.exceptions.rows} rows`);
      }
    }
  }
  for (const name of members.names) {
    if (name.startsWith('data/controls/') && !listed.has(name))
      problems.add(`${name}: no IPE block names it`);
  }
  const described = new Set(packet.ipe.map((block) => block.test));
  for (const { id, population } of results.values()) {
    if (population > 0 && !described.has(id)) problems.add(`${id}: has a population, but no IPE block`);
  }
  return { problems, tables: listed.size, rows };
}

export interface OutcomesFindings {
  readonly problems: Problems;
  readonly tests: number;
}

/** Judges every result again from its own counts, and checks that no list is cut without saying so. */
export function checkOutcomes(packet: PacketView): OutcomesFindings {
  const problems = collectProblems();
  const blindMaxMs = packet.evaluation.limits.find((limit) => limit.name === 'BLIND_MAX')?.value ?? 0;
  const tests = packet.evaluation.controls.flatMap((control) => control.tests);
  const ids = new Set<string>();
  for (const test of tests) {
    if (ids.has(test.id)) problems.add(`${test.id}: has two results`);
    ids.add(test.id);
    if (test.excluded > test.population)
      problems.add(`${test.id}: ${test.excluded} excluded of ${test.population}`);
    if (test.exceptions > test.population - test.excluded)
      problems.add(`${test.id}: more exceptions than tested members`);
    const counts = {
      missing: test.missing,
      tested: test.population - test.excluded,
      excluded: test.excluded,
      exceptions: test.exceptions,
      blindMs: blindMs(test.blind, packet.evaluation.period),
      blindMaxMs,
    };
    const { outcome } = judge(counts);
    if (outcome !== test.outcome)
      problems.add(`${test.id}: says ${test.outcome}, its counts give ${outcome}`);
    if ((test.reason !== undefined) !== (test.outcome === 'not-tested'))
      problems.add(`${test.id}: reason and outcome do not fit`);
    const listed = test.items.length;
    if (test.itemsComplete ? listed !== test.exceptions : listed >= test.exceptions) {
      problems.add(`${test.id}: lists ${listed} of ${test.exceptions} exceptions`);
    }
  }
  return { problems, tests: tests.length };
}

/** Length of the union of intervals inside the period, ms. */
function blindMs(
  intervals: readonly Pick<Interval, 'from' | 'to'>[],
  period: Pick<Interval, 'from' | 'to'>,
): number {
  let total = 0n;
  let reached = toMicros(period.from);
  const end = toMicros(period.to);
  for (const { from, to } of intervals.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const start = max(toMicros(from), reached);
    const stop = min(toMicros(to), end);
    if (stop > start) total += stop - start;
    reached = max(reached, stop);
  }
  return Number(total) / 1000;
}

interface TableClaim {
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
  readonly digests: Digests;
  readonly problems: Problems;
}

interface Recount {
  readonly rows: number;
  readonly excluded: number;
  readonly exceptions: number;
  readonly open: number;
}

async function checkTable(
  members: Members,
  { file, rows, sha256, digests, problems }: TableClaim,
): Promise<Recount | undefined> {
  const path = pathOf(file);
  if (members.sizeOf(path) === undefined) {
    problems.add(`${path}: missing`);
    return undefined;
  }
  if (digests.get(path) !== sha256) problems.add(`${path}: not the digest of the IPE block`);
  try {
    const recount = await countRows(members.read(path));
    if (recount.rows !== rows) problems.add(`${path}: ${recount.rows} rows, the IPE block says ${rows}`);
    return recount;
  } catch (error) {
    problems.add(`${path}: ${explain(error)}`);
    return undefined;
  }
}

async function countRows(chunks: AsyncIterable<Uint8Array>): Promise<Recount> {
  const recount = { rows: 0, excluded: 0, exceptions: 0, open: 0 };
  const records = Readable.from(chunks).pipe(parse({ columns: true, max_record_size: RECORD_MAX }));
  for await (const record of records as AsyncIterable<Record<string, string | undefined>>) {
    recount.rows++;
    if (record['open'] === 'true') recount.open++;
    else if (isFilled(record['excluded'])) recount.excluded++;
    else if (isFilled(record['exception'])) recount.exceptions++;
  }
  return recount;
}

function checkFigures(result: ResultView, recount: Recount, problems: Problems): void {
  const differ = (what: string, said: number, found: number): void => {
    if (said !== found) problems.add(`${result.id}: says ${said} ${what}, its population file has ${found}`);
  };
  differ('members', result.population, recount.rows - recount.open);
  differ('excluded', result.excluded, recount.excluded);
  differ('exceptions', result.exceptions, recount.exceptions);
  differ('open', result.open, recount.open);
}

/** Path inside the packet of a file as packet.json names it. */
function pathOf(file: string): string {
  return file.startsWith('data/') ? file : `data/${file}`;
}

function isFilled(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
