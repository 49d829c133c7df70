import { describe, expect, it } from 'vitest';
import { HTTP_URL, mistakesIn, row, UNKNOWN } from './mistakes.ts';

/** `path` within the only row, or the row itself where it is empty. */
const mistake = (path: string, message: string) => ({ path: `routes[0]${path && `.${path}`}`, message });
const mistakesOf = (changes: Record<string, unknown>) => mistakesIn({ routes: [row(changes)] });

const ORIGIN = 'must be an origin such as "https://example.com" or "https://*.example.com", without a path';
const PORT = 'must be a whole number from 1 to 65535';
const TOKEN = "must be a token: letters, digits and !#$%&'*+-.^_`|~";
const KINDS = '("room" | "proxy" | "tunnel" | "grip" | "page" | "api")';

describe('a route', () => {
  it.each([
    [null, [mistake('', 'must be Object, not null')]],
    ['/', [mistake('', 'must be Object, not "/"')]],
    [{}, [mistake('path', 'is missing'), mistake('target', 'is missing')]],
    [[], [mistake('path', 'is missing'), mistake('target', 'is missing')]],
  ])('is refused as %j', (route, mistakes) => {
    expect(mistakesIn({ routes: [route] })).toEqual(mistakes);
  });

  it.each([
    ['key', 'paths', { paths: '/' }],
    ['key of its target', 'target.rooms', { target: { kind: 'room', room: 'a', rooms: 'b' } }],
    ['key of another kind of target', 'target.pool', { target: { kind: 'room', room: 'a', pool: [] } }],
    [
      'key of its pool',
      'target.pool[0].tls',
      { target: { kind: 'tunnel', pool: [{ host: 'a', port: 1, tls: true }] } },
    ],
    ['key of its origins', 'origins.deny', { origins: { allow: 'any', deny: [] } }],
    ['limit', 'limits.maxMesageBytes', { limits: { maxMesageBytes: 1 } }],
  ])('is refused for an unknown %s', (_, path, changes) => {
    expect(mistakesOf(changes)).toEqual([mistake(path, UNKNOWN)]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['name', { name: '' }, 'must not be empty: write a name, or leave it out'],
    ['name', { name: 1 }, 'must be string, not 1'],
    ['path', { path: 'a' }, 'must start with "/"'],
    ['path', { path: '/a//b' }, 'has an empty segment: write one "/" at a time'],
    ['path', { path: null }, 'must be string, not null'],
    [
      'host',
      { host: 'a:80' },
      'must be a host name such as "chat.example.com" or "*.example.com", without scheme, port or path',
    ],
    ['host', { host: 1 }, 'must be string, not 1'],
    ['origins', { origins: 'https://a.example' }, 'must be ("same" | "any"), not "https://a.example"'],
    ['origins', { origins: null }, 'must be ("same" | "any"), not null'],
    ['origins.allow', { origins: {} }, 'is missing'],
    ['origins.missing', { origins: { allow: 'any', missing: 'same' } }, 'must be ("allow" | "deny"), not "same"'],
    ['origins[1]', { origins: ['https://a.example', 'https://a.example/'] }, ORIGIN],
    ['origins.allow[0]', { origins: { allow: ['null'] } }, ORIGIN],
    ['origins.allow[0]', { origins: { allow: [7] } }, 'must be string, not 7'],
    ['protocols', { protocols: [] }, 'must not be empty'],
    ['protocols', { protocols: 'a' }, 'must be Array, not "a"'],
    ['protocols[0]', { protocols: ['a, b'] }, TOKEN],
    ['protocols[1]', { protocols: ['a', ''] }, TOKEN],
    ['protocols', { protocols: ['a', 'b', 'a'] }, 'must not name a subprotocol twice'],
    ['limits', { limits: 1 }, 'must be Object, not 1'],
    ['limits.overRate', { limits: { overRate: 'throttle' } }, 'must be ("close" | "drop"), not "throttle"'],
  ])('is refused for its %s: %j', (path, changes, message) => {
    expect(mistakesOf(changes)).toEqual([mistake(path, message)]);
  });

  it('may name subprotocols that differ in case', () => {
    expect(mistakesOf({ protocols: ['chat', 'Chat'] })).toEqual([]);
  });

  it.each([undefined, 'same', 'any', ['https://a.example'], { allow: 'any' }, { allow: 'same', missing: 'deny' }])(
    'may have the origins %j',
    (origins) => {
      expect(mistakesOf({ origins })).toEqual([]);
    },
  );
});

describe('a target', () => {
  it.each<[Record<string, unknown>, string, string]>([
    [{}, 'kind', `is missing: it must be ${KINDS}`],
    [{ kind: 'rooms' }, 'kind', `must be ${KINDS}, not "rooms"`],
    [{ kind: 'room' }, 'room', 'is missing'],
    [{ kind: 'room', room: '' }, 'room', 'must not be empty: write a name, or a ":param" of the path'],
    [{ kind: 'room', room: 'a\nb' }, 'room', 'must be text without control characters'],
    [{ kind: 'room', room: '\ud800' }, 'room', 'must be text without control characters'],
    [{ kind: 'room', room: 'a', protocols: [] }, 'protocols', 'must not be empty'],
    [
      { kind: 'room', room: 'a', protocols: ['smoke'] },
      'protocols[0]',
      'must be ("raw" | "centrifugo" | "sse" | "sp"), not "smoke"',
    ],
    [{ kind: 'room', room: 'a', echo: 'yes' }, 'echo', 'must be boolean, not "yes"'],
    [{ kind: 'proxy' }, 'pool', 'is missing'],
    [{ kind: 'proxy', pool: [] }, 'pool', 'must not be empty'],
    [{ kind: 'proxy', pool: ['https://a.example', 'ws://a.example'] }, 'pool[1]', HTTP_URL],
    [{ kind: 'proxy', pool: ['a.example'] }, 'pool[0]', HTTP_URL],
    [{ kind: 'tunnel', pool: [] }, 'pool', 'must not be empty'],
    [
      { kind: 'tunnel', pool: [{ host: '', port: 1 }] },
      'pool[0].host',
      'must be a host name, an IPv4 address as four numbers, or an IPv6 address, without scheme or port',
    ],
    [{ kind: 'tunnel', pool: [{ host: 'a' }] }, 'pool[0].port', 'is missing'],
    [{ kind: 'tunnel', pool: [{ host: 'a', port: 0 }] }, 'pool[0].port', PORT],
    [{ kind: 'tunnel', pool: [{ host: 'a', port: 65_536 }] }, 'pool[0].port', PORT],
    [{ kind: 'tunnel', pool: [{ host: 'a', port: 80.5 }] }, 'pool[0].port', PORT],
    [{ kind: 'tunnel', pool: ['a:80'] }, 'pool[0]', 'must be Object, not "a:80"'],
    [{ kind: 'grip', url: 'ftp://a.example' }, 'url', HTTP_URL],
    [
      { kind: 'page', page: 'admin' },
      'page',
      'must be ("chat" | "echo" | "dumb-increment" | "counter" | "cursors" | "tictactoe"), not "admin"',
    ],
  ])('is refused as %j', (target, path, message) => {
    expect(mistakesOf({ target })).toEqual([mistake(`target.${path}`, message)]);
  });

  it.each([
    ['/', 'games/:room'],
    ['/:rooms', ':room'],
    ['/:Room', ':room'],
    ['/room/*', ':room'],
    ['/:a', ':a/:room/:b'],
  ])('of %s is refused for a room %s, whose parameter the path lacks', (path, room) => {
    const message = 'takes ":room" from the path, which has no such parameter: add it there or correct the name';
    expect(mistakesOf({ path, target: { kind: 'room', room } })).toEqual([mistake('target.room', message)]);
  });
});

it('refuses a room whose name two parameters could give in more than one way', () => {
  const message = 'has two parameters that only "/" keeps apart: write it between them';
  const target = { kind: 'room', room: ':a-:b' };
  expect(mistakesOf({ path: '/:a/:b', target })).toEqual([mistake('target.room', message)]);
});

describe('the table', () => {
  it.each([
    [{}, 'is missing'],
    [{ routes: {} }, 'must be Array, not Object'],
    [{ routes: null }, 'must be Array, not null'],
    [{ routes: [] }, 'must not be empty: write at least one route'],
  ])('is refused for its routes: %j', (table, message) => {
    expect(mistakesIn(table)).toEqual([{ path: 'routes', message }]);
  });

  it('is refused for an unknown key', () => {
    expect(mistakesIn({ routes: [row()], route: [] })).toEqual([{ path: 'route', message: UNKNOWN }]);
  });

  it.each([
    ['fallback', null, 'must be Object, not null'],
    ['fallback', 'https://a.example', 'must be Object, not "https://a.example"'],
    ['fallback.kind', {}, 'is missing: it must be ("http" | "none")'],
    ['fallback.kind', { kind: 'tcp' }, 'must be ("http" | "none"), not "tcp"'],
    ['fallback.origin', { kind: 'http' }, 'is missing'],
    ['fallback.origin', { kind: 'none', origin: 'https://a.example' }, UNKNOWN],
  ])('is refused for its %s: %j', (path, fallback, message) => {
    expect(mistakesIn({ routes: [row()], fallback })).toEqual([{ path, message }]);
  });

  it.each([
    ...['a.example', 'ws://a.example', 'https://a.example/b', 'https://a.example?b'],
    ...['https://a.example/#', 'https://user@a.example', 'null', ''],
  ])('is refused for the fallback to %s, which is no origin', (origin) => {
    const message = 'must be an http: or https: origin without a path, such as "https://www.example.com"';
    const fallback = { kind: 'http', origin };
    expect(mistakesIn({ routes: [row()], fallback })).toEqual([{ path: 'fallback.origin', message }]);
  });
});
