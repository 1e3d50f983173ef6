import { readFileSync } from 'node:fs';
import type { AccessCounts, Packet, PacketPolicy, SourceCompleteness } from '../../domain/packet.ts';
import type { ReadStore } from '../../domain/ports.ts';
import { addMillis, toInstant, toSqlTime, type Instant, type Period } from '../../domain/time.ts';

/** A question to the log as it was at one size. */
export type Cut = {
  readonly log: number;
  readonly size: number;
};

export interface PacketFacts {
  readonly asOf: Instant;
  /** Indexes that could hold events of the period: [from, to). */
  readonly range: { readonly from: number; readonly to: number };
  readonly sources: readonly SourceCompleteness[];
  readonly policies: readonly PacketPolicy[];
  readonly lateArrivals: Packet['lateArrivals'];
  readonly access: AccessCounts;
  readonly erased: number;
  /** The packet built last before this size. */
  readonly previous: { readonly id: string; readonly size: number } | null;
}

export interface AccessRow {
  readonly who: string;
  readonly person: string;
  readonly resource: string;
  readonly sessions: number;
  readonly neverReleased: number;
  readonly durationMs: number;
  readonly open: number;
  readonly ok: number;
  readonly failed: number;
  readonly blocked: number;
  readonly killed: number;
  readonly rejected: number;
  readonly abandoned: number;
}

/**
 * What a packet says besides its tests. Every query is cut at the log's size, so that the same size gives the same facts
 * whatever was appended since. The log must not be empty.
 */
export async function readFacts(store: ReadStore, cut: Cut, period: Period): Promise<PacketFacts> {
  const times = { from: toSqlTime(period.from), to: toSqlTime(period.to) };
  const range = await readRange(store, cut, period);
  const inRange = { ...cut, from: range.from };
  const [previous] = await store.select<{ id: string; size: number }>(sql.packets, {
    ...cut,
    until: END_OF_TIME,
  });
  const [earlier] = await store.select<{ size: number }>(sql.packets, { ...cut, until: times.from });
  const [access] = await store.select<AccessCounts>(sql.access, { ...cut, ...times });
  const [erased] = await store.select<{ erased: number }>(sql.erased, inRange);
  return {
    asOf: await readAsOf(store, cut),
    range,
    sources: await readSources(store, inRange),
    policies: await readPolicies(store, { ...cut, ...times }),
    lateArrivals:
      earlier === undefined
        ? []
        : await store.select(sql.late, { ...cut, from: times.from, after: earlier.size }),
    access: access ?? { identities: 0, resources: 0, sessions: 0, commands: 0, decisions: 0 },
    erased: erased?.erased ?? 0,
    previous: previous ?? null,
  };
}

/** Sessions of the period by identity and resource. */
export function readAccessSummary(store: ReadStore, cut: Cut, period: Period): Promise<AccessRow[]> {
  const times = { from: toSqlTime(period.from), to: toSqlTime(period.to) };
  return store.select<AccessRow>(sql.accessSummary, { ...cut, ...times });
}

/** An event can be received before its time by a source's clock, but not by more than this. */
const EARLIEST_MS = 24 * 3_600_000;
const END_OF_TIME = '2199-12-31 23:59:59.999999';

const read = (name: string): string => readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
const sql = {
  access: read('access'),
  accessSummary: read('access-summary'),
  asOf: read('as-of'),
  erased: read('erased'),
  late: read('late'),
  packets: read('packets'),
  policies: read('policies'),
  range: read('range'),
  sources: read('sources'),
} as const;

async function readRange(store: ReadStore, cut: Cut, period: Period): Promise<PacketFacts['range']> {
  const after = toSqlTime(addMillis(period.from, -EARLIEST_MS));
  const [row] = await store.select<{ first: number; entries: number }>(sql.range, { ...cut, after });
  return { from: row === undefined || row.entries === 0 ? cut.size : row.first, to: cut.size };
}

async function readAsOf(store: ReadStore, { log, size }: Cut): Promise<Instant> {
  const [row] = await store.select<{ received: string }>(sql.asOf, { log, last: size - 1 });
  return toInstant(row?.received ?? '', `log entry ${size - 1}`);
}

type SourceRow = Omit<SourceCompleteness, 'kind'> & { readonly sourceKind: string };

async function readSources(
  store: ReadStore,
  parameters: Cut & { from: number },
): Promise<SourceCompleteness[]> {
  const rows = await store.select<SourceRow>(sql.sources, parameters);
  return rows.map(({ sourceKind, ...row }) => ({ ...row, kind: sourceKind }));
}

type PolicyRow = Omit<PacketPolicy, 'counts'> & {
  readonly log: number;
  readonly counts: Readonly<Record<string, number | string>>;
};

async function readPolicies(
  store: ReadStore,
  parameters: Cut & { from: string; to: string },
): Promise<PacketPolicy[]> {
  const rows = await store.select<PolicyRow>(sql.policies, parameters);
  return rows.map(({ source, sha256, inForceFrom, inForceTo, index, counts }) => ({
    source,
    sha256,
    inForceFrom,
    inForceTo,
    index,
    counts: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)])),
  }));
}
