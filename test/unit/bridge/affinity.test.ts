import { describe, expect, it } from 'vitest';
import { affinityOf, type Visitor } from '../../../src/bridge/affinity.ts';
import type { Policy } from '../../../src/config/bridge.ts';

const UPSTREAMS = ['a:1', 'b:1', 'c:1'].map((key) => ({ key, weight: 1 }));
const STICKY: Policy = { sticky: { cookie: 'up', secret: 'STICKY_SECRET' } };

function visitor(url = 'https://edge.example/live/a?user=u', headers: Record<string, string> = {}): Visitor {
  return { request: new Request(url, { headers }), address: '192.0.2.1' };
}

const affinity = (policy: Policy, who = visitor(), secretOf = (name: string) => `the ${name}`) =>
  affinityOf(policy, UPSTREAMS, who, secretOf);

/** The sticky affinity of a client that shows this cookie. */
async function stuck(cookie?: string, secret = 'secret', url?: string) {
  const found = await affinity(STICKY, visitor(url, cookie === undefined ? {} : { Cookie: cookie }), () => secret);
  if (found.kind !== 'cookie') throw new TypeError('The policy is sticky by cookie');
  return found;
}

/** What a browser sends back of a Set-Cookie. */
const shown = (setCookie: string) => setCookie.split(';')[0] ?? '';

it.each<Policy>(['round_robin', 'random', 'least_conn'])('ties nobody by %s', async (policy) => {
  expect(await affinity(policy)).toEqual({ kind: 'none' });
});

describe('a hash', () => {
  const url = 'https://edge.example/live/%61?user=u%20v&user=w';
  const headers = { 'X-User': ' alice ', Cookie: 'user=bob; x=y' };

  it.each<[Policy, string]>([
    [{ hash: 'path' }, '/live/%61'],
    [{ hash: { header: 'x-user' } }, 'alice'],
    [{ hash: { cookie: 'user' } }, 'bob'],
    [{ hash: { query: 'user' } }, 'u v'],
  ])('of %j is of "%s"', async (policy, key) => {
    expect(await affinity(policy, visitor(url, headers))).toEqual({ kind: 'key', key });
  });

  it.each<Policy>([{ hash: { header: 'X-User' } }, { hash: { cookie: 'user' } }, { hash: { query: 'user' } }])(
    'of %j ties no request that has none, or an empty one',
    async (policy) => {
      expect(await affinity(policy, visitor('https://a.example/'))).toEqual({ kind: 'none' });
      const empty = visitor('https://a.example/?user=', { 'X-User': '', Cookie: 'user=' });
      expect(await affinity(policy, empty)).toEqual({ kind: 'none' });
    },
  );
});

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('%s ties to the upstream of %s', async (address, key) => {
    expect(await affinity({ sticky: 'address' }, { ...visitor(), address })).toEqual({ kind: 'key', key });
  });

  it('that nobody knows ties to none', async () => {
    expect(await affinity({ sticky: 'address' }, { ...visitor(), address: null })).toEqual({ kind: 'none' });
  });
});

describe('a sticky cookie', () => {
  it('binds who shows it to the upstream that it names', async () => {
    const { cookieFor } = await stuck();
    for (const { key } of UPSTREAMS) expect((await stuck(shown(cookieFor(key)))).bound).toBe(key);
  });

  it('tells nobody which upstream it names', async () => {
    const { cookieFor } = await stuck();
    expect(cookieFor('a:1')).toMatch(/^up=[\w-]{43}; /);
    expect(cookieFor('a:1')).not.toBe(cookieFor('b:1'));
  });

  it('is sent by pages of other sites over TLS, and only by our own without', async () => {
    const attributes = async (url: string) =>
      (await stuck(undefined, 'secret', url)).cookieFor('a:1').replace(/^[^;]+; /, '');
    expect(await attributes('https://edge.example/')).toBe('Path=/; HttpOnly; Secure; SameSite=None');
    expect(await attributes('http://localhost:8787/')).toBe('Path=/; HttpOnly; SameSite=Lax');
  });

  it('is signed with the secret that the policy names', async () => {
    const asked: string[] = [];
    await affinity(STICKY, visitor(), (name) => {
      asked.push(name);
      return 'secret';
    });
    expect(asked).toEqual(['STICKY_SECRET']);
  });

  it.each<[string, (good: string) => string]>([
    ['none', () => ''],
    ['an address', () => 'up=a:1'],
    ['an empty one', () => 'up='],
    ['another name', (good) => good.replace('up=', 'down=')],
    ['a changed first character', (good) => good.replace(/=./, (text) => (text === '=A' ? '=B' : '=A'))],
    ['a changed last character', (good) => good.replace(/.$/, (text) => (text === '!' ? '?' : '!'))],
    ['a part of it', (good) => good.slice(0, -1)],
    ['more than it', (good) => `${good}A`],
    ['another case', (good) => good.slice(0, 3) + good.slice(3).toLowerCase()],
    ['megabytes', () => `up=${'A'.repeat(2 ** 21)}`],
  ])('binds nobody who shows %s', async (_, change) => {
    const good = shown((await stuck()).cookieFor('b:1'));
    expect((await stuck(change(good))).bound).toBeNull();
    expect((await stuck(good)).bound).toBe('b:1');
  });

  it('binds nobody to an upstream that is not in the pool any more', async () => {
    const cookie = shown((await stuck()).cookieFor('b:1'));
    const left = UPSTREAMS.filter(({ key }) => key !== 'b:1');
    const found = await affinityOf(STICKY, left, visitor(undefined, { Cookie: cookie }), () => 'secret');
    expect(found).toMatchObject({ kind: 'cookie', bound: null });
  });

  it('binds nobody by another secret, or by the cookie of another name', async () => {
    const { cookieFor } = await stuck();
    expect((await stuck(shown(cookieFor('b:1')), 'another')).bound).toBeNull();
    const renamed: Policy = { sticky: { cookie: 'other', secret: 'STICKY_SECRET' } };
    const cookie = shown(cookieFor('b:1')).replace('up=', 'other=');
    const found = await affinity(renamed, visitor(undefined, { Cookie: cookie }), () => 'secret');
    expect(found).toMatchObject({ kind: 'cookie', bound: null });
  });
});
