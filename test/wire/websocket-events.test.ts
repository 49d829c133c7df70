import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvents, encodedLength, encodeEvents, type WebSocketEvent } from '../../src/grip/events.ts';

const RUNS = { numRuns: 1000, seed: 1 };

/** A body in which each character is one byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function body(encoded: Uint8Array): string {
  return String.fromCharCode(...encoded);
}

const OPEN: WebSocketEvent = { type: 'OPEN' };

/** In the one spelling in which we write them. */
const BOTH_WAYS: [string, string, WebSocketEvent[]][] = [
  ['nothing', '', []],
  ['an OPEN', 'OPEN\r\n', [OPEN]],
  ['a DISCONNECT', 'DISCONNECT\r\n', [{ type: 'DISCONNECT' }]],
  ['a text', 'TEXT 5\r\nhello\r\n', [{ type: 'TEXT', text: 'hello' }]],
  ['an empty text', 'TEXT 0\r\n\r\n', [{ type: 'TEXT', text: '' }]],
  ['a text of sixteen bytes', 'TEXT 10\r\n0123456789abcdef\r\n', [{ type: 'TEXT', text: '0123456789abcdef' }]],
  ['a text of eleven bytes', 'TEXT b\r\nhello world\r\n', [{ type: 'TEXT', text: 'hello world' }]],
  ['a text beyond ASCII', 'TEXT 2\r\n\xc3\xa9\r\n', [{ type: 'TEXT', text: 'é' }]],
  ['a text with a byte order mark', 'TEXT 4\r\n\xef\xbb\xbfa\r\n', [{ type: 'TEXT', text: '\ufeffa' }]],
  ['a text that looks like events', 'TEXT a\r\n\r\nTEXT 1\r\n\r\n', [{ type: 'TEXT', text: '\r\nTEXT 1\r\n' }]],
  ['bytes', 'BINARY 3\r\n\x00\xff\n\r\n', [{ type: 'BINARY', bytes: bytes('\x00\xff\n') }]],
  ['no bytes', 'BINARY 0\r\n\r\n', [{ type: 'BINARY', bytes: bytes('') }]],
  ['a ping', 'PING\r\n', [{ type: 'PING', bytes: bytes('') }]],
  ['a ping with content', 'PING 1\r\nx\r\n', [{ type: 'PING', bytes: bytes('x') }]],
  ['a pong', 'PONG\r\n', [{ type: 'PONG', bytes: bytes('') }]],
  ['a close without a code', 'CLOSE\r\n', [{ type: 'CLOSE', code: null, reason: '' }]],
  ['a close', 'CLOSE 2\r\n\x03\xe8\r\n', [{ type: 'CLOSE', code: 1000, reason: '' }]],
  ['a close with a reason', 'CLOSE 5\r\n\x0f\xa0bye\r\n', [{ type: 'CLOSE', code: 4000, reason: 'bye' }]],
  ['a close with a code of CR LF', 'CLOSE 2\r\n\r\n\r\n', [{ type: 'CLOSE', code: 0x0d0a, reason: '' }]],
  [
    'several',
    'OPEN\r\nTEXT 1\r\na\r\nPONG\r\n',
    [OPEN, { type: 'TEXT', text: 'a' }, { type: 'PONG', bytes: bytes('') }],
  ],
];

