import type { Evaluation, TestResult } from '../domain/evaluation.ts';
import { formatDuration } from '../domain/duration.ts';
import { toMillis, type Instant } from '../domain/time.ts';
import type { Link } from './links.ts';
import { counted, day, dayAndMinute, listed, shortPerson } from './words.ts';

export interface AttentionItem {
  /** `exc` or `nt` for an outcome's shape, else the name of a line icon. */
  readonly shape: string;
  readonly icon: string;
  readonly text: string;
  readonly href: string;
  readonly due: string;
  readonly why: string;
}

/** Ends of acceptances are announced this long before. */
const ANNOUNCE_MS = 30 * 86_400_000;
const MAX_NAMED = 3;

/**
 * What a person should look at, most urgent first: exceptions that nobody accepted, then causes of `not tested` by the
 * tests that they cost, then acceptances that end soon.
 */
export function attention(evaluation: Evaluation, link: Link, now: Instant): readonly AttentionItem[] {
  return [
    ...exceptionItems(evaluation, link),
    ...causeItems(evaluation, link),
    ...endingItems(evaluation, link, now),
  ];
}

function exceptionItems(evaluation: Evaluation, link: Link): readonly AttentionItem[] {
  return tests(evaluation)
    .filter((test) => test.exceptions > test.accepted)
    .sort(
      (left, right) =>
        right.exceptions - right.accepted - (left.exceptions - left.accepted) || order(left.id, right.id),
    )
    .map((test) => {
      const open = test.items.filter((item) => item.accepted === null);
      const codes = unique(open.map((item) => item.code));
      const people = unique(
        open
          .map((item) => item.person)
          .filter((person) => person !== '')
          .map(shortPerson),
      );
      return {
        shape: 'exc',
        icon: '',
        text: codes.length === 0 ? test.question : codes.slice(0, MAX_NAMED).join(', '),
        href: link('/exceptions', { test: test.id }),
        due: `${test.exceptions - test.accepted} of ${test.population}`,
        why: [test.id, ...people.slice(0, MAX_NAMED), ...more(people.length)].join(', '),
      };
    });
}

function causeItems(evaluation: Evaluation, link: Link): readonly AttentionItem[] {
  const lists = new Map<string, string[]>();
  for (const test of tests(evaluation)) {
    if (test.outcome !== 'not-tested') continue;
    for (const need of test.missing) lists.set(need, [...(lists.get(need) ?? []), test.id]);
  }
  const blind = new Map<string, { from: Instant; to: Instant; reason: string; tests: Set<string> }>();
  for (const test of tests(evaluation)) {
    if (test.outcome !== 'not-tested' || test.missing.length > 0) continue;
    for (const interval of test.blind) {
      const key = `${interval.from}/${interval.to}/${interval.reason}`;
      const found = blind.get(key) ?? { ...interval, tests: new Set<string>() };
      found.tests.add(test.id);
      blind.set(key, found);
    }
  }
  const blindItems = [...blind.values()].map((interval) => ({
    gained: interval.tests.size,
    text: `Nothing was seen for ${formatDuration(toMillis(interval.to) - toMillis(interval.from))} on ${day(interval.from)}`,
    why: `${dayAndMinute(interval.from)} to ${dayAndMinute(interval.to)} UTC: ${interval.reason}.`,
    href: link('/sources#blind'),
  }));
  const listItems = [...lists].map(([need, ids]) => ({
    gained: ids.length,
    text: `Bring in what is missing: ${need}`,
    why: `${listed(ids.slice(0, MAX_NAMED))}${ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : ''} cannot run without it.`,
    href: link('/controls', { outcome: 'not-tested' }),
  }));
  return [...blindItems, ...listItems]
    .sort((left, right) => right.gained - left.gained || order(left.text, right.text))
    .map(({ gained, text, why, href }) => ({
      shape: 'nt',
      icon: '',
      text,
      href,
      due: counted(gained, 'test'),
      why,
    }));
}

function endingItems(evaluation: Evaluation, link: Link, now: Instant): readonly AttentionItem[] {
  const ending = tests(evaluation).flatMap((test) =>
    test.items.flatMap((item) => {
      const until = item.accepted?.until;
      if (until === undefined) return [];
      const left = toMillis(until) - toMillis(now);
      return left > 0 && left < ANNOUNCE_MS ? [{ test, item, until, left }] : [];
    }),
  );
  return ending
    .sort((a, b) => a.left - b.left || order(a.test.id, b.test.id))
    .map(({ test, item, until, left }) => ({
      shape: '',
      icon: 'clock',
      text: `An accepted exception ends on ${day(until)}`,
      href: link('/exceptions', { test: test.id }),
      due: formatDuration(left),
      why: `${test.id}, ${item.code}, ${shortPerson(item.person)} on ${item.resource === '' ? 'no target' : item.resource}`,
    }));
}

function tests(evaluation: Evaluation): TestResult[] {
  return evaluation.controls.flatMap((control) => control.tests);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function more(amount: number): readonly string[] {
  return amount > MAX_NAMED ? [`${amount - MAX_NAMED} more`] : [];
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
