import type { Block, Group, Row } from './blocks.ts';
import { exceptionColumns, exceptionRow } from './exception-table.ts';
import { testedControls, testsOf, type ReportInput } from './view.ts';

/** Chapter 6: every exception, by test and log index. Never cut. */
export function* registerBlocks(input: ReportInput): Generator<Block> {
  const { packet, words } = input;
  const tests = testsOf(packet);
  const count = tests.reduce((sum, test) => sum + test.exceptions, 0);
  if (count === 0) {
    yield { kind: 'paragraph', text: words.say('register.empty') };
    return;
  }
  const accepted = tests.reduce((sum, test) => sum + test.accepted, 0);
  yield { kind: 'paragraph', text: words.say('register.complete', { count, accepted }) };
  const title = words.say('register.table');
  yield { kind: 'table', title, columns: exceptionColumns(words), rows: registerRows(input) };
}

async function* registerRows(input: ReportInput): AsyncGenerator<Row | Group> {
  const { packet, words, exceptionsOf } = input;
  for (const { title, tests } of testedControls(packet)) {
    for (const test of tests) {
      if (test.exceptions === 0) continue;
      const { id, exceptions: count, population } = test;
      yield { group: words.say('register.group', { test: id, title, count, population }) };
      for await (const item of exceptionsOf(test)) yield exceptionRow(words, item);
    }
  }
}
