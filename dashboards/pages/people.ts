import type { Evaluation } from '../../domain/evaluation.ts';
import { toMillis, type Instant } from '../../domain/time.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { between } from '../search.ts';
import { shortPerson } from '../words.ts';

/** Cells of the matrix read at most; the packet's access summary has all. */
const MAX_CELLS = 5_000;
const MAX_IDENTITIES = 100;
const MAX_TARGETS = 12;
const MAX_OTHERS = 100;

interface ReachRow {
  readonly who: string;
  readonly person: string;
  readonly personName: string;
  readonly identityType: string;
  readonly resource: string;
  readonly sessions: number;
  readonly durationMs: number;
}

interface Person {
  readonly who: string;
  readonly person: string;
  readonly personName: string;
  readonly identityType: string;
  sessions: number;
  durationMs: number;
  readonly targets: Map<string, number>;
}

interface LeaverRow {
  readonly source: string;
  readonly who: string;
  readonly identity: string;
  readonly name: string;
  readonly identityType: string;
  readonly leftAt: Instant;
  readonly latest: Instant | null;
}

interface UnresolvedRow {
  readonly who: string;
  readonly person: string;
  readonly identityType: string;
  readonly sessions: number;
  readonly latest: Instant;
}

/** Who reached what? */
export async function peoplePage(desk: Desk, visit: Visit): Promise<PageView> {
  const range = between(visit.period);
  const [cells, leavers, unresolved] = await Promise.all([
    desk.ask<ReachRow>('reach', { ...range, limit: MAX_CELLS }),
    desk.ask<LeaverRow>('leavers', { ...range, limit: MAX_OTHERS }),
    desk.ask<UnresolvedRow>('unresolved', { ...range, limit: MAX_OTHERS }),
  ]);
  const evaluation = desk.shelf.known(visit.period);
  const exceptions = exceptionPairs(evaluation);
  const people = byPerson(cells);
  const targets = targetsOf(cells);
  return {
    template: 'people',
    title: 'People and identities',
    section: 'people',
    crumbs: [{ href: null, text: 'People and identities' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      label: visit.period.label,
      identities: people.length,
      shownIdentities: Math.min(people.length, MAX_IDENTITIES),
      targets: targets.slice(0, MAX_TARGETS),
      targetsTotal: targets.length,
      otherTargets: targets.length > MAX_TARGETS,
      sessions: cells.reduce((sum, cell) => sum + cell.sessions, 0),
      withExceptions: people.filter((person) => exceptions.has(person.who)).length,
      evaluated: evaluation !== undefined,
      cut: cells.length === MAX_CELLS,
      rows: people
        .slice(0, MAX_IDENTITIES)
        .map((person) => matrixRow(person, targets, { visit, exceptions })),
      leavers: leavers.map((row) => ({
        person: row.name === '' ? shortPerson(row.identity) : row.name,
        identity: row.identity,
        source: row.source,
        leftAt: row.leftAt,
        latest: row.latest ?? '',
        after: row.latest !== null && row.latest > row.leftAt,
        afterMs: row.latest === null ? 0 : Math.max(0, toMillis(row.latest) - toMillis(row.leftAt)),
        href: visit.link('/sessions', { person: row.who }),
      })),
      unresolved: unresolved.map((row) => ({
        person: row.person === '' ? `erased, ${row.who}` : row.person,
        identityType: row.identityType,
        sessions: row.sessions,
        latest: row.latest,
        href: visit.link('/sessions', { person: row.who }),
      })),
    },
  };
}

function byPerson(cells: readonly ReachRow[]): readonly Person[] {
  const people = new Map<string, Person>();
  for (const cell of cells) {
    const found = people.get(cell.who) ?? {
      who: cell.who,
      person: cell.person,
      personName: cell.personName,
      identityType: cell.identityType,
      sessions: 0,
      durationMs: 0,
      targets: new Map<string, number>(),
    };
    found.sessions += cell.sessions;
    found.durationMs += cell.durationMs;
    found.targets.set(cell.resource, (found.targets.get(cell.resource) ?? 0) + cell.sessions);
    people.set(cell.who, found);
  }
  return [...people.values()].sort(
    (left, right) => right.sessions - left.sessions || (left.who < right.who ? -1 : 1),
  );
}

function targetsOf(cells: readonly ReachRow[]): readonly string[] {
  const totals = new Map<string, number>();
  for (const cell of cells) totals.set(cell.resource, (totals.get(cell.resource) ?? 0) + cell.sessions);
  return [...totals]
    .sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
    .map(([name]) => name);
}

function matrixRow(
  person: Person,
  targets: readonly string[],
  context: { readonly visit: Visit; readonly exceptions: ReadonlyMap<string, ReadonlySet<string>> },
): object {
  const { visit, exceptions } = context;
  const name =
    isBareId(person.person) && person.personName !== '' ? person.personName : shortPerson(person.person);
  const others = targets
    .slice(MAX_TARGETS)
    .reduce((sum, target) => sum + (person.targets.get(target) ?? 0), 0);
  return {
    name,
    identity: person.person === '' ? person.who : person.person,
    identityType: person.identityType === '' ? 'type unknown' : person.identityType,
    href: visit.link('/sessions', { person: person.who }),
    sessions: person.sessions,
    durationMs: person.durationMs,
    cells: targets.slice(0, MAX_TARGETS).map((target) => {
      const sessions = person.targets.get(target) ?? 0;
      return {
        sessions,
        step: stepOf(sessions),
        found: exceptions.get(person.who)?.has(target) ?? false,
        href: visit.link('/sessions', { person: person.who, resource: target }),
        name,
        target,
      };
    }),
    others,
  };
}

/** A mere id says nothing to a person; then a name is better than its first characters. */
function isBareId(person: string): boolean {
  return person !== '' && shortPerson(person) !== person && !person.includes('@');
}

/** The ground repeats the number in three steps. */
function stepOf(sessions: number): string {
  if (sessions > 40) return 'many';
  return sessions > 10 ? 'some' : 'few';
}

function exceptionPairs(evaluation: Evaluation | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const pairs = new Map<string, Set<string>>();
  for (const control of evaluation?.controls ?? []) {
    for (const item of control.tests.flatMap((test) => test.items)) {
      if (item.who === '') continue;
      const targets = pairs.get(item.who) ?? new Set<string>();
      targets.add(item.resource);
      pairs.set(item.who, targets);
    }
  }
  return pairs;
}
