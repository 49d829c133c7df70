import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paramOf, parseElements, parseParameterized } from '../../../src/util/header-params.ts';

describe('parseElements', () => {
  it.each<[string, [string, [string, string][]][]]>([
    ['a', [['a', []]]],
    [
      'a, b',
      [
        ['a', []],
        ['b', []],
      ],
    ],
    ['a; x=1', [['a', [['x', '1']]]]],
    [
      'a;x=1;y=2, b ; z = 3 ',
      [
        [
          'a',
          [
            ['x', '1'],
            ['y', '2'],
          ],
        ],
        ['b', [['z', '3']]],
      ],
    ],
    ['a; x', [['a', [['x', '']]]]],
    ['a; X=Y', [['a', [['x', 'Y']]]]],
    ['a; x=""', [['a', [['x', '']]]]],
    ['a; x="1, 2; 3"', [['a', [['x', '1, 2; 3']]]]],
    ['a; x="\\"\\\\"', [['a', [['x', '"\\']]]]],
    ['a; x=b=c', [['a', [['x', 'b=c']]]]],
    ['"a, b"', [['a, b', []]]],
    ['', [['', []]]],
    [
      ',',
      [
        ['', []],
        ['', []],
      ],
    ],
    ['a;', [['a', [['', '']]]]],
  ])('reads %j', (header, elements) => {
    expect(parseElements(header)).toEqual(elements.map(([value, params]) => ({ value, params })));
  });

  it.each(['"', 'a; x="', 'a; x="\\"', 'a, b; x="c, d'])('refuses the endless string in %j', (header) => {
    expect(parseElements(header)).toBeNull();
    expect(parseParameterized(header)).toBeNull();
  });

  it('gives back what was quoted', () => {
    const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', ';', ',', '=', ' ', 'é') });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1 }), (pairs) => {
        const header = pairs.map(([value, param]) => `${quoted(value)}; x=${quoted(param)}`).join(', ');
        expect(parseElements(header)).toEqual(pairs.map(([value, param]) => ({ value, params: [['x', param]] })));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('throws for nothing', () => {
    const pieces = fc.array(fc.constantFrom('a', '"', '\\', ';', ',', '=', ' ', '\t', 'é'));
    fc.assert(
      fc.property(pieces, (parts) => {
        const header = parts.join('');
        // Each element can be split where the list can.
        for (const element of parseElements(header) ?? []) expect(element).not.toBeNull();
        expect(parseParameterized(header) === null).toBe(parseElements(header) === null);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('parseParameterized', () => {
  it('does not split at commas', () => {
    expect(parseParameterized('a, b; x=1, 2')).toEqual({ value: 'a, b', params: [['x', '1, 2']] });
  });
});

describe('paramOf', () => {
  it('gives the last value of a name, and null without one', () => {
    const element = {
      value: 'a',
      params: [
        ['x', '1'],
        ['y', ''],
        ['x', '2'],
      ] as [string, string][],
    };
    expect([paramOf(element, 'x'), paramOf(element, 'y'), paramOf(element, 'z')]).toEqual(['2', '', null]);
  });
});
