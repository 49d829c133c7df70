import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rejected } from '../../../src/config/errors.ts';
import { MAX_ROOM_NAME_BYTES } from '../../../src/config/limits.ts';
import { roomName } from '../../../src/upgrade/room-name.ts';

const RUNS = { numRuns: 200, seed: 1 };
const REFUSED = new Rejected('ERR_ROOM_NAME');

describe('a template', () => {
  it.each([
    ['lobby', {}, 'lobby'],
    ['lobby', { room: 'a' }, 'lobby'],
    [':room', { room: 'a' }, 'a'],
    ['games/:room', { room: 'a' }, 'games/a'],
    [':a/:b', { a: '1', b: '2' }, '1/2'],
    [':b-:a', { a: '1', b: '2' }, '2-1'],
    [':a/:a', { a: '1' }, '1/1'],
    ['café/:a', { a: 'caf%c3%a9' }, 'caf%C3%A9/caf%C3%A9'],
    ['a%2Fb', {}, 'a%252Fb'],
    [':room.x', { room: 'a' }, 'a.x'],
    [':room', { room: ':room' }, '%3Aroom'],
    [':a/:b', { a: ':b', b: '2' }, '%3Ab/2'],
    [':room', { room: '$&' }, '%24%26'],
  ])('%s filled with %j names the room', (template, params, name) => {
    expect(roomName(template, params)).toBe(name);
  });
});

describe('a parameter', () => {
  it.each([
    ['plain', 'a-b_c.d~', 'a-b_c.d~'],
    ['encoded needlessly', '%61%2Db', 'a-b'],
    ['encoded in lower case', 'caf%c3%a9', 'caf%C3%A9'],
    ['not encoded', 'café', 'caf%C3%A9'],
    ['encoded twice', '%2541', '%2541'],
    ['a slash', 'a%2fb', 'a%2Fb'],
    ['dots and a slash', '%2e%2e%2F', '..%2F'],
    ['a plus', 'a+b', 'a%2Bb'],
    ['an emoji', '%F0%9F%99%82', '%F0%9F%99%82'],
    ['a space', '%20', '%20'],
    ['a word that objects know', '__proto__', '__proto__'],
  ])('that is %s has one spelling in the name', (_, raw, name) => {
    expect(roomName(':room', { room: raw })).toBe(name);
  });

  it.each([
    ['empty', ''],
    ['half an escape', 'a%'],
    ['an escape that is none', '%zz'],
    ['a byte that is not UTF-8', '%ff'],
    ['half a character', '%C3'],
    ['an overlong slash', '%C0%AF'],
    ['a surrogate', '%ED%A0%80'],
    ['an encoded NUL', 'a%00'],
    ['an encoded line feed', 'a%0ab'],
    ['the last of C0', '%1F'],
    ['a DEL', '%7f'],
    ['the first of C1', '%C2%80'],
    ['the last of C1', '%C2%9F'],
    ['a NUL', 'a\0'],
  ])('is refused as %s', (_, raw) => {
    expect(roomName(':room', { room: raw })).toEqual(REFUSED);
  });

  it.each(['%20', '~', '%C2%A0', '%C2%AD'])('may be %s, which borders on control characters', (raw) => {
    expect(roomName(':room', { room: raw })).toBeTypeOf('string');
  });

  it('is refused where it is missing', () => {
    expect(roomName(':room', {})).toEqual(REFUSED);
  });

  it('is refused where only another one is good', () => {
    expect(roomName(':a/:b', { a: 'a', b: '%00' })).toEqual(REFUSED);
  });
});

describe('a name', () => {
  it.each([
    [':room', 'a'.repeat(MAX_ROOM_NAME_BYTES)],
    [':room', '%41'.repeat(MAX_ROOM_NAME_BYTES)],
    [':room', '%C3%A9'.repeat(MAX_ROOM_NAME_BYTES / 2)],
    [':room', '%F0%9F%99%82'.repeat(MAX_ROOM_NAME_BYTES / 4)],
    ['games/:room', 'a'.repeat(MAX_ROOM_NAME_BYTES - 'games/'.length)],
  ])('%s may be 256 bytes of UTF-8, decoded', (template, raw) => {
    expect(roomName(template, { room: raw })).toBeTypeOf('string');
  });

  it.each([
    [':room', 'a'.repeat(MAX_ROOM_NAME_BYTES + 1)],
    [':room', `${'%C3%A9'.repeat(MAX_ROOM_NAME_BYTES / 2)}a`],
    [':room', `${'%F0%9F%99%82'.repeat(MAX_ROOM_NAME_BYTES / 4)}a`],
    ['games/:room', 'a'.repeat(MAX_ROOM_NAME_BYTES - 'games/'.length + 1)],
  ])('%s may not be one byte longer', (template, raw) => {
    expect(roomName(template, { room: raw })).toEqual(REFUSED);
  });

  it('stays under the 1,024 bytes of an object name when every byte is encoded', () => {
    expect(roomName(':room', { room: 'é'.repeat(MAX_ROOM_NAME_BYTES / 2) })).toHaveLength(3 * MAX_ROOM_NAME_BYTES);
  });
});

describe('two rooms', () => {
  /** Any text that may be a room's name, much of it of characters that names are told apart by. */
  const decoded = fc
    .string({ unit: fc.oneof(fc.constantFrom(...'ab/%:.-2F+é🙂'), fc.string({ unit: 'grapheme', minLength: 1 })) })
    .filter((text) => !(roomName(':a', { a: encodeURIComponent(text) }) instanceof Rejected));
  const nameOf = (template: string, ...values: string[]) =>
    roomName(template, Object.fromEntries(values.map((value, index) => [`p${index}`, encodeURIComponent(value)])));

  it('never meet in one object under different names', () => {
    fc.assert(
      fc.property(decoded, decoded, (a, b) => {
        expect(nameOf(':p0', a) === nameOf(':p0', b)).toBe(a === b);
      }),
      RUNS,
    );
  });

  it('never meet across a template that sets its rooms apart with a slash', () => {
    fc.assert(
      fc.property(decoded, decoded, (a, b) => {
        expect(nameOf(':p0', a)).not.toBe(nameOf('games/:p0', b));
        expect(nameOf(':p0', `games/${b}`)).not.toBe(nameOf('games/:p0', b));
      }),
      RUNS,
    );
  });

  it('never meet where one of several parameters differs', () => {
    fc.assert(
      fc.property(fc.tuple(decoded, decoded), fc.tuple(decoded, decoded), (a, b) => {
        expect(nameOf(':p0/:p1', ...a) === nameOf(':p0/:p1', ...b)).toBe(a[0] === b[0] && a[1] === b[1]);
      }),
      RUNS,
    );
  });

  it('always meet in one object however the name is encoded', () => {
    const hex = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&');
    fc.assert(
      fc.property(decoded, (text) => {
        const name = roomName(':room', { room: encodeURIComponent(text) });
        expect(roomName(':room', { room: hex(text) })).toBe(name);
        expect(roomName(':room', { room: hex(text).toUpperCase() })).toBe(name);
      }),
      RUNS,
    );
  });
});
