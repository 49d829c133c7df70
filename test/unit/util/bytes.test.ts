import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concat, sameBytes } from '../../../src/util/bytes.ts';

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
