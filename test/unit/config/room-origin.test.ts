import { describe, expect, it } from 'vitest';
import { parseConfig, secretsOf } from '../../../src/config/parse.ts';
import { DEFAULT_ROOM_ORIGIN, MAX_ROOM_ORIGIN } from '../../../src/config/room-origin.ts';
import { mistakesIn, UNKNOWN } from './mistakes.ts';

function tableOf(origin: unknown, more: object = {}, path = '/a/:room') {
  return { routes: [{ path, target: { kind: 'room', room: 'a/:room', origin, ...more } }] };
}

const ORIGIN = 'routes[0].target.origin';

describe('the origin of a room', () => {
  it.each([
    ['ws://a.example/live', 'http://a.example/live'],
    ['wss://a.example:8443/:room?x=:room', 'https://a.example:8443/:room?x=:room'],
    ['HTTP://[::a]/', 'HTTP://[::a]/'],
    ['https://a.example', 'https://a.example'],
  ])('may be the URL %s alone, with the defaults for the rest', (url, resolved) => {
    const [route] = parseConfig(tableOf(url)).routes;
    expect(route?.target).toMatchObject({
      application: {
        ...DEFAULT_ROOM_ORIGIN,
        ...{ kind: 'origin', room: 'a/:room', url: resolved, secret: null, protocol: null, ping: null, pong: null },
      },
      answersHttp: false,
    });
  });

  it('may say everything', () => {
    const options = {
      ...{ sender: true, announce: true, protocol: 'feed.v1', secret: { header: 'X-Router', value: 'ROUTER_SECRET' } },
      ...{ connectTimeoutMs: 1, minRetryMs: 2, maxRetryMs: 2, maxQueuedBytes: 4 },
      ...{ idleMs: 1, ping: '{"op":"ping"}', pong: '{"op":"pong"}' },
    };
    const config = parseConfig(tableOf({ url: 'https://a.example', ...options }));
    expect(config.routes[0]?.target).toMatchObject({ application: options });
    expect(secretsOf(config)).toEqual(['ROUTER_SECRET']);
  });

  it.each(Object.entries(MAX_ROOM_ORIGIN))('may have a %s from 1 to %i', (key, most) => {
    const withValue = (value: unknown) => mistakesIn(tableOf({ url: 'ws://a', maxRetryMs: 3_600_000, [key]: value }));
    expect([withValue(most), withValue(key === 'maxRetryMs' ? 1000 : 1)]).toEqual([[], []]);
    for (const value of [0, most + 1, 1.5, '1', null]) {
      expect(withValue(value)).toMatchObject([{ path: `${ORIGIN}.${key}` }]);
    }
  });

  it('may be silent for no end, or up to what a timer takes', () => {
    const most = 2 ** 31 - 1;
    const withIdle = (idleMs: unknown) => mistakesIn(tableOf({ url: 'ws://a', idleMs }));
    expect([withIdle(0), withIdle(most)]).toEqual([[], []]);
    for (const value of [-1, most + 1, 1.5, '1', null])
      expect(withIdle(value)).toMatchObject([{ path: `${ORIGIN}.idleMs` }]);
  });

  it('tells all mistakes of a heartbeat at once, beside others', () => {
    const mistakes = mistakesIn(tableOf({ url: 'ws://a', maxQueuedBytes: 0, idleMs: 0, ping: '' }));
    expect(mistakes.map(({ path }) => path).sort()).toEqual(
      ['maxQueuedBytes', 'ping', 'ping'].map((key) => `${ORIGIN}.${key}`),
    );
  });

  it.each([
    '',
    'a.example',
    '//a.example',
    'ws:a.example',
    'ftp://a.example',
    'wss://:room/x',
    'wss://:room@a.example',
  ])('can not be %j', (url) => {
    const message =
      'must be a ws:, wss:, http: or https: URL without a user or password, such as "wss://a.example/live"';
    expect(mistakesIn(tableOf(url))).toEqual([{ path: ORIGIN, message }]);
    expect(mistakesIn(tableOf({ url }))).toEqual([{ path: `${ORIGIN}.url`, message }]);
  });

  it.each([
    ['a fragment', 'ws://a/#b', {}, ORIGIN, 'must not have a fragment: it is not sent'],
    [
      "a parameter that the room's name does not have",
      'ws://a/:other',
      {},
      ORIGIN,
      'takes ":other" from the room\'s name, which has no such parameter: add it there, or write "%3A" for a plain ":"',
    ],
    [
      'waits the wrong way round',
      { url: 'ws://a', minRetryMs: 2, maxRetryMs: 1 },
      {},
      `${ORIGIN}.minRetryMs`,
      'is more than maxRetryMs: lower it, or raise the other',
    ],
    [
      'a ping without a time',
      { url: 'ws://a', ping: 'ping' },
      {},
      `${ORIGIN}.ping`,
      'needs "idleMs": a ping goes every half of it',
    ],
    [
      'an empty ping',
      { url: 'ws://a', idleMs: 1, ping: '' },
      {},
      `${ORIGIN}.ping`,
      'must not be empty: write what the origin answers',
    ],
    ['a pong to no ping', { url: 'ws://a', pong: 'pong' }, {}, `${ORIGIN}.pong`, 'needs a "ping", which it answers'],
    [
      'a header of the connection',
      { url: 'ws://a', secret: { header: 'Upgrade', value: 'SECRET' } },
      {},
      `${ORIGIN}.secret.header`,
      'is a header of the connection, or one that the router writes: choose another',
    ],
    [
      'a subprotocol that is none',
      { url: 'ws://a', protocol: 'a b' },
      {},
      `${ORIGIN}.protocol`,
      'must be the name of a subprotocol, which is a token',
    ],
    ['a key that nobody knows', { url: 'ws://a', sendr: true }, {}, `${ORIGIN}.sendr`, UNKNOWN],
    ['nothing in it', {}, {}, `${ORIGIN}.url`, 'is missing'],
    ['a number', 5, {}, ORIGIN, 'must be Object, not 5'],
    [
      'an echo, too',
      'ws://a',
      { echo: false },
      'routes[0].target.echo',
      'is up to the origin, which gets what members send: remove it',
    ],
  ])('can not have %s', (_, origin, more, path, message) => {
    expect(mistakesIn(tableOf(origin, more))).toEqual([{ path, message }]);
  });

  it('can not share a room with a plug-in', () => {
    const table = tableOf('ws://a', { plugin: 'probe' });
    expect(mistakesIn(table)).toContainEqual({
      path: ORIGIN,
      message: 'is not for a room with a plug-in: remove one of the two',
    });
  });

  it('leaves the connections at its path what they are', () => {
    const { routes } = parseConfig(tableOf('ws://a', { protocols: ['raw', 'sse'] }));
    expect(routes.map(({ mount }) => mount).sort()).toEqual(['raw', 'sse']);
  });
});
