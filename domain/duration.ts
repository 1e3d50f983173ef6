import { AnnexaError } from './errors.ts';

const UNITS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  mo: 2_629_746_000,
  y: 31_556_952_000,
} as const;
type Unit = keyof typeof UNITS;

/** Parses `90d`, `15m`, `48h`, `0` … to milliseconds. A month is 30.436875 days, a year 365.2425 days. */
export function toDurationMs(text: string, where: string): number {
  const match = /^(\d+)(ms|s|m|h|d|mo|y)?$/.exec(text.trim());
  const unit = match?.[2] ?? (match?.[1] === '0' ? 'ms' : undefined);
  if (match?.[1] === undefined || !isUnit(unit)) {
    throw new AnnexaError('CONFIG_INVALID', `"${text}" is not a duration`, {
      where,
      hint: 'Write a number and one of ms, s, m, h, d, mo, y, like 15m.',
    });
  }
  return Number(match[1]) * UNITS[unit];
}

/** Two units at most, in words: `6 min 39 s`, `3 d 1 h`, `0.3 s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1000) return ms === 0 ? '0 s' : `${(ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`;
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount], at) => at === 0 || amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && Object.hasOwn(UNITS, text);
}
