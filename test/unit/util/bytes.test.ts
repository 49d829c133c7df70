import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bufferOf, concat, sameBytes } from '../../../src/util/bytes.ts';

it('finds the same bytes the same, and no others', () => {
  const bytes = fc.uint8Array({ maxLength: 3, max: 2 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(sameBytes(a, b)).toBe(a.join() === b.join());
    }),
    { numRuns: 500, seed: 1 },
  );
});

it('tells a run from one that goes on', () => {
  expect(sameBytes(new Uint8Array([1]), new Uint8Array([1, 0]))).toBe(false);
  expect(sameBytes(new Uint8Array([1, 0]), new Uint8Array([1]))).toBe(false);
});

it('joins runs of bytes in their order', () => {
  const runs = fc.array(fc.uint8Array());
  fc.assert(
    fc.property(runs, (given) => {
      expect([...concat(given)]).toEqual(given.flatMap((run) => [...run]));
    }),
    { numRuns: 200, seed: 1 },
  );
});

it('gives a view a buffer of its own, which is the same one where nothing else is in it', () => {
  const whole = new Uint8Array([1, 2, 3, 4]);
  expect(bufferOf(whole)).toBe(whole.buffer);
  expect(bufferOf(whole.subarray(1, 3))).toEqual(new Uint8Array([2, 3]).buffer);
});
