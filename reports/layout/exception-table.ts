import type { TestItem } from '../../domain/evaluation.ts';
import type { Phrases } from '../../templates/phrases.ts';
import type { Column, Row } from './blocks.ts';
import { figure } from './view.ts';

/** Columns of every list of exceptions. */
export function exceptionColumns(words: Phrases): readonly Column[] {
  const head = (key: string): string => words.say(`exceptions.columns.${key}`);
  return [
    { head: head('index'), width: 48, align: 'right' },
    { head: head('time'), width: 54 },
    { head: head('subject'), width: 104, style: 'identifier' },
    { head: head('who'), width: 88 },
    { head: head('resource'), width: 64 },
    { head: head('code'), width: { share: 1 } },
    { head: head('accepted'), width: 64 },
  ];
}

export function exceptionRow(words: Phrases, item: TestItem): Row {
  const { index, time, subject, who, person, resource, code, accepted } = item;
  return [
    figure(index),
    `${time.slice(0, 10)} ${time.slice(11, 19)}`,
    subject,
    person === '' ? who : person,
    resource,
    code,
    accepted === null ? '–' : words.say('exceptions.accepted', { ...accepted }),
  ];
}
