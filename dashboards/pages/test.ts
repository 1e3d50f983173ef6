import { AnnexaError } from '../../domain/errors.ts';
import { findTest, historyOf } from '../controls-model.ts';
import { faceOf } from '../outcomes.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { historyUntil } from '../history.ts';
import { waitingPage } from './waiting.ts';
import { informationUsed, sentences } from './controls.ts';
import { testModel } from './test-model.ts';

const HISTORY_MONTHS = 12;
const MAX_ROWS = 100;

/** What was asked, of whom, and who fell out? */
export async function testPage(desk: Desk, visit: Visit, id: string): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'controls', title: id });
  const found = findTest(evaluation, id);
  if (found === undefined) {
    throw new AnnexaError('NOT_FOUND', `there is no test ${id}`, {
      where: visit.path,
      hint: 'Each control lists its tests.',
    });
  }
  const { control, test } = found;
  const months = await historyUntil(desk, visit.period, HISTORY_MONTHS);
  return {
    template: 'test',
    title: test.id,
    section: 'controls',
    crumbs: [
      { href: visit.link('/controls'), text: 'Controls' },
      { href: visit.link(`/controls/${control.id}`), text: control.id },
      { href: null, text: test.id },
    ],
    hasPeriod: true,
    model: {
      id: test.id,
      title: control.title,
      within: visit.period.within,
      word: faceOf(test.outcome).word,
      notTested: test.outcome === 'not-tested',
      none: test.outcome === 'no-occurrence',
      exceptions: test.exceptions,
      tested: test.population - test.excluded,
      reason: test.reason ?? '',
      buildHref: visit.link('/packets/new', { controls: control.id }),
      result: testModel(test, {
        desk,
        visit,
        evaluation,
        history: historyOf(test.id, months),
        rows: MAX_ROWS,
        link: false,
      }),
      cannot: sentences(control.cannotEvidence),
      ...informationUsed(evaluation, { tests: [test] }),
    },
  };
}
