import { describe, expect, it } from 'vitest';
import { median, percentiles } from '../../../../scripts/bench/statistics.ts';

describe('a median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 10], 3],
    [[], 0],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('orders numbers as numbers, and leaves them where they were', () => {
    const values = [100, 20, 3];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 20, 3]);
  });
});

describe('percentiles', () => {
  it('have half of the values below them, and all but one in a hundred', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 999 - i);
    expect(percentiles(values)).toEqual({ p50: 500, p99: 990 });
  });

  it('are the value itself of a single one, and 0 of none', () => {
    expect(percentiles([7])).toEqual({ p50: 7, p99: 7 });
    expect(percentiles([])).toEqual({ p50: 0, p99: 0 });
  });
});
