import type { Instant } from '../domain/time.ts';
import { createRenderer } from '../templates/render.ts';
import type { Assets } from './assets.ts';
import { pageHelpers } from './helpers.ts';
import { hiddenFields } from './pages/exceptions.ts';
import type { PageView, SectionKey, Visit } from './page.ts';
import { address } from './links.ts';
import { figure } from './words.ts';

/** What this browser asked for by cookie. */
export interface Look {
  readonly theme: '' | 'light' | 'dark';
  readonly keys: boolean;
}

/** The state of the log as the foot of a page tells it; null when it cannot be read. */
export interface LogFoot {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly received: Instant | '';
}

export interface Counts {
  readonly controls: number | undefined;
  readonly exceptions: number | undefined;
}

export interface Drawing {
  /** A page in its frame. */
  page(
    view: PageView,
    visit: Visit,
    around: { readonly look: Look; readonly log: LogFoot | null; readonly counts: Counts },
  ): string;
  /** A page without a frame: for those who are not signed in. */
  alone(
    template: string,
    model: object,
    options: { readonly title: string; readonly look: Look; readonly reloadSeconds?: number },
  ): string;
}

interface Section {
  readonly heading: string;
  readonly items: readonly {
    readonly section: SectionKey;
    readonly path: string;
    readonly text: string;
    readonly key: boolean;
  }[];
}

const item = (section: SectionKey, text: string, key = false): Section['items'][number] => ({
  section,
  path: section === 'overview' ? '/' : `/${section}`,
  text,
  key,
});

const SECTIONS: readonly Section[] = [
  {
    heading: '',
    items: [
      item('overview', 'Overview', true),
      item('controls', 'Controls', true),
      item('exceptions', 'Exceptions', true),
    ],
  },
  {
    heading: 'Activity',
    items: [
      item('sessions', 'Sessions', true),
      item('approvals', 'Approvals'),
      item('policies', 'Policies'),
      item('people', 'People and identities'),
    ],
  },
  { heading: 'Deliver', items: [item('packets', 'Packets', true)] },
  { heading: 'Ground', items: [item('sources', 'Sources'), item('log', 'Log', true)] },
];

/** Compiles the templates once and draws pages from them. */
export function createDrawing(options: { readonly assets: Assets; readonly organisation: string }): Drawing {
  const renderer = createRenderer({
    directory: new URL('../templates/pages/', import.meta.url),
    helpers: pageHelpers,
  });
  const { organisation } = options;
  const base = { assets: options.assets.hrefs, organisation };
  return {
    page(view, visit, { look, log, counts }) {
      const body = renderer.render(view.template, view.model);
      return renderer.render('layout', {
        ...base,
        title: view.title,
        theme: look.theme,
        keysOff: !look.keys,
        reloadSeconds: view.reloadSeconds ?? 0,
        body,
        frame: {
          organisation,
          home: visit.link('/'),
          sections: SECTIONS.map((section) => ({
            heading: section.heading,
            items: section.items.map((entry) => ({
              href: visit.link(entry.path),
              text: entry.text,
              key: entry.key ? entry.section : '',
              count: countOf(entry.section, counts),
              current: entry.section === view.section,
            })),
          })),
          reader: visit.reader,
          csrf: visit.csrf,
          settings: visit.link('/settings'),
          crumbs: view.crumbs.map((crumb) => ({ href: crumb.href ?? '', text: crumb.text })),
          hidden: hiddenFields(visit.period.query),
          period: view.hasPeriod ? periodModel(visit) : null,
          log,
        },
      });
    },
    alone(template, model, { title, look, reloadSeconds }) {
      const body = renderer.render(template, { organisation, ...model });
      return renderer.render('layout', {
        ...base,
        title,
        theme: look.theme,
        keysOff: true,
        reloadSeconds: reloadSeconds ?? 0,
        body,
        frame: null,
      });
    },
  };
}

function countOf(section: SectionKey, counts: Counts): string {
  const count =
    section === 'controls' ? counts.controls : section === 'exceptions' ? counts.exceptions : undefined;
  return count === undefined ? '' : figure(count);
}

function periodModel(visit: Visit): object {
  const { previous, next, label } = visit.period;
  const kept = Object.fromEntries(
    [...visit.query].filter(([name]) => !['period', 'from', 'to', 'after'].includes(name)),
  );
  const step = (to: typeof previous): object | null =>
    to === null ? null : { href: address(visit.path, { ...kept, ...to.query }), label: to.label };
  return {
    label,
    previous: step(previous),
    next: step(next),
    change: visit.link('/period', { back: visit.path }),
  };
}
