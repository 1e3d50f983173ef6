import { AnnexaError } from '../../domain/errors.ts';
import type { ControlResult, Evaluation, PreconditionResult } from '../../domain/evaluation.ts';
import { historyOf, testsInWords } from '../controls-model.ts';
import { faceOf, inWords, isOutcome, namingOrder, tallyOf } from '../outcomes.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { historyUntil } from '../history.ts';
import { waitingPage } from './waiting.ts';
import { capitalised, counted } from '../words.ts';
import { filterText } from '../search.ts';
import { hiddenFields } from './exceptions.ts';
import { limitModel, testModel } from './test-model.ts';

const HISTORY_MONTHS = 6;

/** The 93 controls in order of the standard, with the outcomes of their tests. */
export async function controlsPage(desk: Desk, visit: Visit): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'controls', title: 'Controls' });
  const outcome = visit.query.get('outcome') ?? '';
  const find = filterText(visit.query, 'find');
  const shown = evaluation.controls.filter((control) => {
    if (!isNamed(control, find)) return false;
    if (outcome === 'none') return control.tests.length === 0;
    return !isOutcome(outcome) || control.tests.some((test) => test.outcome === outcome);
  });
  const counts = tallyOf(evaluation.controls);
  return {
    template: 'controls',
    title: 'Controls',
    section: 'controls',
    crumbs: [{ href: null, text: 'Controls' }],
    hasPeriod: true,
    model: {
      within: visit.period.within,
      total: evaluation.controls.length,
      testable: evaluation.controls.filter((control) => control.tests.length > 0).length,
      tests: evaluation.controls.reduce((sum, control) => sum + control.tests.length, 0),
      words: inWords(counts),
      chips: [
        {
          text: 'All',
          count: evaluation.controls.length,
          href: visit.link('/controls'),
          current: outcome === '',
        },
        ...namingOrder.map((name) => ({
          text: faceOf(name).word,
          count: evaluation.controls.filter((control) => control.tests.some((test) => test.outcome === name))
            .length,
          href: visit.link('/controls', { outcome: name, find }),
          current: outcome === name,
        })),
        {
          text: 'no gateway evidence',
          count: evaluation.controls.filter((control) => control.tests.length === 0).length,
          href: visit.link('/controls', { outcome: 'none', find }),
          current: outcome === 'none',
        },
      ],
      find,
      hidden: hiddenFields({ ...visit.period.query, outcome }),
      shown: shown.length,
      controls: shown.map((control) => ({
        id: control.id,
        title: control.title,
        href: visit.link(`/controls/${control.id}`),
        grade: control.grade,
        iso2013: control.iso2013.join(', '),
        marks: control.tests.map((test) => faceOf(test.outcome).key),
        words: inWords(tallyOf([control])),
      })),
    },
  };
}

/** Which tests found what, on how many? */
export async function controlPage(desk: Desk, visit: Visit, id: string): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'controls', title: id });
  const at = evaluation.controls.findIndex((control) => control.id === id);
  const control = evaluation.controls[at];
  if (control === undefined) {
    throw new AnnexaError('NOT_FOUND', `there is no control ${id}`, {
      where: visit.path,
      hint: 'The list of controls has all of them.',
    });
  }
  const months = await historyUntil(desk, visit.period, HISTORY_MONTHS);
  const exceptions = control.tests.reduce((sum, test) => sum + test.exceptions, 0);
  return {
    template: 'control',
    title: `${control.id} ${control.title}`,
    section: 'controls',
    crumbs: [
      { href: visit.link('/controls'), text: 'Controls' },
      { href: null, text: control.id },
    ],
    hasPeriod: true,
    model: {
      id: control.id,
      title: control.title,
      theme: control.theme,
      grade: control.grade,
      iso2013: control.iso2013.join(', '),
      tests: testsInWords(tallyOf([control])),
      hasTests: control.tests.length > 0,
      exceptions,
      within: visit.period.within,
      label: visit.period.label,
      previous: neighbour(evaluation, at - 1, visit),
      next: neighbour(evaluation, at + 1, visit),
      buildHref: visit.link('/packets/new', { controls: control.id }),
      results: control.tests.map((test) =>
        testModel(test, {
          desk,
          visit,
          evaluation,
          history: historyOf(test.id, months),
          rows: 20,
          link: true,
        }),
      ),
      cannot: sentences(control.cannotEvidence),
      ...informationUsed(evaluation, control),
    },
  };
}

/** The right column of a control and of a test: preconditions, limits and information used. */
export function informationUsed(evaluation: Evaluation, control: Pick<ControlResult, 'tests'>): object {
  const names = new Set(control.tests.flatMap((test) => test.limits));
  const notable = evaluation.preconditions.filter((precondition) => precondition.outcome !== 'pass');
  return {
    preconditions: evaluation.preconditions.map((precondition) => ({
      id: precondition.id,
      question: precondition.question,
      face: faceOf(precondition.outcome),
    })),
    notable: notable.map((precondition) => ({
      id: precondition.id,
      question: precondition.question,
      word: faceOf(precondition.outcome).word,
      reason: precondition.reason ?? findingsWords(precondition),
    })),
    limits: evaluation.limits.filter((limit) => names.has(limit.name)).map(limitModel),
    unadopted: evaluation.limits.some((limit) => names.has(limit.name) && !limit.adopted),
    period: evaluation.period,
    logs: evaluation.logs.map((log) => ({ origin: log.origin, size: log.size, root: log.root })),
    asOf: evaluation.asOf,
  };
}

/** By id, by an id of 2013 or an objective above it, or by words of the title. */
function isNamed(control: ControlResult, find: string): boolean {
  if (find === '') return true;
  const text = find.toLowerCase();
  return (
    control.id.toLowerCase() === text ||
    control.title.toLowerCase().includes(text) ||
    control.iso2013.some((old) => `${old.toLowerCase()}.`.startsWith(`${text}.`))
  );
}

function findingsWords(precondition: PreconditionResult): string {
  const blind =
    precondition.blind.length === 0 ? '' : `, ${counted(precondition.blind.length, 'blind interval')}`;
  return precondition.exceptions === 0
    ? ''
    : `${precondition.exceptions} of ${precondition.population}${blind}`;
}

/** A text of several sentences as a list. */
export function sentences(text: string): readonly string[] {
  return text
    .split(/;\s+|(?<=\.)\s+(?=[A-Z])/)
    .map((part) => capitalised(part.trim().replace(/\.$/, '')))
    .filter((part) => part !== '');
}

function neighbour(evaluation: Evaluation, at: number, visit: Visit): object | null {
  const control = evaluation.controls[at];
  return control === undefined ? null : { href: visit.link(`/controls/${control.id}`), id: control.id };
}
