import type { Block, Row } from './blocks.ts';
import { stateOf, targetOf, type ReportInput } from './view.ts';

/** Chapter 9: words, and where the controls of the edition of 2013 went. */
export function* annexBlocks(input: ReportInput): Generator<Block> {
  const { words, crosswalk } = input;
  yield { kind: 'heading', level: 2, text: words.say('annex.glossary') };
  yield {
    kind: 'table',
    title: words.say('annex.glossary'),
    columns: [
      { head: words.say('annex.columns.word'), width: 100, names: true, prose: true },
      { head: words.say('annex.columns.meaning'), width: { share: 1 }, prose: true },
    ],
    rows: words
      .keys('annex.words')
      .map((key) => [words.say(`annex.words.${key}.word`), words.say(`annex.words.${key}.meaning`)]),
  };
  yield { kind: 'heading', level: 2, text: words.say('annex.crosswalk') };
  const head = (key: string): string => words.say(`annex.crosswalkColumns.${key}`);
  yield {
    kind: 'table',
    title: words.say('annex.crosswalkTable'),
    columns: [
      { head: head('old'), width: 58, names: true },
      { head: head('title'), width: { share: 1 }, prose: true },
      { head: head('new'), width: 78 },
      { head: head('grade'), width: 86 },
    ],
    rows: [...crosswalk].map(([id, { title, to }]) => crosswalkRow(input, { id, title, to })),
  };
}

function crosswalkRow(
  { packet, words }: ReportInput,
  { id, title, to }: { id: string; title: string; to: readonly string[] },
): Row {
  const controls = packet.evaluation.controls.filter((control) => to.includes(control.id));
  const grades = [...new Set(controls.map(({ grade }) => words.say(`grades.${grade}`)))].join(', ');
  const [only] = controls;
  const linked = to.length === 1 && only !== undefined && stateOf(packet, only) === 'tested';
  const text = to.join(', ');
  const link = { target: targetOf(text), says: words.say('annex.link', { id: text }) };
  return [id, title, linked ? { text, link } : text, grades === '' ? '–' : grades];
}
