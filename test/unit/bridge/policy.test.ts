import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byChance, byHash, type Candidate, leastConnections, roundRobin } from '../../../src/bridge/policy.ts';

const RUNS = { numRuns: 200, seed: 1 };

/** Candidates `a`, `b`, `c` … of these weights. */
const weighing = (...weights: number[]): Candidate[] =>
  weights.map((weight, index) => ({ key: String.fromCharCode(97 + index), weight, open: 0, owed: 0 }));

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** How often each key was chosen. */
function tally(chosen: readonly (Candidate | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const candidate of chosen) counts[candidate?.key ?? ''] = (counts[candidate?.key ?? ''] ?? 0) + 1;
  return counts;
}

const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 });

it.each([
  ['round robin', (candidates: Candidate[]) => roundRobin(candidates)],
  ['chance', (candidates: Candidate[]) => byChance(candidates, () => 0.5)],
  ['the fewest connections', (candidates: Candidate[]) => leastConnections(candidates)],
  ['a hash', (candidates: Candidate[]) => byHash(candidates, 'key')],
])('chooses nobody of nobody and the only one of one, by %s', (_, choose) => {
  const [only] = weighing(3);
  expect(choose([])).toBeNull();
  expect(choose(only ? [only] : [])).toBe(only);
});

describe('round robin', () => {
  it.each([
    [[1, 1, 1], 'abcabcabc'],
    [[5, 1, 1], 'aabacaaaabacaa'],
    [[1, 2], 'babbab'],
    [[2, 1, 1], 'abcaabca'],
  ])('goes through weights %j as %s', (given, order) => {
    const candidates = weighing(...given);
    expect(times(order.length, () => roundRobin(candidates)?.key).join('')).toBe(order);
  });

  it('gives each its weight in every round, wherever one begins to count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.nat(30),
        (given, before) => {
          const candidates = weighing(...given);
          times(before, () => roundRobin(candidates));
          const round = given.reduce((sum, weight) => sum + weight);
          const counts = tally(times(round, () => roundRobin(candidates)));
          expect(counts).toEqual(Object.fromEntries(candidates.map(({ key, weight }) => [key, weight])));
        },
      ),
      RUNS,
    );
  });

  it('goes on with those that are left, and takes the others in again without making up for their absence', () => {
    const candidates = weighing(1, 1, 1);
    const [a, b, c] = candidates as [Candidate, Candidate, Candidate];
    expect(times(3, () => roundRobin(candidates)?.key).join('')).toBe('abc');
    expect(times(40, () => roundRobin([a, c])?.key).join('')).toBe('ac'.repeat(20));
    expect(tally(times(9, () => roundRobin([a, b, c])))).toEqual({ a: 3, b: 3, c: 3 });
  });
});

describe('chance', () => {
  it.each([
    [0, 'a'],
    [0.0999, 'a'],
    [0.1, 'b'],
    [0.3999, 'b'],
    [0.4, 'c'],
    [0.9999999999999999, 'c'],
  ])('makes of %d the choice %s', (number, key) => {
    expect(byChance(weighing(1, 3, 6), () => number)?.key).toBe(key);
  });

  it('chooses one, whatever the numbers', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, number) => {
        const candidates = weighing(...given);
        expect(candidates).toContain(byChance(candidates, () => number));
      }),
      RUNS,
    );
  });

  it('gives each its share', () => {
    const candidates = weighing(1, 3, 6);
    expect(tally(times(1000, (index) => byChance(candidates, () => index / 1000)))).toEqual({ a: 100, b: 300, c: 600 });
  });
});

describe('the fewest connections', () => {
  it.each([
    [[1, 1, 1], [2, 1, 3], 'b'],
    [[1, 1, 1], [0, 0, 0], 'a'],
    [[1, 1, 1], [1, 0, 0], 'b'],
    [[1, 2], [1, 2], 'a'],
    [[1, 2], [1, 1], 'b'],
    [[3, 1], [2, 1], 'a'],
    [[3, 6, 9], [1, 2, 3], 'a'],
    [[7, 49], [1, 7], 'a'],
  ])('of weights %j that have %j are had by %s', (given, open, key) => {
    const candidates = weighing(...given).map((candidate, index) => ({ ...candidate, open: open[index] ?? 0 }));
    expect(leastConnections(candidates)?.key).toBe(key);
  });

  it('fill up by weight', () => {
    const candidates = weighing(1, 3);
    const chosen = times(400, () => {
      const candidate = leastConnections(candidates);
      if (candidate) candidate.open++;
      return candidate;
    });
    expect(tally(chosen)).toEqual({ a: 100, b: 300 });
  });
});

