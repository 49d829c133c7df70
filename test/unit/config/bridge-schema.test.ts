import { describe, expect, it } from 'vitest';
import type { ProxyTarget, TunnelTarget } from '../../../src/config/bridge.ts';
import { parseConfig, secretsOf } from '../../../src/config/parse.ts';
import { mistakesIn, row } from './mistakes.ts';

type Changes<T> = { [key in keyof T]?: unknown } & Record<string, unknown>;

const proxy = (changes: Changes<ProxyTarget> = {}) => ({ kind: 'proxy', pool: ['https://a.example'], ...changes });
const tunnel = (changes: Changes<TunnelTarget> = {}) => ({
  kind: 'tunnel',
  pool: [{ host: 'a', port: 1 }],
  ...changes,
});
const chosen = (changes: Record<string, unknown> = {}) =>
  tunnel({ pool: undefined, to: { secret: 'DIAL_SECRET', allow: ['*:22'], ...changes } });

/** The mistakes in a target: where, below it, and what. */
function mistakesOf(target: object, path = '/live/*'): [string, string][] {
  const mistakes = mistakesIn({ routes: [row({ path, target })] });
  return mistakes.map(({ path, message }) => [path.replace(/^routes\[0\]\.target\.?/, ''), message]);
}

function resolved(target: object, path = '/live/*') {
  return parseConfig({ routes: [row({ path, target })] }).routes[0]?.target;
}

const TAKEN = 'is a header of the connection, or one that the router writes: choose another';
const POLICIES = 'must be ("round_robin" | "random" | "least_conn")';
const VARIABLE = 'must be the name of an environment variable, such as "JWT_SECRET", and never the secret';
const HOST = 'must be a host name, an IPv4 address as four numbers, or an IPv6 address, without scheme or port';
const PATTERN =
  'must be a host and ports, such as "db.example.com:5432", "*.example.com:443", "[2001:db8::1]:8000-8010" or "*:22"';

const BLIND = 'needs "inspect: true": without it nobody here learns when a connection ends';

const between = (min: number, max: number) => `must be a whole number from ${min} to ${max}`;