describe('a body with', () => {
  it.each(BOTH_WAYS)('%s is read', (_, wire, events) => {
    expect(decodeEvents(bytes(wire))).toEqual(events);
  });

  it.each(BOTH_WAYS)('%s is written', (_, wire, events) => {
    expect(body(encodeEvents(events))).toBe(wire);
  });

  it.each(BOTH_WAYS)('%s is as long as is reckoned', (_, wire, events) => {
    expect(events.reduce((sum, event) => sum + encodedLength(event), 0)).toBe(wire.length);
  });

  it.each<[string, string, WebSocketEvent[]]>([
    ['an OPEN with content', 'OPEN 0\r\n\r\n', [OPEN]],
    ['an OPEN with a longer content', 'OPEN 3\r\nabc\r\n', [OPEN]],
    ['an empty line behind OPEN, as the specification writes it', 'OPEN\r\n\r\n', [OPEN]],
    ['empty lines between events', '\r\nOPEN\r\n\r\n\r\nPING\r\n\r\n', [OPEN, { type: 'PING', bytes: bytes('') }]],
    ['a length in upper case', 'TEXT B\r\nhello world\r\n', [{ type: 'TEXT', text: 'hello world' }]],
    ['a length with zeros before it', 'TEXT 00000005\r\nhello\r\n', [{ type: 'TEXT', text: 'hello' }]],
    ['a text without content', 'TEXT\r\n', [{ type: 'TEXT', text: '' }]],
    ['a ping with an empty content', 'PING 0\r\n\r\n', [{ type: 'PING', bytes: bytes('') }]],
    ['a close of one byte', 'CLOSE 1\r\n\x03\r\n', [{ type: 'CLOSE', code: null, reason: '' }]],
    [
      'a close whose reason is not UTF-8',
      'CLOSE 3\r\n\x03\xe8\xff\r\n',
      [{ type: 'CLOSE', code: 1000, reason: '\ufffd' }],
    ],
    ['a type that is not known', 'LATER 2\r\nxy\r\nOPEN\r\n', [OPEN]],
    ['a type that is not known, without content', 'LATER\r\nOPEN\r\n', [OPEN]],
  ])('%s is read too', (_, wire, events) => {
    expect(decodeEvents(bytes(wire))).toEqual(events);
  });

  it('a reason that is too long for a Close frame is cut between characters', () => {
    const [event] = decodeEvents(
      encodeEvents([{ type: 'CLOSE', code: 1000, reason: 'é'.repeat(100) }]),
    ) as WebSocketEvent[];
    expect(event).toEqual({ type: 'CLOSE', code: 1000, reason: 'é'.repeat(61) });
  });
});

const LINE = 'a line has no end, or is too long';
const HEAD = 'a line is not a type and a hexadecimal length';
const SHORT = 'a content is cut short';
const LENGTH = 'a content is not as long as it says';

