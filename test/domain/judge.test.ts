import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Counts } from '../../domain/judge.ts';

const clean: Counts = { missing: [], tested: 3, excluded: 0, exceptions: 0, blindMs: 0, blindMaxMs: 0 };

describe('judge', () => {
  it.each<[string, Partial<Counts>, string]>([
    ['a missing list before anything else', { missing: ['people'], exceptions: 2 }, 'not-tested'],
    ['exceptions, even when blind', { exceptions: 1, blindMs: 1 }, 'exceptions'],
    ['blind time over the limit', { blindMs: 1 }, 'not-tested'],
    ['nothing to look at', { tested: 0 }, 'no-occurrence'],
    ['nothing left to look at', { tested: 0, excluded: 2 }, 'not-tested'],
    ['blind time within the limit', { blindMs: 1, blindMaxMs: 1 }, 'pass'],
    ['a population without exceptions', {}, 'pass'],
  ])('sees %s', (_name, change, outcome) => {
    expect(judge({ ...clean, ...change }).outcome).toBe(outcome);
  });

  it('never turns nothing, or what was not looked at, into a pass', () => {
    const counts = fc.record({
      missing: fc.array(fc.string(), { maxLength: 2 }),
      tested: fc.nat(3),
      excluded: fc.nat(3),
      exceptions: fc.nat(3),
      blindMs: fc.nat(3),
      blindMaxMs: fc.nat(3),
    });
    fc.assert(
      fc.property(counts, (input) => {
        if (judge(input).outcome !== 'pass') return;
        expect(input.missing).toEqual([]);
        expect(input.tested).toBeGreaterThan(0);
        expect(input.exceptions).toBe(0);
        expect(input.blindMs).toBeLessThanOrEqual(input.blindMaxMs);
      }),
    );
  });
});
