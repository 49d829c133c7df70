import { describe, expect, it } from 'vitest';
import { between, mistakesOf, proxy, resolved, TAKEN, tunnel } from './bridge-targets.ts';
import { VARIABLE } from './mistakes.ts';

const POLICIES = 'must be ("round_robin" | "random" | "least_conn")';

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
