import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutUtf8, decodeSegment, utf8Length } from '../../../src/util/text.ts';

const RUNS = { numRuns: 200, seed: 1 };
const encodedLength = (text: string) => new TextEncoder().encode(text).length;

/** Any sequence of UTF-16 units, most of them near a boundary, so lone surrogates too. */
const units = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000'),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  ),
});

describe('utf8Length', () => {
  it.each([
    ['', 0],
    ['a\u007f', 2],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['🙂', 4],
    ['\u{10ffff}', 4],
    ['\ud83d', 3],
    ['\ude42', 3],
    ['\ude42\ud83d', 6],
    ['\ud83d🙂', 7],
  ])('counts the bytes of %j', (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes);
  });

  it('agrees with the encoder on any text', () => {
    fc.assert(
      fc.property(units, (text) => {
        expect(utf8Length(text)).toBe(encodedLength(text));
      }),
      RUNS,
    );
  });

  it('agrees with it on long ones too', () => {
    fc.assert(
      fc.property(units, fc.nat(20_000), (text, length) => {
        const long = text.repeat(Math.ceil(length / (text.length || 1)));
        expect(utf8Length(long)).toBe(encodedLength(long));
      }),
      RUNS,
    );
  });
});

describe('cutUtf8', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abc', 2, 'ab'],
    ['abc', 0, ''],
    ['aé', 3, 'aé'],
    ['aé', 2, 'a'],
    ['a🙂', 5, 'a🙂'],
    ['a🙂', 4, 'a'],
    ['🙂', 3, ''],
  ])('cuts %j to %i bytes', (text, maxBytes, cut) => {
    expect(cutUtf8(text, maxBytes)).toBe(cut);
  });

  it('gives the longest start that fits and splits no code point', () => {
    fc.assert(
      fc.property(units, fc.nat(64), (text, maxBytes) => {
        const codePoints = [...text];
        // Written the slow way round: the code points that fit, one after the other.
        let expected = '';
        for (const codePoint of codePoints) {
          if (encodedLength(expected + codePoint) > maxBytes) break;
          expected += codePoint;
        }
        expect(cutUtf8(text, maxBytes)).toBe(expected);
      }),
      RUNS,
    );
  });
});

describe('decodeSegment', () => {
  it.each([
    ['a', 'a'],
    ['', ''],
    ['caf%C3%A9', 'café'],
    ['caf%c3%a9', 'café'],
    ['%F0%9F%99%82', '🙂'],
    ['a%2Fb', 'a/b'],
    ['a+b', 'a+b'],
    ['%2541', '%41'],
    ['%00', '\0'],
  ])('decodes "%s"', (segment, text) => {
    expect(decodeSegment(segment)).toBe(text);
  });

  it.each(['%', '%4', '%zz', 'a%', '%u0041', '%ff', '%C3', '%C3%28', '%C0%AF', '%ED%A0%80', '%F4%90%80%80'])(
    'gives null for "%s", which is no encoding of UTF-8',
    (segment) => {
      expect(decodeSegment(segment)).toBeNull();
    },
  );

  it('gives the text back that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeSegment(encodeURIComponent(text))).toBe(text);
      }),
      RUNS,
    );
  });
});