describe('a body is refused with', () => {
  it.each<[string, string, number, string]>([
    ['no line end', 'OPEN', 0, LINE],
    ['half a line end', 'OPEN\r', 0, LINE],
    ['a line feed only', 'OPEN\n', 0, LINE],
    ['a carriage return only', 'OPEN\rOPEN\r', 0, LINE],
    ['an endless line', 'A'.repeat(100_000), 0, LINE],
    ['an endless line that ends', `${'A'.repeat(100)}\r\n`, 0, LINE],
    ['a length in decimal that is longer than the content', 'TEXT 16\r\n0123456789abcdef\r\n', 9, SHORT],
    ['a length in decimal that is met later', `TEXT 10\r\n0123456789\r\n${'x'.repeat(10)}`, 25, LENGTH],
    ['a length with a sign', 'TEXT +5\r\nhello\r\n', 0, HEAD],
    ['a negative length', 'TEXT -1\r\nhello\r\n', 0, HEAD],
    ['a length with a radix', 'TEXT 0x5\r\nhello\r\n', 0, HEAD],
    ['a length with a fraction', 'TEXT 5.0\r\nhello\r\n', 0, HEAD],
    ['a length with an exponent that is none', 'TEXT 5e+1\r\nhello\r\n', 0, HEAD],
    ['a length of other digits', 'TEXT \xb2\r\nhi\r\n', 0, HEAD],
    ['a length that is no number', 'TEXT g\r\nhello\r\n', 0, HEAD],
    ['no length behind the space', 'TEXT \r\n\r\n', 0, HEAD],
    ['two spaces', 'TEXT  5\r\nhello\r\n', 0, HEAD],
    ['a space behind the length', 'TEXT 5 \r\nhello\r\n', 0, HEAD],
    ['a tab', 'TEXT\t5\r\nhello\r\n', 0, HEAD],
    ['a space before the type', ' TEXT 5\r\nhello\r\n', 0, HEAD],
    ['no type', ' 5\r\nhello\r\n', 0, HEAD],
    ['a type in lower case', 'text 5\r\nhello\r\n', 0, HEAD],
    ['a length of 32 bits', 'TEXT ffffffff\r\nhello\r\n', 15, SHORT],
    ['a length that wraps round in 32 bits', 'TEXT 100000005\r\nhello\r\n', 0, HEAD],
    ['a length that wraps round in 64 bits', 'TEXT 10000000000000005\r\nhello\r\n', 0, HEAD],
    ['a length beyond all numbers', `TEXT ${'f'.repeat(40)}\r\nhello\r\n`, 0, HEAD],
    ['a content that is cut short', 'TEXT 5\r\nhel', 8, SHORT],
    ['no line end behind the content', 'TEXT 5\r\nhello', 8, SHORT],
    ['half a line end behind the content', 'TEXT 5\r\nhello\r', 8, SHORT],
    ['a content that is longer', 'TEXT 5\r\nhello world\r\n', 13, LENGTH],
    ['a content that is shorter', 'TEXT 6\r\nhello\r\nOPEN\r\n', 14, LENGTH],
    ['bytes behind the last event', 'TEXT 5\r\nhello\r\nx', 15, LINE],
    ['a good event before a bad one', 'OPEN\r\nTEXT z\r\n', 6, HEAD],
    ['a text that is not UTF-8', 'TEXT 1\r\n\xff\r\n', 8, 'a text is not UTF-8'],
    ['half a character', 'TEXT 1\r\n\xc3\r\n', 8, 'a text is not UTF-8'],
    ['a surrogate as UTF-8', 'TEXT 3\r\n\xed\xa0\x80\r\n', 8, 'a text is not UTF-8'],
    ['an unknown type that is cut short', 'LATER 5\r\nx\r\n', 9, SHORT],
  ])('%s', (_, wire, at, problem) => {
    expect(decodeEvents(bytes(wire))).toEqual({ at, problem });
  });
});

const content = fc.uint8Array({ maxLength: 300 });
const anyEvent: fc.Arbitrary<WebSocketEvent> = fc.oneof(
  fc.constantFrom<WebSocketEvent>(OPEN, { type: 'DISCONNECT' }, { type: 'CLOSE', code: null, reason: '' }),
  fc.record({ type: fc.constant('TEXT' as const), text: fc.string({ unit: 'binary', maxLength: 300 }) }),
  fc.record({ type: fc.constantFrom('BINARY' as const, 'PING' as const, 'PONG' as const), bytes: content }),
  fc.record({
    type: fc.constant('CLOSE' as const),
    code: fc.integer({ min: 0, max: 65_535 }),
    reason: fc.string({ unit: 'binary', maxLength: 30 }),
  }),
);

describe('the codec', () => {
  it('reads any events as they were written, and reckons their length', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const encoded = encodeEvents(events);
        expect(decodeEvents(encoded)).toEqual(events);
        expect(encoded.length).toBe(events.reduce((sum, event) => sum + encodedLength(event), 0));
      }),
      RUNS,
    );
  });

  it('never throws, and what it reads of anything it reads again as it writes it', () => {
    const pieces = fc.constantFrom('TEXT', 'OPEN', 'CLOSE', ' ', '5', 'f', '-', '\r\n', '\r', '\n', 'x', '\xff', '0');
    const hostile = fc.oneof(
      content,
      fc.array(pieces).map((parts) => bytes(parts.join(''))),
    );
    fc.assert(
      fc.property(hostile, (input) => {
        const read = decodeEvents(input);
        if (Array.isArray(read)) expect(decodeEvents(encodeEvents(read))).toEqual(read);
        else expect(read.at).toBeLessThanOrEqual(input.length);
      }),
      RUNS,
    );
  });
});
