import { describe, expect, it } from 'vitest';
import { base64Framing, type Framing, plainFraming } from '../../src/bridge/framing.ts';
import type { Message } from '../../src/util/client-socket.ts';

const FRAMINGS: Record<string, () => Framing> = {
  binary: () => plainFraming('binary'),
  text: () => plainFraming('text'),
  mirror: () => plainFraming('mirror'),
  base64: base64Framing,
};

/** A message as a vector: text as it is, binary as `hex:`. */
function toMessage(vector: string): Message {
  return vector.startsWith('hex:') ? Uint8Array.from(Buffer.from(vector.slice(4), 'hex')).buffer : vector;
}

function toVector(message: Message | Uint8Array | null): string | null {
  if (message === null || typeof message === 'string') return message;
  return `hex:${Buffer.from(message as Uint8Array).toString('hex')}`;
}

const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('a message of a tunnel', () => {
  /** Both ways: the framing, the bytes of TCP, the message. */
  it.each([
    ['binary', '', 'hex:'],
    ['binary', '00', 'hex:00'],
    ['binary', 'ff00fe', 'hex:ff00fe'],
    ['text', '68690d0a', 'hi\r\n'],
    ['text', 'c3a9e697a5f09f9982', 'é日🙂'],
    ['text', 'efbbbf41', '\ufeffA'],
    ['text', '00', '\0'],
    ['mirror', 'ff', 'hex:ff'],
    ['mirror', 'c3a9', 'é'],
    ['base64', '', ''],
    ['base64', '66', 'Zg=='],
    ['base64', '666f', 'Zm8='],
    ['base64', '666f6f', 'Zm9v'],
    ['base64', '666f6f62', 'Zm9vYg=='],
    ['base64', 'fbff00', '+/8A'],
  ])('in %s frames is of the bytes %s what %j is', (name, hex, vector) => {
    const framing = FRAMINGS[name]?.() as Framing;
    expect(framing.decode(toMessage(vector))).toEqual(fromHex(hex));
    if (hex !== '') expect(toVector(framing.encode(fromHex(hex)))).toBe(vector);
  });

  /** From the client only, where a service's bytes look otherwise. */
  it.each([
    ['binary', 'é', 'c3a9'],
    ['text', 'hex:ff', 'ff'],
    ['text', '\ud83d', 'efbfbd'],
    ['base64', ' Zm 9v\n', '666f6f'],
    ['base64', 'Zg', '66'],
  ])('in %s frames %j is taken for the bytes %s', (name, vector, hex) => {
    expect(FRAMINGS[name]?.().decode(toMessage(vector))).toEqual(fromHex(hex));
  });

  it.each([
    ['binary', 'hex:5a673d3d'],
    ['a character that is not of it', 'Zm9v!'],
    ['of the alphabet for URLs', '-_8A'],
    ['too short', 'Z'],
    ['filled up within', 'Zg==Zg=='],
    ['filled up too much', 'Zm9v='],
    ['not of ASCII', 'Zm９v'],
  ])('in base64 frames is none that is %s: %j', (_, vector) => {
    expect(base64Framing().decode(toMessage(vector))).toBe(null);
  });
});
