import fc from 'fast-check';
import { expect, it } from 'vitest';
import { originUrl } from '../../../../src/room/origin/url.ts';
import { roomName } from '../../../../src/upgrade/room-name.ts';

const RUNS = { numRuns: 200, seed: 1 };

function urlFor(url: string, room: string, params: Record<string, string>): string {
  return originUrl({ url, room }, roomName(room, params) as string);
}

it.each([
  ['https://a.example/live', 'lobby', {}, 'https://a.example/live'],
  ['https://a.example:8443/live/:room', ':room', { room: 'one' }, 'https://a.example:8443/live/one'],
  ['https://a.example?room=:room&x=1', ':room', { room: 'one' }, 'https://a.example?room=one&x=1'],
  ['http://[fe80::a]:80/:b/:a', ':a/x-:b.y', { a: '1', b: '2' }, 'http://[fe80::a]:80/2/1'],
  ['http://a/:room', 'spiel é/:room', { room: 'caf%c3%a9' }, 'http://a/caf%C3%A9'],
  ['http://a/:room/b', 'x*:room*', { room: 'a%2Fb' }, 'http://a/a%2Fb/b'],
  ['http://a/?q=:room', ':room', { room: 'a&b=c%23' }, 'http://a/?q=a%26b%3Dc%23'],
])('is %s for the room %s with %j: %s', (url, room, params, expected) => {
  expect(urlFor(url, room, params)).toBe(expected);
});

it('leads nowhere else, whatever a parameter holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      // No URL that arrives has such segments left.
      fc.pre(!/^\.{1,2}$/.test(value));
      const name = roomName('games/:game', { game: encodeURIComponent(value) });
      fc.pre(typeof name === 'string');
      const url = new URL(originUrl({ url: 'https://a.example/v1/:game/live?g=:game', room: 'games/:game' }, name));
      expect(url.host).toBe('a.example');
      expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'v1', value, 'live']);
      expect(url.searchParams.get('g')).toBe(value);
    }),
    RUNS,
  );
});
