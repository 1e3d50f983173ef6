import { outcomes } from '../../domain/evaluation.ts';
import type { Block, MarkKind } from './blocks.ts';
import { outcomeCell, type ReportInput } from './view.ts';

const marks: readonly MarkKind[] = [...outcomes, 'no-evidence', 'not-applicable'];
const steps = ['files', 'attested', 'signed', 'embedded', 'populations', 'everything'] as const;

/** Chapter 1: what the marks mean, and how to check the packet without its maker. Fits one page. */
export function* readBlocks({ words, predicateType }: ReportInput): Generator<Block> {
  yield { kind: 'paragraph', text: words.say('read.intro') };
  yield { kind: 'heading', level: 2, small: true, text: words.say('read.outcomes'), keep: 60 };
  yield {
    kind: 'table',
    title: words.say('read.outcomes'),
    columns: [
      { head: words.say('read.columns.mark'), width: 104 },
      { head: words.say('read.columns.meaning'), width: { share: 1 }, prose: true },
      { head: words.say('read.columns.ask'), width: 150, prose: true },
    ],
    rows: marks.map((mark) => [
      outcomeCell(words, mark),
      words.say(`read.meaning.${mark}`),
      words.say(`read.ask.${mark}`),
    ]),
  };
  yield { kind: 'paragraph', text: words.say('read.grades'), style: 'note' };
  yield { kind: 'heading', level: 2, small: true, text: words.say('read.verify'), keep: 60 };
  yield {
    kind: 'table',
    title: words.say('read.verify'),
    columns: [
      { head: words.say('read.steps.number'), width: 24, align: 'right' },
      { head: words.say('read.steps.what'), width: 168, prose: true },
      { head: words.say('read.steps.command'), width: { share: 1 }, style: 'command' },
    ],
    rows: steps.map((step, at) => [
      String(at + 1),
      words.say(`read.${step}`),
      words.say(`commands.${step}`, { predicateType }),
    ]),
  };
  yield { kind: 'paragraph', text: words.say('read.keys'), style: 'note' };
}
