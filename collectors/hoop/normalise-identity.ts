import { createHash } from 'node:crypto';
import { identityKey, type Event } from '../../domain/event.ts';
import { toCanonicalJson, type Json } from '../../domain/canonical.ts';
import type { Keyring } from '../../domain/ports.ts';
import type { Instant } from '../../domain/time.ts';
import type { KnownIdentity } from '../history.ts';
import { fieldsOf, listOf, textOf, textsOf } from './json.ts';
import { toIdentity, type Person } from './person.ts';
import type { StateAnswers } from './read-state.ts';

/** An identity as a list of the gateway shows it. */
export type ListedIdentity = {
  readonly person: Person;
  readonly type: 'human' | 'machine';
  readonly active: boolean;
  /** Set for API keys, where the list can be read: a key that is switched off was revoked. */
  readonly isKey?: true;
  readonly groups: readonly string[];
  readonly owner?: Person;
};

/** Everybody on the gateway's own lists, in the order of their identity, each once. */
export function toListedIdentities(answers: StateAnswers): readonly ListedIdentity[] {
  const listed = [
    ...listOf(answers.users).flatMap((row) => toListed(fieldsOf(row), 'human')),
    ...listOf(answers.serviceAccounts).flatMap((row) => {
      const fields = fieldsOf(row);
      return toListed({ ...fields, id: fields['subject'] ?? fields['id'] }, 'machine');
    }),
    ...listOf(answers.machineIdentities).flatMap((row) => toListed(fieldsOf(row), 'machine')),
    ...listOf(answers.apiKeys).flatMap((row) => toListed(fieldsOf(row), 'machine', true)),
    ...ownKey(answers.userinfo),
  ];
  const byKey = new Map<string, ListedIdentity>();
  for (const entry of listed) {
    const key = identityKey(entry.person) ?? '';
    if (!byKey.has(key)) byKey.set(key, entry);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function toListed(
  fields: Readonly<Record<string, unknown>>,
  type: 'human' | 'machine',
  isKey = false,
): readonly ListedIdentity[] {
  const person = toIdentity({
    id: textOf(fields['id']),
    email: textOf(fields['email']),
    name: textOf(fields['name']),
  });
  if (person === undefined) return [];
  const createdBy = textOf(fields['created_by']);
  const owner = createdBy === undefined ? undefined : toIdentity({ email: createdBy });
  const status = textOf(fields['status']) ?? 'active';
  const active = status === 'active' || status === 'invited';
  const groups = textsOf(fields['groups']);
  return [
    { person, type, active, groups, ...(owner === undefined ? {} : { owner }), ...(isKey ? { isKey } : {}) },
  ];
}

/** The collector's own credential: an API key shows its name where a person has an address. */
function ownKey(userinfo: unknown): readonly ListedIdentity[] {
  const fields = fieldsOf(userinfo);
  const isPerson = textOf(fields['email'])?.includes('@') === true;
  return toListed(fields, isPerson ? 'human' : 'machine');
}

export interface IdentityChange {
  readonly source: string;
  readonly listed: readonly ListedIdentity[];
  readonly known: readonly KnownIdentity[];
  /** Members of groups in the snapshot before this reading, and the moment by which it was taken. */
  readonly membersBefore:
    { readonly members: readonly { group: string; identity: string }[]; readonly time: Instant } | undefined;
  readonly observedBetween: readonly [Instant | null, Instant];
  readonly keyring: Keyring;
}

/**
 * What is different from what the log knows: `seen` at the first reading of all, then joined, left, disabled, enabled,
 * renamed, key-revoked, group-added and group-removed. The gateway tells none of these: they are differences of two
 * readings, and happened somewhere between them.
 */
export function identityEvents(change: IdentityChange): readonly Event[] {
  const known = new Map(change.known.map((entry) => [entry.who, entry]));
  const keys = new Set(change.known.flatMap((entry) => identityKey(entry.identity) ?? []));
  const isFirst = change.known.length === 0;
  const listedKeys = new Set(change.listed.map((entry) => identityKey(entry.person)));
  const events = change.listed.flatMap((entry) => {
    const who = change.keyring.who(entry.person, change.observedBetween[1]);
    if (who === undefined) return [];
    const before = known.get(who);
    // A new year's pseudonym of somebody who was there before is not a joiner.
    const isKnown = keys.has(identityKey(entry.person) ?? '');
    const changes = before === undefined ? [isFirst || isKnown ? 'seen' : 'joined'] : returned(before, entry);
    if (entry.active !== isActive(before?.status)) changes.push(...activity(entry));
    return [
      ...changes.map((name) => toEvent(change, { entry, who, change: name })),
      ...groupChanges(change, entry).map(([name, group]) =>
        toEvent(change, { entry, who, change: name, group }),
      ),
    ];
  });
  const gone = change.known.filter(
    (entry) => entry.status !== 'left' && entry.identityType !== '' && isGone(entry, listedKeys),
  );
  return [...events, ...gone.map((entry) => leftEvent(change, entry))];
}

function isGone(entry: KnownIdentity, listed: ReadonlySet<string | undefined>): boolean {
  const key = identityKey(entry.identity);
  return key !== undefined && !listed.has(key);
}

function returned(before: KnownIdentity, entry: ListedIdentity): string[] {
  const changes = before.status === 'left' ? ['joined'] : [];
  const name = before.identity.name;
  if (name !== undefined && name !== entry.person.name) changes.push('renamed');
  return changes;
}

function isActive(status: string | undefined): boolean {
  return status !== 'disabled' && status !== 'key-revoked';
}

function activity(entry: ListedIdentity): readonly string[] {
  if (entry.active) return ['enabled'];
  return entry.isKey === true ? ['key-revoked'] : ['disabled'];
}

function groupChanges(change: IdentityChange, entry: ListedIdentity): readonly (readonly [string, string])[] {
  if (change.membersBefore === undefined) return [];
  const { members, time } = change.membersBefore;
  const who = change.keyring.who(entry.person, time);
  const before = new Set(members.filter(({ identity }) => identity === who).map(({ group }) => group));
  const added = entry.groups
    .filter((group) => !before.has(group))
    .map((group) => ['group-added', group] as const);
  const removed = [...before]
    .filter((group) => !entry.groups.includes(group))
    .map((group) => ['group-removed', group] as const);
  return [...added, ...removed];
}

interface Difference {
  readonly entry: ListedIdentity;
  readonly who: string;
  readonly change: string;
  readonly group?: string;
}

function toEvent(change: IdentityChange, { entry, who, change: name, group }: Difference): Event {
  const data = {
    identity: entry.person,
    identityType: entry.type,
    change: name,
    group,
    owner: entry.owner,
    observedBetween: [...change.observedBetween],
  };
  return withId(change, { who, data });
}

function leftEvent(change: IdentityChange, entry: KnownIdentity): Event {
  const { id, email, name } = entry.identity;
  const identity: Person = toIdentity({ id, email, name }) ?? {};
  const data = {
    identity,
    identityType: entry.identityType,
    change: 'left',
    observedBetween: [...change.observedBetween],
  };
  return withId(change, { who: change.keyring.who(identity, change.observedBetween[1]) ?? entry.who, data });
}

function withId(
  change: IdentityChange,
  { who, data }: { who: string; data: Record<string, Json | undefined> },
): Event {
  const clear = { change: data['change'], group: data['group'], between: data['observedBetween'] };
  const digest = createHash('sha256')
    .update(toCanonicalJson({ who, ...clear }))
    .digest('hex')
    .slice(0, 32);
  return {
    source: change.source,
    id: `identity.changed:${who}:${digest}`,
    kind: 'identity.changed',
    time: change.observedBetween[1],
    subject: `identity/${who}`,
    data,
  };
}
