import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullBucket, takeToken } from '../../../src/util/token-bucket.ts';

const RUNS = { numRuns: 200, seed: 1 };

/** How many of `attempts` at one time a bucket grants. */
function take(bucket: ReturnType<typeof fullBucket>, size: number, perSecond: number, now: number, attempts = 100) {
  return Array.from({ length: attempts }, () => takeToken(bucket, size, perSecond, now)).filter(Boolean).length;
}

it('gives its size at once and not one more', () => {
  expect(take(fullBucket(3, 0), 3, 1, 0)).toBe(3);
});

it('gives a token once it has been gained and not a millisecond earlier', () => {
  const bucket = fullBucket(1, 0);
  takeToken(bucket, 1, 1, 0);
  expect(takeToken(bucket, 1, 1, 999)).toBe(false);
  expect(takeToken(bucket, 1, 1, 1000)).toBe(true);
});

it.each([
  [1000, 2],
  [2500, 5],
  [60_000, 10],
])('gains its rate over %i ms, and never holds more than its size', (elapsed, gained) => {
  const bucket = fullBucket(10, 0);
  take(bucket, 10, 2, 0);
  expect(take(bucket, 10, 2, elapsed)).toBe(gained);
});

it('takes nothing for a token that it does not give', () => {
  const bucket = fullBucket(1, 0);
  take(bucket, 1, 1, 0);
  expect(take(bucket, 1, 1, 500)).toBe(0);
  expect(takeToken(bucket, 1, 1, 1000)).toBe(true);
});

it('keeps its tokens when the clock is set back', () => {
  const bucket = fullBucket(5, 10_000);
  expect(take(bucket, 5, 1, 0)).toBe(5);
});

it('goes on gaining from the time that the clock was set back to', () => {
  const bucket = fullBucket(1, 10_000);
  take(bucket, 1, 1, 10_000);
  expect(takeToken(bucket, 1, 1, 0)).toBe(false);
  expect(takeToken(bucket, 1, 1, 1000)).toBe(true);
});

it('never gives more than its size and what time has added', () => {
  const size = fc.integer({ min: 1, max: 50 });
  const perSecond = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(size, perSecond, fc.array(fc.integer({ min: -5000, max: 5000 })), (size, perSecond, steps) => {
      const bucket = fullBucket(size, 0);
      let [now, forward, given] = [0, 0, 0];
      for (const step of steps) {
        now += step;
        forward += Math.max(0, step);
        given += take(bucket, size, perSecond, now);
        // Gained in fractions: a sum of them is a little beside the product.
        expect(given).toBeLessThanOrEqual(size + (forward * perSecond) / 1000 + 1e-6);
        expect(bucket.tokens).toBeGreaterThanOrEqual(0);
      }
    }),
    RUNS,
  );
});

it('gives a token when it is due, however often it was asked before', () => {
  const bucket = fullBucket(1, 0);
  takeToken(bucket, 1, 1, 0);
  for (let now = 100; now < 1000; now += 100) expect(takeToken(bucket, 1, 1, now)).toBe(false);
  expect(takeToken(bucket, 1, 1, 1000)).toBe(true);
});