describe('a pool', () => {
  it.each([
    'round_robin',
    'random',
    'least_conn',
    { hash: 'path' },
    { hash: { header: 'X-User' } },
    { hash: { cookie: 'user' } },
    { hash: { query: 'a b' } },
    { sticky: 'address' },
    { sticky: { cookie: '__Host-upstream', secret: 'STICKY_SECRET' } },
  ])('may have the policy %j', (policy) => {
    expect(resolved(proxy({ policy, inspect: true }))).toMatchObject({ policy });
    expect(resolved(tunnel({ policy }))).toMatchObject({ policy });
  });

  it.each<[unknown, string, string]>([
    ['fair', '', `${POLICIES}, not "fair"`],
    [null, '', `${POLICIES}, not null`],
    [{}, '', 'must have one of "hash", "sticky"'],
    [{ hash: 'path', sticky: 'address' }, '', 'must have one of "hash", "sticky"'],
    [{ hash: 'host' }, '.hash', 'must be "path", not "host"'],
    [{ hash: {} }, '.hash', 'must have one of "header", "cookie", "query"'],
    [{ hash: null }, '.hash', 'must have one of "header", "cookie", "query"'],
    [{ hash: { header: 'A', query: 'a' } }, '.hash', 'must have one of "header", "cookie", "query"'],
    [{ hash: { header: 'a b' } }, '.hash.header', 'must be the name of a header'],
    [{ hash: { header: 'X-Forwarded-For' } }, '.hash.header', TAKEN],
    [{ hash: { cookie: 'a;b' } }, '.hash.cookie', 'must be the name of a cookie'],
    [{ hash: { query: '' } }, '.hash.query', 'must not be empty: write the name of a query parameter'],
    [{ sticky: 'cookie' }, '.sticky', 'must be "address", not "cookie"'],
    [{ sticky: { cookie: 'a' } }, '.sticky.secret', 'is missing'],
    [{ sticky: { cookie: 'a', secret: 'not a name' } }, '.sticky.secret', VARIABLE],
    [{ sticky: { cookie: '', secret: 'A' } }, '.sticky.cookie', 'must be the name of a cookie'],
  ])('is refused for the policy %j', (policy, path, message) => {
    expect(mistakesOf(proxy({ policy }))).toEqual([[`policy${path}`, message]]);
    expect(mistakesOf(tunnel({ policy }))).toEqual([[`policy${path}`, message]]);
  });

  it.each<[string, number, number]>([
    ['disableMs', 1, 3_600_000],
    ['maxConnections', 1, 1_000_000],
    ['connectTimeoutMs', 1, 60_000],
  ])('bounds its %s', (key, min, max) => {
    for (const value of [min, max])
      expect(resolved(proxy({ [key]: value, inspect: true }))).toMatchObject({ [key]: value });
    for (const value of [min - 1, max + 1, 1.5]) {
      expect(mistakesOf(tunnel({ [key]: value }))).toEqual([[key, between(min, max)]]);
    }
  });

  it('bounds the weight of an upstream', () => {
    const pool = (weight: unknown) => [
      { host: 'a', port: 1, weight },
      { host: 'b', port: 1 },
    ];
    expect(mistakesOf(tunnel({ pool: pool(0) }))).toEqual([]);
    expect(mistakesOf(tunnel({ pool: pool(1000) }))).toEqual([]);
    for (const weight of [-1, 1001, 0.5]) {
      expect(mistakesOf(tunnel({ pool: pool(weight) }))).toEqual([['pool[0].weight', between(0, 1000)]]);
    }
  });

  it('is refused where nobody in it has a share', () => {
    const message = 'has only upstreams of weight 0: give at least one of them a share';
    expect(mistakesOf(proxy({ pool: [{ url: 'https://a.example', weight: 0 }] }))).toEqual([['pool', message]]);
  });

  it.each([
    [proxy({ pool: ['https://a.example', 'https://b.example', { url: 'HTTPS://A.example:443/', weight: 2 }] }), 2],
    [
      tunnel({
        pool: [
          { host: 'A', port: 1 },
          { host: 'a', port: 1 },
        ],
      }),
      1,
    ],
    [
      tunnel({
        pool: [
          { host: '::1', port: 1 },
          { host: '[0:0::1]', port: 1 },
        ],
      }),
      1,
    ],
  ])('is refused for an upstream that is there twice: %j', (target, index) => {
    expect(mistakesOf(target)).toEqual([[`pool[${index}]`, 'is also pool[0]: give one of them the weight of both']]);
  });

  it('may have upstreams that differ in their port, scheme or path', () => {
    const urls = ['https://a.example', 'http://a.example', 'https://a.example:8443', 'https://a.example/x'];
    expect(mistakesOf(proxy({ pool: urls }))).toEqual([]);
    expect(mistakesOf(tunnel({ pool: [1, 2].map((port) => ({ host: 'a', port })) }))).toEqual([]);
  });
});

