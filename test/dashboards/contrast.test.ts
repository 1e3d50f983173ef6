import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../dashboards/assets/annexa.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map((match) => [
    match[1]!,
    [match[2]!, match[3]!] as const,
  ]),
);
const THEMES = ['light', 'dark'] as const;
/** Text must reach these; marks, edges and focus 3. */
const TEXT = { light: 5, dark: 5.5 } as const;
const GROUNDS = ['bg', 'panel', 'raised', 'select'];
const OUTCOMES = ['pass', 'exc', 'nt', 'none'];

const textPairs = [
  ...['text', 'text-2', 'text-3', 'link'].flatMap((ink) => GROUNDS.map((ground) => [ink, ground])),
  ...OUTCOMES.flatMap((outcome) => [...GROUNDS, `${outcome}-bg`].map((ground) => [outcome, ground])),
  ...OUTCOMES.map((outcome) => ['text', `${outcome}-bg`]),
  ['on-ink', 'ink'], ['on-ink', 'text-2'], ['text-2', 'nt-bg'], ['link', 'nt-bg'], ['text', 'none-line'],
] as const; // prettier-ignore

const markPairs = [
  ...GROUNDS.map((ground) => ['focus', ground]),
  ['line-2', 'bg'], ['line-2', 'panel'],
  ...OUTCOMES.flatMap((mark) => ['exc-bg', 'nt-bg', 'pass-bg', 'panel', 'none-line'].map((ground) => [mark, ground])),
] as const; // prettier-ignore

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio. */
function contrast(ink: string, ground: string, theme: (typeof THEMES)[number]): number {
  const at = theme === 'light' ? 0 : 1;
  const [one, other] = [luminance(tokens.get(ink)![at]), luminance(tokens.get(ground)![at])];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

describe('the style sheet', () => {
  it.each(THEMES)('keeps every text readable on every ground it may stand on, %s', (theme) => {
    const weak = textPairs.filter(([ink, ground]) => contrast(ink!, ground!, theme) < TEXT[theme]);
    expect(
      weak.map(([ink, ground]) => `${ink} on ${ground} ${contrast(ink!, ground!, theme).toFixed(2)}`),
    ).toEqual([]);
  });

  it.each(THEMES)('keeps marks, edges and focus visible, %s', (theme) => {
    const weak = markPairs.filter(([ink, ground]) => contrast(ink!, ground!, theme) < 3);
    expect(
      weak.map(([ink, ground]) => `${ink} on ${ground} ${contrast(ink!, ground!, theme).toFixed(2)}`),
    ).toEqual([]);
  });

  it('computes 1 to 21 as the standard does', () => {
    expect((luminance('#ffffff') + 0.05) / (luminance('#000000') + 0.05)).toBeCloseTo(21, 6);
  });

  it('names every colour once: none stands outside of the tokens', () => {
    const body = css.slice(css.indexOf('/* Ground rules */'));
    expect(body.match(/#[0-9a-f]{3,8}\b(?![^(]*'\))/gi) ?? []).toEqual([]);
    expect(tokens.size).toBeGreaterThan(20);
  });

  it('has a script of less than 15 KiB', () => {
    expect(statSync(new URL('../../dashboards/assets/annexa.js', import.meta.url)).size).toBeLessThan(15_360);
  });
});
