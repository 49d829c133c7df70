import { describe, expect, it } from 'vitest';
import type { ProxyTarget } from '../../../src/config/bridge.ts';
import { between, type Changes, mistakesOf, proxy, resolved, TAKEN } from './bridge-targets.ts';
import { UNKNOWN, VARIABLE } from './mistakes.ts';

const BLIND = 'needs "inspect: true": without it nobody here learns when a connection ends';

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
    [{ frames: 'text' }, 'frames', UNKNOWN],
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