describe('a proxy', () => {
  it('has every default', () => {
    expect(resolved(proxy())).toEqual({
      kind: 'proxy',
      pool: [{ key: 'https://a.example/', url: 'https://a.example', weight: 1 }],
      policy: 'round_robin',
      disableMs: 1000,
      maxConnections: null,
      connectTimeoutMs: 8000,
      rewrite: null,
      secret: null,
      inspect: false,
      idleMs: 0,
    });
  });

  it('keeps what it is given', () => {
    const target = {
      ...proxy({ pool: [{ url: 'http://[::1]:80/x', weight: 7 }], policy: 'random', inspect: true, idleMs: 1 }),
      ...{ disableMs: 2, maxConnections: 3, connectTimeoutMs: 4 },
      ...{ rewrite: { from: '/live', to: '/' }, secret: { header: 'X-Router', value: 'ROUTER_SECRET' } },
    };
    expect(resolved(target)).toEqual({
      ...target,
      pool: [{ key: 'http://[::1]/x', url: 'http://[::1]:80/x', weight: 7 }],
    });
  });

  it.each<[Changes<ProxyTarget>, string, string]>([
    [{ pool: ['https://a.example/?x'] }, 'pool[0]', "must not have a query or a fragment: those are the request's own"],
    [
      { pool: [{ url: 'http://a#b' }] },
      'pool[0].url',
      "must not have a query or a fragment: those are the request's own",
    ],
    [{ pool: [{ weight: 1 }] }, 'pool[0].url', 'is missing'],
    [{ pool: [7] }, 'pool[0]', 'must be Object, not 7'],
    [{ inspect: 1 }, 'inspect', 'must be boolean, not 1'],
    [{ idleMs: 1 }, 'idleMs', 'needs "inspect: true": without it nobody here sees whether messages come'],
    [{ policy: 'least_conn' }, 'policy', BLIND],
    [{ maxConnections: 5, inspect: false }, 'maxConnections', BLIND],
    [{ inspect: true, idleMs: 2 ** 31 }, 'idleMs', between(0, 2 ** 31 - 1)],
    [{ secret: { header: 'X-A', value: 'a b' } }, 'secret.value', VARIABLE],
    [{ secret: { header: 'X-A' } }, 'secret.value', 'is missing'],
    [{ rewrite: { from: '/live' } }, 'rewrite.to', 'is missing'],
    [{ rewrite: { from: 'live', to: '/' } }, 'rewrite.from', 'must start with "/"'],
    [{ rewrite: { from: '/live', to: '/:a' } }, 'rewrite.to', 'must be plain text, without parameters or "*"'],
    [{ rewrite: { from: '/live', to: '/*' } }, 'rewrite.to', 'must be plain text, without parameters or "*"'],
    [
      { rewrite: { from: '/live', to: '//evil.example' } },
      'rewrite.to',
      'has an empty segment: write one "/" at a time',
    ],
    [
      { rewrite: { from: '/live', to: '/../x' } },
      'rewrite.to',
      'has a segment "..", which no URL has left when it arrives',
    ],
    [{ frames: 'text' }, 'frames', 'is not a key that is known here: correct its spelling or remove it'],
  ])('is refused as %j', (changes, path, message) => {
    expect(mistakesOf(proxy(changes))).toEqual([[path, message]]);
  });

  it.each([
    ...[
      'Host',
      'connection',
      'Keep-Alive',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'UPGRADE',
      'Content-Length',
      'HTTP2-Settings',
    ],
    ...[
      'Proxy-Connection',
      'Proxy-Authorization',
      'X-Forwarded-For',
      'x-forwarded-anything',
      'Forwarded',
      'Sec-WebSocket-Key',
    ],
  ])('can not show its secret in %s', (header) => {
    expect(mistakesOf(proxy({ secret: { header, value: 'A' } }))).toEqual([['secret.header', TAKEN]]);
  });

  it.each(['Authorization', 'X-Router-Secret', 'X-Forwarded', 'Hosts'])('can show its secret in %s', (header) => {
    expect(mistakesOf(proxy({ secret: { header, value: 'A' } }))).toEqual([]);
  });

  it.each([
    ['/live/*', '/live'],
    ['/live/*', '/live/'],
    ['/live/*', '/live/a/b'],
    ['/live/*', '/%6Cive'],
    ['/live/:room', '/live'],
    ['/:any', '/live'],
    ['/live', '/live'],
    ['/live/', '/live'],
    ['/*', '/'],
    ['/*', '/a'],
    ['/a', '/'],
  ])('of %s may rewrite %s', (path, from) => {
    expect(mistakesOf(proxy({ rewrite: { from, to: '/' } }), path)).toEqual([]);
  });

  it.each([
    ['/live/*', '/lives'],
    ['/live/*', '/liv'],
    ['/live/*', '/Live'],
    ['/live/:room', '/live/a/b'],
    ['/live', '/live/a'],
    ['/:any', '/a/b'],
    ['/a/b', '/b'],
  ])('of %s is refused for rewriting %s, which it never has', (path, from) => {
    const message = 'is not the head of any path that the route takes: write the first segments of "path"';
    expect(mistakesOf(proxy({ rewrite: { from, to: '/' } }), path)).toEqual([['rewrite.from', message]]);
  });
});

