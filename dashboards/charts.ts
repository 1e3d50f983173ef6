import type { Evaluation } from '../domain/evaluation.ts';
import { namingOrder, faceOf, tallyOf, type Tally } from './outcomes.ts';
import type { ChosenPeriod } from './period.ts';

/** One column of the trend: months of the same tests, stacked to the same total. */
export interface TrendColumn {
  readonly x: number;
  readonly labelX: number;
  readonly label: string;
  readonly year: string;
  readonly last: boolean;
  readonly total: number;
  readonly parts: readonly TrendPart[];
  readonly counts: readonly { readonly word: string; readonly count: number }[];
}

export interface TrendPart {
  readonly key: string;
  readonly word: string;
  readonly count: number;
  readonly y: number;
  readonly height: number;
  readonly labelY: number;
}

export interface Trend {
  readonly columns: readonly TrendColumn[];
  readonly width: number;
  readonly height: number;
  readonly baseline: number;
  readonly middle: number;
  readonly total: number;
  readonly half: number;
  readonly labelX: number;
  readonly columnWidth: number;
  readonly lastParts: readonly TrendPart[];
  /** Months of the row that are not evaluated yet. */
  readonly waiting: number;
  readonly sentence: string;
}

const PLOT = { left: 34, top: 12, height: 140, width: 560, labels: 112 } as const;
/** Direct labels closer than this would overlap. */
const LABEL_GAP = 14;

/** Undefined when fewer than two months are evaluated: one column is no trend. */
export function trendOf(
  months: readonly { readonly period: ChosenPeriod; readonly evaluation: Evaluation | undefined }[],
): Trend | undefined {
  const known = months.flatMap(({ period, evaluation }) =>
    evaluation === undefined ? [] : [{ period, counts: tallyOf(evaluation.controls) }],
  );
  if (known.length < 2) return undefined;
  const total = Math.max(...known.map(({ counts }) => sum(counts)), 1);
  const stride = PLOT.width / Math.max(known.length, 6);
  const columnWidth = Math.min(stride * 0.72, 48);
  const columns = known.map(({ period, counts }, at): TrendColumn => {
    const x = PLOT.left + at * stride + (stride - columnWidth) / 2;
    const month = period.label.split(' ');
    return {
      x: round(x),
      labelX: round(x + columnWidth / 2),
      label: (month[0] ?? '').slice(0, 3),
      year: at === 0 || period.query.period?.endsWith('-01') === true ? (month[1] ?? '') : '',
      last: at === known.length - 1,
      total: sum(counts),
      parts: stack(counts, total),
      counts: namingOrder.map((outcome) => ({ word: faceOf(outcome).word, count: counts[outcome] })),
    };
  });
  const last = columns.at(-1);
  return {
    columns,
    columnWidth: round(columnWidth),
    width: PLOT.left + PLOT.width + PLOT.labels,
    height: PLOT.top + PLOT.height + 40,
    baseline: PLOT.top + PLOT.height,
    middle: PLOT.top + PLOT.height / 2,
    total,
    half: Math.round(total / 2),
    labelX: round((last?.x ?? 0) + columnWidth + 10),
    lastParts: spread(last?.parts ?? []),
    waiting: months.length - known.length,
    sentence: sentenceOf(known),
  };
}

/** Exceptions stand on the baseline, because they are what one compares; then not tested, no occurrence, pass. */
function stack(counts: Tally, total: number): readonly TrendPart[] {
  let y = PLOT.top + PLOT.height;
  return namingOrder
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => {
      const height = (counts[outcome] / total) * PLOT.height;
      y -= height;
      const { key, word } = faceOf(outcome);
      return {
        key,
        word,
        count: counts[outcome],
        y: round(y),
        height: round(height),
        labelY: round(y + height / 2 + 4),
      };
    });
}

function spread(parts: readonly TrendPart[]): readonly TrendPart[] {
  let below = Number.POSITIVE_INFINITY;
  return parts.map((part) => {
    const labelY = Math.min(part.labelY, below - LABEL_GAP);
    below = labelY;
    return { ...part, labelY: round(labelY) };
  });
}

function sentenceOf(known: readonly { readonly period: ChosenPeriod; readonly counts: Tally }[]): string {
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return '';
  const say = ({ period, counts }: typeof first): string =>
    `${period.label}: ${counts.exceptions} of ${sum(counts)} tests with exceptions, ${counts['not-tested']} not tested`;
  return `${say(first)}. ${say(last)}.`;
}

function sum(counts: Tally): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
