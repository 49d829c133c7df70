import { describe, expect, it } from 'vitest';
import { between, chosen, mistakesOf, resolved, tunnel } from './bridge-targets.ts';
import { UNKNOWN, VARIABLE } from './mistakes.ts';

const HOST = 'must be a host name, an IPv4 address as four numbers, or an IPv6 address, without scheme or port';
const PATTERN =
  'must be a host and ports, such as "db.example.com:5432", "*.example.com:443", "[2001:db8::1]:8000-8010" or "*:22"';

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
    [tunnel({ inspect: true }), 'inspect', UNKNOWN],
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
