import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, toDurationMs } from '../../domain/duration.ts';
import { addMillis, fromMicros, parseInstant, toInstant, toMicros, toSqlTime } from '../../domain/time.ts';

describe('instants', () => {
  it.each([
    '',
    'yesterday',
    '2026-11-21',
    '2026-02-30T00:00:00Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T10:00:00',
    '2026-11-21T10:00:00.Z',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it.each([
    ['2026-11-21T08:31:09Z', '2026-11-21T08:31:09.000000Z'],
    ['2026-11-21T08:31:09.3Z', '2026-11-21T08:31:09.300000Z'],
    ['2026-11-21T08:31:10.22563113Z', '2026-11-21T08:31:10.225631Z'],
    ['2026-11-21T09:31:09.344523+01:00', '2026-11-21T08:31:09.344523Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('reads %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it('keeps every microsecond on the way through a number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }), (micros) => {
        expect(toMicros(fromMicros(micros))).toBe(micros);
      }),
    );
  });

  it('adds milliseconds and writes the form ClickHouse takes', () => {
    const instant = addMillis(toInstant('2026-12-31T23:59:59.999999Z', 'test'), 0.001);
    expect(toSqlTime(instant)).toBe('2027-01-01 00:00:00.000000');
  });
});

describe('durations', () => {
  it('refuses what is none', () => {
    expect(() => toDurationMs('15', 'GRACE')).toThrow(/not a duration/);
    expect(() => toDurationMs('-1m', 'GRACE')).toThrow(/not a duration/);
  });

  it.each([
    ['0', 0],
    ['90d', 90 * 86_400_000],
    ['15m', 900_000],
    ['13mo', 13 * 2_629_746_000],
  ])('reads %s', (text, ms) => {
    expect(toDurationMs(text, 'test')).toBe(ms);
  });

  it.each([
    [0, '0 s'],
    [300, '0.3 s'],
    [399_000, '6 min 39 s'],
    [263_000_000, '3 d 1 h'],
    [7_200_000, '2 h'],
  ])('says %d ms in two units', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
