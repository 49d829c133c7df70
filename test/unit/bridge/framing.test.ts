import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Framing, type Framing, plainFraming } from '../../../src/bridge/framing.ts';
import { concat } from '../../../src/util/bytes.ts';
import type { Message } from '../../../src/util/client-socket.ts';

const RUNS = { numRuns: 1000, seed: 1 };
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const bytes = (text: string) => new TextEncoder().encode(text);

const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ufeff', '日本', '🙂🙃', 'é', '\0')));
const cuts = fc.array(fc.nat(60), { maxLength: 20 });
/** Bytes of which many look like parts of UTF-8. */
const nearlyUtf8 = fc.array(
  fc.constantFrom(0x41, 0x80, 0x8f, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
  { maxLength: 40 },
);

/** Pieces of the sizes given, in turn, and the rest. */
function split(whole: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  let rest = whole;
  const pieces = sizes.map((size) => {
    const piece = rest.slice(0, size);
    rest = rest.subarray(piece.length);
    return piece;
  });
  return [...pieces, rest.slice()].filter(({ length }) => length > 0);
}

function encodeAll(framing: Framing, pieces: readonly Uint8Array[]): (Message | Uint8Array)[] {
  return [...pieces.map(framing.encode), framing.end()].filter((message) => message !== null);
}

describe('frames of text', () => {
  it('hold any text unchanged, and each whole characters, wherever its bytes are cut', () => {
    fc.assert(
      fc.property(text, cuts, (parts, sizes) => {
        const whole = parts.join('').toWellFormed();
        const messages = encodeAll(plainFraming('text'), split(bytes(whole), sizes)) as string[];
        expect(messages.join('')).toBe(whole);
        expect(messages.every((message) => message.isWellFormed() && message !== '')).toBe(true);
      }),
      RUNS,
    );
  });

  it('hold U+FFFD for what is no UTF-8, the same wherever its bytes are cut', () => {
    fc.assert(
      fc.property(nearlyUtf8, cuts, (given, sizes) => {
        const whole = Uint8Array.from(given);
        const messages = encodeAll(plainFraming('text'), split(whole, sizes));
        expect(messages.join('')).toBe(decoder.decode(whole));
      }),
      RUNS,
    );
  });

  it('wait for no more than a character', () => {
    const framing = plainFraming('text');
    const read = (...given: number[]) => framing.encode(Uint8Array.from(given));
    expect([read(0xf0), read(0x9f), read(0x99), read(0x82), read(0x41, 0xc3)]).toEqual([null, null, null, '🙂', 'A']);
    expect(read(0x41)).toBe('\ufffdA');
  });

  it.each([0xc0, 0xc1, 0xf5, 0xff])('wait for nothing behind %i, with which no character begins', (byte) => {
    expect(plainFraming('text').encode(Uint8Array.of(0x41, byte))).toBe('A\ufffd');
  });
});

describe('frames of the kind that the client sent last', () => {
  it('are binary before it has sent any', () => {
    expect(plainFraming('mirror').encode(bytes('a'))).toEqual(bytes('a'));
  });

  it('follow the client, and lose no byte where the kind changes within a character', () => {
    const framing = plainFraming('mirror');
    framing.decode('text');
    expect(framing.encode(Uint8Array.of(0x41, 0xe6, 0x97))).toBe('A');
    framing.decode(new ArrayBuffer(1));
    expect(framing.encode(Uint8Array.of(0xa5))).toEqual(Uint8Array.of(0xe6, 0x97, 0xa5));
    framing.decode('text');
    expect(framing.encode(Uint8Array.of(0x42))).toBe('B');
  });

  it('end with what was left, in the kind of then', () => {
    const framing = plainFraming('mirror');
    framing.decode('text');
    framing.encode(Uint8Array.of(0xe6, 0x97));
    framing.decode(new ArrayBuffer(1));
    expect(framing.end()).toEqual(Uint8Array.of(0xe6, 0x97));
  });
});

describe('frames of base64', () => {
  it('give the same bytes back, each frame by itself', () => {
    const pieces = fc.array(fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 8190, maxLength: 8195 })));
    fc.assert(
      fc.property(pieces, (given) => {
        const messages = encodeAll(base64Framing(), given);
        expect(messages).toEqual(given.map((piece) => Buffer.from(piece).toString('base64')));
        expect(concat(messages.map((message) => base64Framing().decode(message as string) ?? bytes('?')))).toEqual(
          concat(given),
        );
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});

describe('binary frames', () => {
  it('hold what was read itself: nothing is copied', () => {
    const read = bytes('abc');
    expect(plainFraming('binary').encode(read)).toBe(read);
  });
});
