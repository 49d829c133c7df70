import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Tally } from '../../../src/util/tally.ts';

const RUNS = { numRuns: 200, seed: 1 };

it('counts each key by itself', () => {
  const tally = new Tally();
  for (const key of ['a', 'b', 'a']) tally.add(key);
  expect(['a', 'b', 'c'].map((key) => tally.count(key))).toEqual([2, 1, 0]);
});

it('counts down to nothing', () => {
  const tally = new Tally();
  tally.add('a');
  tally.add('a');
  tally.remove('a');
  expect(tally.count('a')).toBe(1);
  tally.remove('a');
  expect(tally.count('a')).toBe(0);
});

it('never goes below nothing', () => {
  const tally = new Tally();
  tally.remove('a');
  tally.add('a');
  expect(tally.count('a')).toBe(1);
});

it.each(['', '__proto__', 'constructor', 'toString'])('takes %j for a key like any other', (key) => {
  const tally = new Tally();
  expect(tally.count(key)).toBe(0);
  tally.add(key);
  expect(tally.count(key)).toBe(1);
});

it('counts what was added and not removed, in whatever order', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const tally = new Tally();
      const expected = new Map<string, number>();
      for (const { key, add } of steps) {
        if (add) tally.add(key);
        else tally.remove(key);
        expected.set(key, Math.max(0, (expected.get(key) ?? 0) + (add ? 1 : -1)));
        expect(tally.count(key)).toBe(expected.get(key));
      }
    }),
    RUNS,
  );
});