describe('a tunnel', () => {
  it('has every default', () => {
    expect(resolved(tunnel())).toEqual({
      kind: 'tunnel',
      pool: [{ key: 'a:1', host: 'a', port: 1, weight: 1 }],
      policy: 'round_robin',
      disableMs: 1000,
      maxConnections: null,
      connectTimeoutMs: 8000,
      to: null,
      frames: 'binary',
      tls: false,
      proxyProtocol: null,
      idleMs: 3_600_000,
      lifetimeMs: 0,
    });
  });

  it('keeps what it is given', () => {
    const target = {
      ...tunnel({ policy: { hash: 'path' }, frames: 'mirror', tls: { serverName: 'db.example.com' } }),
      ...{ proxyProtocol: 2, idleMs: 0, lifetimeMs: 1, disableMs: 2, maxConnections: 3, connectTimeoutMs: 4 },
    };
    const pool = [{ key: 'a:1', host: 'a', port: 1, weight: 1 }];
    expect(resolved(target)).toEqual({ ...target, pool, to: null });
  });

  it.each([
    ['DB.example.com', 'db.example.com'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['[2001:DB8:0::1]', '[2001:db8::1]'],
  ])('may lead to %s', (host, spelled) => {
    const pool = [{ key: `${spelled}:80`, host: spelled, port: 80, weight: 1 }];
    expect(resolved(tunnel({ pool: [{ host, port: 80 }] }))).toMatchObject({ pool });
  });

  it.each(['', 'a:80', '127.1', '0x7f000001', 'a.', '[::1', 'fe80::1%eth0', 'tcp://a', 'a/b', 'a b'])(
    'is refused for the host "%s"',
    (host) => {
      expect(mistakesOf(tunnel({ pool: [{ host, port: 80 }] }))).toEqual([['pool[0].host', HOST]]);
    },
  );

  it('lets a connection choose, with every default', () => {
    expect(resolved(chosen())).toMatchObject({
      pool: null,
      to: { secret: 'DIAL_SECRET', allow: [{ host: null, ports: [22, 22] }], private: false },
      connectTimeoutMs: 8000,
    });
  });

  it.each<[object, string, string]>([
    [tunnel({ pool: undefined }), '', 'must have one of "pool" and "to", and not both'],
    [{ ...chosen(), pool: [{ host: 'a', port: 1 }] }, '', 'must have one of "pool" and "to", and not both'],
    [chosen({ allow: [] }), 'to.allow', 'must not be empty'],
    [chosen({ allow: ['*'] }), 'to.allow[0]', PATTERN],
    [chosen({ secret: '' }), 'to.secret', VARIABLE],
    [tunnel({ frames: 'utf8' }), 'frames', 'must be ("binary" | "text" | "mirror"), not "utf8"'],
    [tunnel({ tls: 'yes' }), 'tls', 'must be boolean, not "yes"'],
    [tunnel({ tls: {} }), 'tls.serverName', 'is missing'],
    [tunnel({ tls: { serverName: '1.2.3.4' } }), 'tls.serverName', 'must be a host name, such as "db.example.com"'],
    [tunnel({ proxyProtocol: 3 }), 'proxyProtocol', 'must be (1 | 2), not 3'],
    [tunnel({ idleMs: -1 }), 'idleMs', between(0, 2 ** 31 - 1)],
    [tunnel({ lifetimeMs: 2 ** 31 }), 'lifetimeMs', between(0, 2 ** 31 - 1)],
    [tunnel({ inspect: true }), 'inspect', 'is not a key that is known here: correct its spelling or remove it'],
  ])('is refused as %j', (target, path, message) => {
    expect(mistakesOf(target)).toEqual([[path, message]]);
  });

  it('is refused for options of a pool that it does not have', () => {
    const message = 'is about choosing from a pool, which a tunnel with "to" does not have: remove it';
    const target = { ...chosen(), policy: 'random', disableMs: 1, maxConnections: 1, connectTimeoutMs: 1 };
    expect(mistakesOf(target)).toEqual(['policy', 'disableMs', 'maxConnections'].map((key) => [key, message]));
  });

  it('is refused for listing what it would never dial', () => {
    const message = 'is not a public address, so it needs "private: true"';
    const allow = [
      '10.0.0.1:22',
      'example.com:22',
      '*.internal:22',
      '[::1]:22',
      '*:22',
      '*.example.com:22',
      'redis:6379',
    ];
    expect(mistakesOf(chosen({ allow }))).toEqual([0, 2, 3, 6].map((index) => [`to.allow[${index}]`, message]));
    expect(mistakesOf(chosen({ allow, private: true }))).toEqual([]);
  });

  it('is refused with all its mistakes at once', () => {
    const target = chosen({ secret: '', allow: ['10.0.0.1:22', 'a:b'], privat: true });
    expect(
      mistakesOf(target)
        .map(([path]) => path)
        .sort(),
    ).toEqual([...['to.allow[0]', 'to.allow[1]', 'to.privat', 'to.secret']]);
  });
});

describe('limits', () => {
  const OF_MESSAGES = {
    maxMessageBytes: 1,
    messagesPerSecond: 1,
    messageBurst: 1,
    bytesPerSecond: 1,
    overRate: 'drop',
    maxBufferedBytes: 1,
  };
  const COUNTED = { maxConnections: 1, maxConnectionsPerUser: 1, maxConnectionsPerAddress: 1 };

  function mistakesWith(target: object, limits: object): [string, string][] {
    const mistakes = mistakesIn({ routes: [row({ path: '/live', target, limits })] });
    return mistakes.map(({ path, message }) => [path.replace('routes[0].limits.', ''), message]);
  }

  it('on messages need a proxy that looks at them', () => {
    const message = 'needs "inspect: true" in the target: without it nobody here sees messages';
    expect(mistakesWith(proxy(), OF_MESSAGES)).toEqual(Object.keys(OF_MESSAGES).map((key) => [key, message]));
    expect(mistakesWith(proxy({ inspect: true }), OF_MESSAGES)).toEqual([]);
  });

  it('on how often messages come are none of a tunnel', () => {
    const message = 'is not counted in a tunnel, whose messages are but pieces of a stream: remove it';
    const { maxMessageBytes, maxBufferedBytes, ...ofRate } = OF_MESSAGES;
    expect(mistakesWith(tunnel(), ofRate)).toEqual(Object.keys(ofRate).map((key) => [key, message]));
    expect(mistakesWith(tunnel(), { maxMessageBytes, maxBufferedBytes })).toEqual([]);
  });

  it.each([
    ['proxy', proxy({ inspect: true })],
    ['tunnel', tunnel()],
  ])('on the connections of a room are none of a %s', (kind, target) => {
    const message = `is counted by rooms, and a ${kind} has none: remove it`;
    expect(mistakesWith(target, COUNTED)).toEqual(Object.keys(COUNTED).map((key) => [key, message]));
  });

  it('on upgrades hold everywhere', () => {
    for (const target of [proxy(), tunnel()]) expect(mistakesWith(target, { upgradesPerMinute: 1 })).toEqual([]);
  });
});

it.each([proxy(), tunnel()])('can not be sure that a ticket opens only one %j', (target) => {
  const auth = { kind: 'ticket', secret: 'TICKET_SECRET', once: true };
  expect(mistakesIn({ routes: [row({ target, auth })] })).toEqual([
    {
      path: 'routes[0].auth.once',
      message: 'needs a room, which remembers the tickets that were used: nothing else does',
    },
  ]);
  expect(mistakesIn({ routes: [row({ target, auth: { ...auth, once: false } })] })).toEqual([]);
});

it('names the environment variables that bridges need', () => {
  const sticky = { sticky: { cookie: 'u', secret: 'STICKY_SECRET' } };
  const routes = [
    row({ path: '/a', target: proxy({ policy: sticky, secret: { header: 'X-A', value: 'ROUTER_SECRET' } }) }),
    row({ path: '/b', target: tunnel({ policy: sticky }) }),
    row({ path: '/c', target: chosen() }),
    row({ path: '/d', target: tunnel({ policy: { sticky: 'address' } }) }),
  ];
  expect(secretsOf(parseConfig({ routes }))).toEqual(['STICKY_SECRET', 'ROUTER_SECRET', 'DIAL_SECRET']);
});
