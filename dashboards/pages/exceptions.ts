import type { Evaluation } from '../../domain/evaluation.ts';
import { compareKeys, findingKey, findings, type Finding } from '../controls-model.ts';
import { parseCursor, toCursor } from '../cursor.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { filterText, PAGE_ROWS } from '../search.ts';
import { itemModel } from './test-model.ts';
import { waitingPage } from './waiting.ts';

export interface FindingFilter {
  readonly state: string;
  readonly test: string;
  readonly code: string;
  readonly text: string;
}

/** Exceptions of an evaluation that pass a filter, newest first, one page of them. */
export function listFindings(
  evaluation: Evaluation,
  filter: FindingFilter,
  options: { readonly after: string | null; readonly limit: number },
): { readonly rows: readonly Finding[]; readonly total: number; readonly next: string | null } {
  const all = findings(evaluation).filter((finding) => passes(finding, filter));
  const cursor = parseCursor(options.after, 4);
  const rest =
    cursor === undefined ? all : all.filter((finding) => compareKeys(findingKey(finding), cursor) < 0);
  const rows = rest.slice(0, options.limit);
  const last = rows.at(-1);
  return {
    rows,
    total: all.length,
    next: rest.length > rows.length && last !== undefined ? toCursor(findingKey(last)) : null,
  };
}

/** What was found, by which test, and who accepted it? */
export async function exceptionsPage(desk: Desk, visit: Visit): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'exceptions', title: 'Exceptions' });
  const filter = {
    state: filterText(visit.query, 'state'),
    test: filterText(visit.query, 'test'),
    code: filterText(visit.query, 'code'),
    text: filterText(visit.query, 'text'),
  };
  const { rows, total, next } = listFindings(evaluation, filter, {
    after: visit.query.get('after'),
    limit: PAGE_ROWS,
  });
  const tests = evaluation.controls.flatMap((control) => control.tests);
  const everything = tests.reduce((sum, test) => sum + test.exceptions, 0);
  const accepted = tests.reduce((sum, test) => sum + test.accepted, 0);
  const link = (parameters: object): string => visit.link('/exceptions', { ...filter, ...parameters });
  return {
    template: 'exceptions',
    title: 'Exceptions',
    section: 'exceptions',
    crumbs: [{ href: null, text: 'Exceptions' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      label: visit.period.label,
      everything,
      accepted,
      open: everything - accepted,
      fromTests: tests.filter((test) => test.exceptions > 0).length,
      notTested: tests.filter((test) => test.outcome === 'not-tested').length,
      notTestedHref: visit.link('/controls', { outcome: 'not-tested' }),
      cut: tests
        .filter((test) => !test.itemsComplete)
        .map((test) => ({ id: test.id, listed: test.items.length, exceptions: test.exceptions })),
      chips: [
        { text: 'All', count: everything, href: link({ state: '' }), current: filter.state === '' },
        {
          text: 'Open',
          count: everything - accepted,
          href: link({ state: 'open' }),
          current: filter.state === 'open',
        },
        {
          text: 'Accepted',
          count: accepted,
          href: link({ state: 'accepted' }),
          current: filter.state === 'accepted',
        },
      ],
      filter,
      hidden: hiddenFields({ ...visit.period.query, state: filter.state }),
      tests: options(
        tests.filter((test) => test.exceptions > 0).map((test) => test.id),
        filter.test,
      ),
      codes: options(
        tests.flatMap((test) => test.items.map((item) => item.code)),
        filter.code,
      ),
      clearHref: visit.link('/exceptions'),
      filtered: filter.test !== '' || filter.code !== '' || filter.text !== '' || filter.state !== '',
      rows: rows.map(({ item, test, control }) => ({
        ...itemModel(item, visit),
        test: test.id,
        testHref: visit.link(`/tests/${test.id}`),
        title: control.title,
      })),
      shown: rows.length,
      total,
      continued: visit.query.get('after') !== null,
      nextHref: next === null ? '' : link({ after: next }),
    },
  };
}

/** Fields that a GET form has to carry along. */
export function hiddenFields(
  values: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value }));
}

/** Choices of a select, each once, in order. */
export function options(
  values: readonly string[],
  chosen: string,
): readonly { readonly value: string; readonly chosen: boolean }[] {
  const known = new Set(values.filter((value) => value !== ''));
  if (chosen !== '') known.add(chosen);
  return [...known].sort().map((value) => ({ value, chosen: value === chosen }));
}

function passes({ item, test }: Finding, filter: FindingFilter): boolean {
  if (filter.state === 'open' && item.accepted !== null) return false;
  if (filter.state === 'accepted' && item.accepted === null) return false;
  if (filter.test !== '' && filter.test !== test.id) return false;
  if (filter.code !== '' && filter.code !== item.code) return false;
  if (filter.text === '') return true;
  const text = filter.text.toLowerCase();
  return [item.person, item.resource, item.subject, item.code, item.detail].some((value) =>
    value.toLowerCase().includes(text),
  );
}
