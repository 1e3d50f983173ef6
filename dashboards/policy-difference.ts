import { formatDuration } from '../domain/duration.ts';
import type {
  ApprovalRule,
  BlockRule,
  MaskingRule,
  PolicyDocument,
  PolicyResource,
} from '../domain/policy.ts';
import { listed } from './words.ts';

type Words = readonly string[] | string | number | boolean | undefined | null;

/** What changed from one policy to the next, as sentences in the order of the document; empty when nothing did. */
export function policyDifference(before: PolicyDocument, after: PolicyDocument): readonly string[] {
  return [
    ...named('Target', before.resources, after.resources, (item) => item.name, resourceWords),
    ...listedItems('Grant', before.grants.map(grantWords), after.grants.map(grantWords)),
    ...named('Approval rule', before.approvals, after.approvals, (item) => item.rule, approvalWords),
    ...named('Masking rule', before.masking, after.masking, (item) => item.rule, maskingWords),
    ...named('Block rule', before.blocking, after.blocking, (item) => item.rule, blockWords),
    ...listedItems('Membership', before.members.map(memberWords), after.members.map(memberWords)),
    ...changes('Sign-in', signInWords(before), signInWords(after)),
  ];
}

function named<Item>(
  noun: string,
  before: readonly Item[],
  after: readonly Item[],
  ...how: readonly [(item: Item) => string, (item: Item) => Readonly<Record<string, Words>>]
): string[] {
  const [nameOf, wordsOf] = how;
  const old = new Map(before.map((item) => [nameOf(item), item]));
  const now = new Map(after.map((item) => [nameOf(item), item]));
  const sentences: string[] = [];
  for (const [name, item] of now) {
    const earlier = old.get(name);
    if (earlier === undefined) sentences.push(`${noun} ${name} was added.`);
    else sentences.push(...changes(`${noun} ${name}`, wordsOf(earlier), wordsOf(item)));
  }
  for (const name of old.keys()) {
    if (!now.has(name)) sentences.push(`${noun} ${name} was removed.`);
  }
  return sentences;
}

function listedItems(noun: string, before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...after.filter((item) => !old.has(item)).map((item) => `${noun} added: ${item}.`),
    ...before.filter((item) => !now.has(item)).map((item) => `${noun} removed: ${item}.`),
  ];
}

function changes(
  subject: string,
  before: Readonly<Record<string, Words>>,
  after: Readonly<Record<string, Words>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    if (isList(old) && isList(now)) {
      const sentence = (items: readonly string[], verb: string): string =>
        items.length === 0 ? '' : `${subject}: ${name} ${listed(items)} ${verb}.`;
      const added = now.filter((item) => !old.includes(item));
      const removed = old.filter((item) => !now.includes(item));
      return [sentence(added, 'added'), sentence(removed, 'removed')].filter((text) => text !== '');
    }
    return say(old) === say(now) ? [] : [`${subject}: ${name} changed from ${say(old)} to ${say(now)}.`];
  });
}

function resourceWords(item: PolicyResource): Readonly<Record<string, Words>> {
  return {
    type: item.type,
    owner: item.owner,
    recording: item.recording,
    tags: Object.entries(item.tags)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  };
}

function approvalWords(item: ApprovalRule): Readonly<Record<string, Words>> {
  return {
    targets: item.resources,
    kinds: item.kinds,
    'required for': item.requiredFor,
    reviewers: item.reviewers,
    'number of approvals': item.needed,
    'who may force': item.force,
    'skip group': item.skip,
    'longest window': item.maxDurationMs === undefined ? undefined : formatDuration(item.maxDurationMs),
  };
}

function maskingWords(item: MaskingRule): Readonly<Record<string, Words>> {
  return { targets: item.resources, types: item.types };
}

function blockWords(item: BlockRule): Readonly<Record<string, Words>> {
  return {
    targets: item.resources,
    direction: item.direction,
    action: item.action,
    words: item.words,
    patterns: item.patterns,
    operations: item.operations,
    entities: item.entities ?? [],
    'case sensitivity': item.caseSensitive,
  };
}

function grantWords(item: PolicyDocument['grants'][number]): string {
  const roles = item.roles.length === 0 ? '' : ` as ${listed(item.roles)}`;
  return `${item.principal} on ${item.resource}${roles}${item.until === null ? '' : ` until ${item.until}`}`;
}

function memberWords(item: PolicyDocument['members'][number]): string {
  return `${item.identity} in group ${item.group}`;
}

function signInWords({ signIn }: PolicyDocument): Readonly<Record<string, Words>> {
  return {
    method: signIn.method,
    'second factor required': signIn.mfaRequired,
    'local login': signIn.localLogin,
  };
}

function say(value: Words): string {
  if (value === undefined || value === null || value === '') return 'unknown';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return isList(value) ? listed(value) : String(value);
}

function isList(value: Words): value is readonly string[] {
  return Array.isArray(value);
}
