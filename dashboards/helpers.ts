import { formatDuration } from '../domain/duration.ts';
import type { Helper } from '../templates/helpers.ts';
import * as words from './words.ts';

const onText = (format: (text: string) => string): Helper => {
  return (value) => (typeof value === 'string' && value !== '' ? format(value) : 'unknown');
};

/** What page templates may call: figures, times and names in the one form that all pages use. */
export const pageHelpers = {
  num: (value) => (typeof value === 'number' ? words.figure(value) : 'unknown'),
  size: (value) => (typeof value === 'number' ? words.size(value) : 'unknown'),
  duration: (value) => (typeof value === 'number' ? formatDuration(value) : 'unknown'),
  day: onText(words.day),
  dayMinute: onText(words.dayAndMinute),
  moment: onText(words.moment),
  exact: onText(words.exactMoment),
  clock: onText(words.clockTime),
  hash: onText(words.shortHash),
  id: onText(words.shortId),
  /** The short name of a person; an identity whose values were erased has none. */
  who: (value) => (typeof value === 'string' ? words.shortPerson(value) : 'unknown'),
} as const satisfies Record<string, Helper>;
