import type { PageView, Visit } from '../page.ts';

const MAX_PATH = 2_000;

/** Choose another period, then go back to where one came from. */
export function periodPage(visit: Visit): PageView {
  return {
    template: 'period',
    title: 'Period',
    section: 'overview',
    crumbs: [{ href: null, text: 'Period' }],
    hasPeriod: false,
    model: {
      label: visit.period.label,
      from: visit.period.from.slice(0, 10),
      to: visit.period.to.slice(0, 10),
      back: safeBack(visit.query.get('back')),
    },
  };
}

/** Theme and keyboard shortcuts of this browser. */
export function settingsPage(
  visit: Visit,
  current: { readonly theme: string; readonly keys: boolean },
): PageView {
  return {
    template: 'settings',
    title: 'Settings',
    section: 'settings',
    crumbs: [{ href: null, text: 'Settings' }],
    hasPeriod: false,
    model: {
      csrf: visit.csrf,
      themes: [
        { value: '', text: 'As the system', chosen: current.theme === '' },
        { value: 'light', text: 'Light', chosen: current.theme === 'light' },
        { value: 'dark', text: 'Dark', chosen: current.theme === 'dark' },
      ],
      keys: current.keys,
    },
  };
}

/** A path of our own to return to, with its query; anything else is the overview. */
export function safeBack(path: string | null): string {
  return path !== null && path.length <= MAX_PATH && /^\/(?![/\\])[\w/.%~:?&=+-]*$/.test(path) ? path : '/';
}
