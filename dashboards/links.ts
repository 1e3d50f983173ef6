import type { ChosenPeriod } from './period.ts';

export type LinkParameters = Readonly<Record<string, string | number | null | undefined>>;

/** Makes addresses of pages; the period goes with every one. Empty parameters are left out. */
export type Link = (path: string, parameters?: LinkParameters) => string;

export function createLink(period: Pick<ChosenPeriod, 'query'>): Link {
  return (path, parameters = {}) => address(path, { ...period.query, ...parameters });
}

export function address(path: string, parameters: LinkParameters): string {
  const [base = '', fragment] = path.split('#');
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return `${base}${text === '' ? '' : `?${text}`}${fragment === undefined ? '' : `#${fragment}`}`;
}
