import { formatDuration } from '../domain/duration.ts';
import type { Helper } from '../templates/helpers.ts';
import * as words from './words.ts';

const onText = (format: (text: string) => string): Helper => {
  return (value) => (typeof value === 'string' && value !== '' ? format(value) : 'unknown');
};

/**
 * What page templates may call: figures, times and hashes in the one form that all pages use. A helper hides a field
 * of the same name, so none of these is named like one.
 */
export const pageHelpers = {
  num: (value) => (typeof value === 'number' ? words.figure(value) : 'unknown'),
  inBytes: (value) => (typeof value === 'number' ? words.size(value) : 'unknown'),
  duration: (value) => (typeof value === 'number' ? formatDuration(value) : 'unknown'),
  date: onText(words.day),
  dayMinute: onText(words.dayAndMinute),
  daySecond: onText(words.dayAndSecond),
  moment: onText(words.moment),
  exact: onText(words.exactMoment),
  clockTime: onText(words.clockTime),
  shortHash: onText(words.shortHash),
} as const satisfies Record<string, Helper>;
