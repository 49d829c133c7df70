import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../src/util/glob.ts';

describe('a pattern', () => {
  it.each([
    ['', ['']],
    ['a', ['a']],
    ['*', ['', 'a', 'a/b', '*', '\n']],
    ['**', ['', 'a']],
    ['a*', ['a', 'ab', 'a*', 'aa']],
    ['*a', ['a', 'ba', 'aba']],
    ['a*a', ['aa', 'aba', 'aaa']],
    ['a*b*c', ['abc', 'axbxc', 'abbcc', 'a\nb\nc', 'abcbc']],
    ['*ab*ab*', ['abab', 'ababab', 'xabyabz']],
    ['games/*', ['games/', 'games/a', 'games/a/b', 'games/a%2Fb']],
    ['a.c', ['a.c']],
    ['a+(b)[c]$^\\d', ['a+(b)[c]$^\\d']],
  ])('%j takes each of %j', (pattern, texts) => {
    for (const text of texts) expect([text, matchesPattern(pattern, text)]).toEqual([text, true]);
  });

  it.each([
    ['', ['a', '*']],
    ['a', ['', 'A', 'aa', 'ab', 'ba']],
    ['a*', ['', 'ba', 'A', ' a']],
    ['*a', ['', 'ab', 'a ']],
    ['a*a', ['', 'a', 'ab', 'aab']],
    ['ab*bc', ['abc', 'bc', 'ab']],
    ['a*b*c', ['ac', 'acb', 'abc ', 'ab']],
    ['*ab*ab*', ['ab', 'aab', 'abba']],
    ['a*bc*c', ['abc']],
    ['games/*', ['games', 'game/a', 'xgames/a']],
    ['a.c', ['abc']],
    ['?', ['a']],
  ])('%j takes none of %j', (pattern, texts) => {
    for (const text of texts) expect([text, matchesPattern(pattern, text)]).toEqual([text, false]);
  });
});

it('agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const reference = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
      expect(matchesPattern(pattern, text)).toBe(reference.test(text));
    }),
    { numRuns: 5000, seed: 1 },
  );
});

it('takes every text that its parts were put into', () => {
  const parts = fc.array(fc.string(), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.infiniteStream(fc.string()), (parts, between) => {
      const literal = parts.map((part) => part.replaceAll('*', ''));
      const text = literal.reduce((left, right) => `${left}${between.next().value}${right}`);
      expect(matchesPattern(literal.join('*'), text)).toBe(true);
    }),
    { numRuns: 500, seed: 1 },
  );
});

// A backtracking matcher does not come back from these.
it.each([
  ['many stars', '*a'.repeat(2000), `${'a'.repeat(50_000)}b`],
  ['stars alone', `${'*'.repeat(50_000)}b`, 'a'.repeat(50_000)],
  ['parts that are not there', 'a*'.repeat(5000).concat('b', '*'), 'a'.repeat(50_000)],
  ['more parts than text', '*a'.repeat(50_001).concat('*'), 'a'.repeat(50_000)],
])('gives up soon on a hostile pattern: %s', (_, pattern, text) => {
  expect(matchesPattern(pattern, text)).toBe(false);
});