describe('a hash', () => {
  const KEYS = times(20_000, (index) => `user-${index}`);
  const keys = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 50 });

  it('gives a key the same upstream each time, in whatever order they are listed', () => {
    fc.assert(
      fc.property(weights, fc.string(), (given, key) => {
        const candidates = weighing(...given);
        expect(byHash(candidates.toReversed(), key)).toBe(byHash(candidates, key));
      }),
      RUNS,
    );
  });

  it('moves only the keys of an upstream that leaves', () => {
    fc.assert(
      fc.property(weights, fc.nat(), keys, (given, seed, all) => {
        const candidates = weighing(...given);
        const gone = candidates[seed % candidates.length];
        const left = candidates.filter((candidate) => candidate !== gone);
        for (const key of all.filter((key) => byHash(candidates, key) !== gone)) {
          expect(byHash(left, key)).toBe(byHash(candidates, key));
        }
      }),
      RUNS,
    );
  });

  it('moves keys only toward an upstream that gets more weight', () => {
    fc.assert(
      fc.property(weights, fc.nat(), keys, (given, seed, all) => {
        const candidates = weighing(...given);
        const heavier = candidates[seed % candidates.length]?.key;
        const changed = candidates.map((one) => (one.key === heavier ? { ...one, weight: 2 * one.weight } : one));
        for (const key of all) {
          const [before, after] = [byHash(candidates, key)?.key, byHash(changed, key)?.key];
          expect([before, heavier]).toContain(after);
        }
      }),
      RUNS,
    );
  });

  it.each([[[1, 1]], [[1, 1, 1, 1]], [[1, 3, 6]], [[1, 0.001]], [[100, 900]]])(
    'gives upstreams of weights %j their shares of the keys',
    (given) => {
      const candidates = weighing(...given);
      const counts = tally(KEYS.map((key) => byHash(candidates, key)));
      const total = given.reduce((sum, weight) => sum + weight);
      for (const { key, weight } of candidates) {
        const share = weight / total;
        // Four standard deviations of a fair draw. The hash is fixed, so this comes out the same each time.
        const room = 4 * Math.sqrt((share * (1 - share)) / KEYS.length);
        expect(Math.abs((counts[key] ?? 0) / KEYS.length - share)).toBeLessThan(room + 1e-4);
      }
    },
  );

  it.each([
    ['names that differ in a digit', times(8, (index) => `https://origin-${index}.example.com/`)],
    ['addresses of one network', times(8, (index) => `10.0.0.${index}:5432`)],
    ['ports of one host', times(8, (index) => `db.example.com:${5430 + index}`)],
  ])('spreads keys evenly over %s', (_, upstreams) => {
    const candidates = upstreams.map((key) => ({ key, weight: 1, open: 0, owed: 0 }));
    const counts = Object.values(tally(KEYS.map((key) => byHash(candidates, key))));
    expect(counts).toHaveLength(8);
    // Of 2,500 expected, five standard deviations.
    for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(234);
  });

  it('spreads the keys of one that leaves over all the others', () => {
    const candidates = weighing(1, 1, 1, 1, 1);
    const [gone, ...left] = candidates;
    const moved = KEYS.filter((key) => byHash(candidates, key) === gone);
    const counts = Object.values(tally(moved.map((key) => byHash(left, key))));
    for (const count of counts) expect(Math.abs(count - moved.length / 4)).toBeLessThan(0.1 * moved.length);
    expect(counts).toHaveLength(4);
  });

  it('keeps its choices from version to version, so that a deploy moves nobody', () => {
    const candidates = weighing(1, 2, 3);
    const keys = [
      '',
      'a',
      'b',
      '/rooms/lobby',
      '192.0.2.1',
      '2001:db8:0:0',
      '世界',
      ...times(9, (index) => `user-${index}`),
    ];
    const chosen = keys.map((key) => byHash(candidates, key)?.key);
    expect(chosen.join('')).toBe('ccbcccbabbcbabbb');
  });
});
