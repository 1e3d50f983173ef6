import { toMillis } from '../../domain/time.ts';
import type { Figure, Label, Shape } from './blocks.ts';
import type { BlindInterval } from './preconditions.ts';
import type { ReportInput } from './view.ts';

const LABELS = 62;
const ROW = 22;
const BAR = 13;
/** Narrowest bar of an interval. */
const NARROWEST = 3;
const TICKS_MAX = 7;

/** The period as a line for each source, with its blind intervals. */
export function timeline({ packet, words }: ReportInput, blind: readonly BlindInterval[]): Figure {
  const sources = [...new Set(blind.map(({ source }) => source))];
  const text = blind.map((interval) => words.say('preconditions.interval', { ...interval })).join('; ');
  const from = toMillis(packet.period.from);
  const to = toMillis(packet.period.to);
  const height = sources.length * ROW + 22;
  return {
    kind: 'figure',
    says: words.say('preconditions.figure', { count: blind.length, text }),
    height: () => height,
    draw(width) {
      const at = (ms: number): number => LABELS + ((ms - from) / (to - from)) * (width - LABELS);
      const rows = sources.flatMap((source, row): Shape[] => {
        const y = 8 + row * ROW;
        const bars = blind.filter((interval) => interval.source === source);
        return [
          { kind: 'box', at: [LABELS, y], width: width - LABELS, height: BAR, fill: 'head' },
          ...bars.map((interval): Shape => {
            const x = at(Math.max(from, toMillis(interval.from)));
            const length = Math.max(NARROWEST, at(Math.min(to, toMillis(interval.to))) - x);
            return {
              kind: 'segment',
              outcome: 'exceptions',
              at: [Math.min(x, width - length), y - 2],
              width: length,
              height: BAR + 4,
            };
          }),
          { kind: 'label', text: source, at: [0, y + 9.5], size: 7.8, face: 'regular', tone: 'ink' },
        ];
      });
      return [...rows, ...ticks({ from, to, foot: sources.length * ROW + 8, at, width })];
    },
  };
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly foot: number;
  readonly at: (ms: number) => number;
  readonly width: number;
}

/** The two ends of the period, and days or firsts of months between them. */
function ticks({ from, to, foot, at, width }: Axis): readonly Shape[] {
  return [from, ...betweens(from, to), to].flatMap((ms, index, all): Shape[] => {
    const x = at(ms);
    const last = index === all.length - 1;
    const day = new Date(ms).toISOString().slice(0, 10);
    const label: Label = {
      kind: 'label',
      text: day,
      at: [x + 2, foot + 10],
      size: 7,
      face: 'regular',
      tone: 'soft',
    };
    const crowded = !last && width - x < 84 && index > 0;
    return [
      {
        kind: 'path',
        points: [
          [x, 4],
          [x, foot],
        ],
        tone: 'soft',
        weight: 0.5,
      },
      ...(crowded
        ? []
        : [last ? ({ ...label, at: [x - 42, foot + 10], align: 'right', width: 40 } as const) : label]),
    ];
  });
}

const DAY = 86_400_000;

function betweens(from: number, to: number): readonly number[] {
  const days: number[] = [];
  for (let ms = Math.floor(from / DAY + 1) * DAY; ms < to; ms += DAY) days.push(ms);
  const firsts = days.filter((ms) => new Date(ms).getUTCDate() === 1);
  const candidates = firsts.length > 0 ? firsts : days;
  const step = Math.ceil(candidates.length / TICKS_MAX);
  return candidates.filter((_, index) => index % step === 0);
}
