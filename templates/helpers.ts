/** A pure function that templates may call. Gets the arguments as written, without Handlebars' own options. */
export type Helper = (...values: unknown[]) => unknown;

/**
 * Figures and dates in one form everywhere: digits grouped by commas, ISO 8601 in UTC whatever the machine's locale
 * or zone. Unknown is "–", zero is "0".
 */
export const standardHelpers = {
  num: (value) => (typeof value === 'number' ? formatCount(value) : '–'),
  /** Day of an instant: 2026-07-01. */
  day: (value) => (typeof value === 'string' ? value.slice(0, 10) : '–'),
  /** Minute of an instant: 2026-07-01 06:00. */
  minute: (value) => (typeof value === 'string' ? value.slice(0, 16).replace('T', ' ') : '–'),
  /** Second of an instant: 2026-07-01 06:00:00. */
  second: (value) => (typeof value === 'string' ? value.slice(0, 19).replace('T', ' ') : '–'),
  percent: (value) =>
    typeof value === 'number' ? `${(value * 100).toFixed(value > 0 && value < 0.1 ? 2 : 1)} %` : '–',
  /** `{{plural n "entry" "entries"}}`: the word alone. */
  plural: (count, one, many) => (count === 1 ? one : many),
  list: (values) => (Array.isArray(values) ? values.join(', ') : '–'),
  eq: (left, right) => left === right,
} as const satisfies Record<string, Helper>;

const figures = new Intl.NumberFormat('en');

export function formatCount(value: number): string {
  return figures.format(value);
}
