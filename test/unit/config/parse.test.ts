import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS } from '../../../src/config/channels.ts';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { mistakesIn, row } from './mistakes.ts';

const RUNS = { numRuns: 200, seed: 1 };

const NAMESPACES = { '': DEFAULT_CHANNEL_OPTIONS };

/** Every kind of target, every form of origins, and every key. */
const FULL = {
  routes: [
    {
      name: 'games',
      host: '*.Example.com',
      path: '/games/:game/:room',
      target: { kind: 'room', room: 'games/:game/:room', protocols: ['raw'], echo: true },
      origins: { allow: ['https://example.com', 'https://*.example.com:8443'], missing: 'deny' },
      protocols: ['chat.v2', 'chat.v1'],
      limits: { ...DEFAULT_LIMITS, maxMessageBytes: 16, overRate: 'drop' },
    },
    {
      path: '/proxy/*',
      target: {
        kind: 'proxy',
        pool: ['https://a.example', { url: 'http://[::1]:8080/x', weight: 0 }],
        policy: { sticky: { cookie: 'upstream', secret: 'STICKY_SECRET' } },
        disableMs: 1,
        maxConnections: 1,
        connectTimeoutMs: 1,
        rewrite: { from: '/proxy', to: '/' },
        secret: { header: 'X-Router', value: 'ROUTER_SECRET' },
        inspect: true,
        idleMs: 1,
      },
      origins: 'any',
    },
    {
      path: '/tunnel',
      target: {
        kind: 'tunnel',
        pool: [{ host: '192.0.2.1', port: 65_535, weight: 1000 }],
        policy: { hash: { header: 'X-User' } },
        frames: 'mirror',
        tls: { serverName: 'a.example' },
        proxyProtocol: 2,
        idleMs: 0,
        lifetimeMs: 1,
      },
      origins: ['http://a'],
    },
    {
      path: '/anywhere',
      target: { kind: 'tunnel', to: { secret: 'DIAL_SECRET', allow: ['*.example.com:1-9', '*:22'], private: true } },
    },
    { path: '/grip', target: { kind: 'grip', url: 'https://a.example/events?x=1' }, origins: { allow: 'same' } },
    { path: '/', target: { kind: 'page', page: 'chat' } },
  ],
  fallback: { kind: 'http', origin: 'https://www.example.com' },
};

describe('a good table', () => {
  it('resolves with every default', () => {
    expect(parseConfig({ routes: [{ path: '/rooms/:room', target: { kind: 'room', room: ':room' } }] })).toEqual({
      routes: [
        {
          name: '/rooms/:room',
          host: null,
          segments: [
            { kind: 'literal', text: 'rooms' },
            { kind: 'param', name: 'room' },
          ],
          target: {
            kind: 'room',
            room: ':room',
            protocols: ['raw'],
            echo: false,
            tokens: null,
            application: null,
            answersHttp: false,
            grip: null,
            namespaces: NAMESPACES,
          },
          mount: 'raw',
          origins: { allow: 'same', missing: 'allow' },
          protocols: [],
          limits: DEFAULT_LIMITS,
          auth: null,
          refuse: 'http',
        },
      ],
      fallback: { kind: 'none' },
    });
  });

  it('resolves with all that it says', () => {
    const config = parseConfig(FULL);
    expect(config.fallback).toEqual(FULL.fallback);
    expect(config.routes.find(({ name }) => name === 'games')).toEqual({
      name: 'games',
      host: { wildcard: true, name: 'example.com' },
      segments: [
        { kind: 'literal', text: 'games' },
        { kind: 'param', name: 'game' },
        { kind: 'param', name: 'room' },
      ],
      target: {
        ...FULL.routes[0]?.target,
        tokens: null,
        application: null,
        answersHttp: false,
        grip: null,
        namespaces: NAMESPACES,
      },
      mount: 'raw',
      origins: {
        allow: [
          { scheme: 'https', wildcard: false, host: 'example.com', port: '443' },
          { scheme: 'https', wildcard: true, host: 'example.com', port: '8443' },
        ],
        missing: 'deny',
      },
      protocols: ['chat.v2', 'chat.v1'],
      limits: { ...DEFAULT_LIMITS, maxMessageBytes: 16, overRate: 'drop' },
      auth: null,
      refuse: 'http',
    });
  });

  it('resolves to the same after a way through JSON', () => {
    expect(parseConfig(JSON.parse(JSON.stringify(FULL)))).toEqual(parseConfig(FULL));
  });

  it('keeps the default of a limit that is set to undefined', () => {
    const limits = { maxMessageBytes: undefined, upgradesPerMinute: undefined, messageBurst: undefined };
    expect(parseConfig({ routes: [row({ limits })] }).routes[0]?.limits).toEqual(DEFAULT_LIMITS);
  });

  it('is left as it was', () => {
    const table = structuredClone(FULL);
    parseConfig(table);
    expect(table).toEqual(FULL);
  });

  it('names a route without a name by its host and path, as they are written', () => {
    const { routes } = parseConfig({ routes: [row({ host: 'A.example', path: '/x' })] });
    expect(routes.map(({ name }) => name)).toEqual(['A.example/x']);
  });

  it('puts the most specific route first', () => {
    const paths = ['/*', '/:x', '/a/*', '/a', '/a/:x'];
    const { routes } = parseConfig({ routes: paths.map((path) => row({ path })) });
    expect(routes.map(({ name }) => name)).toEqual(['/a/:x', '/a', '/a/*', '/:x', '/*']);
  });
});

