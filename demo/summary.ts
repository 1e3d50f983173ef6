import { outcomes, type Evaluation } from '../domain/evaluation.ts';

/** What the demo prints of an evaluation: counts of outcomes, then every exception with its person and place. */
export function summarise(evaluation: Evaluation): string {
  const tests = evaluation.controls.flatMap((control) => control.tests);
  const counts = outcomes.map(
    (outcome) => `${outcome} ${tests.filter((test) => test.outcome === outcome).length}`,
  );
  const found = tests.filter((test) => test.outcome === 'exceptions');
  return [
    '',
    `     Tests: ${counts.join(', ')}. The denominator is access through the gateway.`,
    ...found.flatMap((test) => [
      `     ${test.id}  ${test.exceptions} of ${test.population}  ${test.question}`,
      ...test.items.map(
        (item) =>
          `       ${item.code.padEnd(24)} ${item.person === '' ? item.who : item.person}  ${item.resource}  ${item.subject}`,
      ),
    ]),
    '',
  ].join('\n');
}
