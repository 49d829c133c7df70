import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToken, listHas, looseName, splitList } from '../../../src/util/header-list.ts';

const RUNS = { numRuns: 200, seed: 1 };
const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1 });

describe('isToken', () => {
  it('takes every character of a token', () => {
    expect(isToken(TOKEN_CHARACTERS)).toBe(true);
  });

  it('refuses every other character of ASCII', () => {
    const others = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => !TOKEN_CHARACTERS.includes(character),
    );
    expect(others.filter((character) => isToken(`a${character}b`))).toEqual([]);
  });

  it.each(['', 'a\n', 'é', 'ａ', '🙂'])('refuses "%s"', (text) => {
    expect(isToken(text)).toBe(false);
  });
});

describe('splitList', () => {
  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a \t,\t b ', ['a', 'b']],
    ['a b', ['a b']],
    ['', ['']],
    ['a,', ['a', '']],
    [',,a', ['', '', 'a']],
    ['"a,b"', ['"a', 'b"']],
  ])('splits "%s" at its commas', (value, elements) => {
    expect(splitList(value)).toEqual(elements);
  });

  it('gives the tokens of a list back', () => {
    const white = fc.constantFrom('', ' ', '\t', ' \t ');
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), white, white, (tokens, before, after) => {
        expect(splitList(tokens.map((text) => before + text + after).join(','))).toEqual(tokens);
      }),
      RUNS,
    );
  });
});

describe('looseName', () => {
  it.each(['x-real-ip', 'X-Real-IP', 'X_Real_IP', 'x.real.ip', 'X~Real!IP'])('takes %s for X-Real-IP', (name) => {
    expect(looseName(name)).toBe('x-real-ip');
  });
});

describe('listHas', () => {
  it.each(['upgrade', 'Upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'upgrade,close', 'a,, upgrade'])(
    'finds the token in "%s"',
    (value) => {
      expect(listHas(value, 'upgrade')).toBe(true);
    },
  );

  it.each([null, '', 'keep-alive', 'upgraded', 'not-upgrade', 'upgrade;q=1', 'keep-alive upgrade', '"upgrade"'])(
    'finds no token in %j',
    (value) => {
      expect(listHas(value, 'upgrade')).toBe(false);
    },
  );
});