describe('routes that conflict', () => {
  const twin = 'takes the same host and paths as routes[0]: remove one of the two, or tell them apart';

  it.each([
    ['the same path', { path: '/a' }, { path: '/a', name: 'other' }],
    ['parameters of other names', { path: '/:a/x' }, { path: '/:b/x' }],
    ['the same rest', { path: '/a/*' }, { path: '/a/*' }],
    ['other spellings of a segment', { path: '/café' }, { path: '/caf%c3%A9' }],
    ['a host in another case', { host: '*.a.example' }, { host: '*.A.Example' }],
  ])('are refused for %s', (_, first, second) => {
    expect(mistakesIn({ routes: [row(first), row(second)] })).toEqual([{ path: 'routes[1].path', message: twin }]);
  });

  it('are told from those that differ', () => {
    const hosts = [undefined, 'a.example', '*.a.example', 'b.example'];
    const paths = ['/a', '/a/', '/A', '/:x', '/*', '/a/*', '/a/:x'];
    const routes = hosts.flatMap((host) => paths.map((path) => row({ host, path })));
    expect(mistakesIn({ routes })).toEqual([]);
  });

  it('are refused for a name given twice', () => {
    const routes = [row({ name: 'a', path: '/a' }), row({ name: 'a', path: '/b' })];
    expect(mistakesIn({ routes })).toEqual([{ path: 'routes[1].name', message: 'is also the name of routes[0]' }]);
  });

  it('are refused for the name that another has by default', () => {
    const routes = [row({ path: '/a' }), row({ name: '/a', path: '/b' })];
    expect(mistakesIn({ routes })).toEqual([{ path: 'routes[1].name', message: 'is also the name of routes[0]' }]);
  });
});

describe('a bad table', () => {
  it('is refused for mistakes around its routes and in them', () => {
    const routes = [row({ path: 'a', a: 1, b: 2, target: { kind: 'room', room: ':r', c: 3 } }), row(), row({ d: 4 })];
    expect(mistakesIn({ routes, fallbak: 1 }).map(({ path }) => path)).toEqual([
      ...['fallbak', 'routes[0].path', 'routes[0].target.c', 'routes[0].a', 'routes[0].b'],
      ...['routes[2].d', 'routes[2].path'],
    ]);
  });

  it('is refused for an unknown key and a template that takes what the path lacks', () => {
    const routes = [row({ key: 1, target: { kind: 'room', room: ':r' } })];
    expect(mistakesIn({ routes }).map(({ path }) => path)).toEqual(['routes[0].key', 'routes[0].target.room']);
  });

  it('is refused with the mistakes of all its routes at once', () => {
    const routes = [
      row({ path: 'rooms', host: 'https://a.example', limits: { maxConnections: 0 }, orgins: 'any' }),
      row({ target: { kind: 'room', room: ':room' } }),
      row({ path: '/a', origins: ['https://a.example', 'null'], protocols: ['a b'] }),
      row({ path: '/b', target: { kind: 'proxy', pool: [] } }),
      row({ path: '/c/:x' }),
      row({ path: '/c/:y' }),
    ];
    expect(mistakesIn({ routes }).map(({ path }) => path)).toEqual([
      ...['routes[0].host', 'routes[0].path', 'routes[0].limits.maxConnections', 'routes[0].orgins'],
      ...['routes[1].target.room', 'routes[2].origins[1]', 'routes[2].protocols[0]', 'routes[3].target.pool'],
      'routes[5].path',
    ]);
  });

  it('is refused with a line for every mistake', () => {
    const routes = [row({ name: '' }), row({ path: 'a' })];
    const lines = [
      'The route table can not be used:',
      '  routes[0].name must not be empty: write a name, or leave it out',
      '  routes[1].path must start with "/"',
    ];
    expect(() => parseConfig({ routes })).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: lines.join('\n') }),
    );
  });

  it.each([
    [undefined, 'is missing'],
    [null, 'must be Object, not null'],
    ['{}', 'must be Object, not "{}"'],
    [7, 'must be Object, not 7'],
    [true, 'must be Object, not true'],
    [() => ({}), 'must be Object, not Function'],
  ])('is refused as a whole where it is no object: %s', (table, message) => {
    expect(mistakesIn(table)).toEqual([{ path: 'table', message }]);
  });

  it('ends in a ConfigError, whatever it is', () => {
    const value = fc.oneof(fc.jsonValue(), fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }));
    const changes = fc.dictionary(
      fc.constantFrom('name', 'host', 'path', 'target', 'origins', 'protocols', 'limits', '__proto__', 'other'),
      value,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          value,
          changes.map((change) => ({ routes: [row(change)] })),
        ),
        (table) => {
          expect(mistakesIn(table)).toBeInstanceOf(Array);
        },
      ),
      RUNS,
    );
  });
});
