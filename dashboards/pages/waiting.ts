import type { PageView, SectionKey, Visit } from '../page.ts';

const RELOAD_SECONDS = 3;

/** The tests of a period take a while the first time. The page says so and comes back by itself. */
export function waitingPage(
  visit: Visit,
  place: { readonly section: SectionKey; readonly title: string },
): PageView {
  return {
    template: 'waiting',
    title: place.title,
    section: place.section,
    crumbs: [{ href: null, text: place.title }],
    hasPeriod: true,
    reloadSeconds: RELOAD_SECONDS,
    model: { label: visit.period.label, seconds: RELOAD_SECONDS },
  };
}
