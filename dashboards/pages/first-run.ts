import type { Evaluation } from '../../domain/evaluation.ts';
import { heatMap, type Theme } from '../controls-model.ts';
import type { PageView, Visit } from '../page.ts';

/** Nothing is collected yet: what is the next step? */
export function firstRunPage(visit: Visit, evaluation: Evaluation): PageView {
  const tests = evaluation.controls.flatMap((control) => control.tests);
  const needs = new Map<string, number>();
  for (const test of tests) {
    for (const need of test.needs) needs.set(need, (needs.get(need) ?? 0) + 1);
  }
  return {
    template: 'first-run',
    title: 'Overview',
    section: 'overview',
    crumbs: [{ href: null, text: 'Overview' }],
    hasPeriod: true,
    model: {
      testable: evaluation.controls.filter((control) => control.tests.length > 0).length,
      controls: evaluation.controls.length,
      untestable: evaluation.controls.filter((control) => control.tests.length === 0).length,
      tests: tests.length,
      needs: [...needs]
        .sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
        .map(([name, count]) => ({ name, count })),
      themes: heatMap(evaluation, visit.link, '').map(outlined),
      sourcesHref: visit.link('/sources'),
    },
  };
}

/** Only whether a control can be tested at all: nothing has an outcome before anything was seen. */
function outlined(theme: Theme): Theme {
  const cells = theme.cells.map((cell) =>
    Object.assign({}, cell, {
      ground: cell.testable ? 'none' : 'dot',
      marks: [],
      words: cell.testable ? 'can be tested from gateway data' : 'no gateway evidence',
    }),
  );
  return { ...theme, cells };
}
