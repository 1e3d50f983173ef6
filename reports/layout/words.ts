import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readPhrases, type Phrases } from '../../templates/phrases.ts';
import type { Crosswalk } from './view.ts';

/** The report's sentences. */
export function readWords(): Phrases {
  return readPhrases(new URL('../../templates/report/en.yaml', import.meta.url));
}

/** Where the controls of the edition of 2013 went. */
export function readCrosswalk(): Crosswalk {
  const text = readFileSync(new URL('../../templates/report/annex-a-2013.yaml', import.meta.url), 'utf8');
  const parsed = parse(text) as Record<string, { title: string; to: string[] }>;
  return new Map(Object.entries(parsed));
}
