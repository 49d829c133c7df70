import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Affinity } from '../../../src/bridge/affinity.ts';
import { type Lease, UpstreamPool } from '../../../src/bridge/pool.ts';
import { DEFAULT_POOL, type ResolvedPool, type Upstream } from '../../../src/config/bridge.ts';
import { Rejected } from '../../../src/config/errors.ts';

const RUNS = { numRuns: 200, seed: 1 };
const NOBODY: Affinity = { kind: 'none' };

/** A pool of `a`, `b` … with these weights. */
function poolOf(weights: number[], options: Partial<ResolvedPool> = {}, random = () => 0): UpstreamPool<Upstream> {
  const upstreams = weights.map((weight, index) => ({ key: String.fromCharCode(97 + index), weight }));
  return new UpstreamPool(upstreams, { ...DEFAULT_POOL, ...options }, random);
}

function take(pool: UpstreamPool<Upstream>, now = 0, affinity: Affinity = NOBODY, except?: Upstream): Lease<Upstream> {
  const lease = pool.choose(affinity, now, except);
  if (lease instanceof Rejected) throw new Error(`Nobody is there: ${lease.headers['Retry-After']}`);
  return lease;
}

const keyOf = (found: Lease<Upstream> | Rejected) => (found instanceof Rejected ? found.code : found.upstream.key);
const next = (pool: UpstreamPool<Upstream>, now = 0, affinity: Affinity = NOBODY) => keyOf(pool.choose(affinity, now));
const refusal = (seconds: number) => new Rejected('ERR_UPSTREAMS_UNAVAILABLE', { 'Retry-After': String(seconds) });

/** The next `count` choices, each of which goes well and ends at once. */
const sequence = (pool: UpstreamPool<Upstream>, count: number, now = 0, affinity: Affinity = NOBODY) =>
  Array.from({ length: count }, () => {
    const lease = take(pool, now, affinity);
    lease.reportSuccess();
    lease.release();
    return lease.upstream.key;
  }).join('');

/** As from a cookie that names `bound`. */
const stuckTo = (bound: string | null): Affinity => ({ kind: 'cookie', bound, cookieFor: (key) => `up=${key}` });

describe('a pool', () => {
  it('goes by its policy', () => {
    expect(sequence(poolOf([2, 1]), 6)).toBe('abaaba');
    expect(
      sequence(
        poolOf([1, 1], { policy: 'random' }, () => 0.7),
        3,
      ),
    ).toBe('bbb');
    const leastConn = poolOf([1, 1, 1], { policy: 'least_conn' });
    expect([next(leastConn), next(leastConn), next(leastConn), next(leastConn)].join('')).toBe('abca');
  });

  it.each([
    [[1, 1, 1], 0, 'abcabc'],
    [[1, 1, 1], 0.34, 'bcabca'],
    [[1, 1, 1], 0.99, 'cabcab'],
    [[0, 1, 1], 0.5, 'cbcbcb'],
    [[5, 1, 1], 0.3, 'bacaaa'],
    [[1000, 1000], 0.501, 'baba'],
  ])('begins somewhere in its round, since every isolate begins one: %j at %d', (weights, random, order) => {
    expect(
      sequence(
        poolOf(weights, {}, () => random),
        order.length,
      ),
    ).toBe(order);
  });

  it('sends one key to one upstream, and a request without a key by round robin', () => {
    const pool = poolOf([1, 1, 1], { policy: { hash: 'path' } });
    const keys = Array.from({ length: 30 }, (_, index) => `/rooms/${index}`);
    const chosen = keys.map((key) => sequence(pool, 3, 0, { kind: 'key', key }));
    expect(new Set(chosen)).toEqual(new Set(['aaa', 'bbb', 'ccc']));
    expect(sequence(pool, 6)).toBe('abcabc');
  });

  it('gives nobody new to an upstream of weight 0', () => {
    for (const policy of ['round_robin', 'random', 'least_conn'] as const) {
      expect(sequence(poolOf([0, 1, 0], { policy }), 4)).toBe('bbbb');
    }
    const keys = Array.from({ length: 50 }, (_, index) =>
      sequence(poolOf([0, 1]), 1, 0, { kind: 'key', key: `${index}` }),
    );
    expect(new Set(keys)).toEqual(new Set(['b']));
  });

  it('sends an unlucky connection to another upstream', () => {
    const pool = poolOf([1, 1], { policy: 'least_conn' });
    const first = take(pool);
    expect(take(pool, 0, NOBODY, first.upstream).upstream.key).toBe('b');
    const key: Affinity = { kind: 'key', key: 'x' };
    expect(take(pool, 0, key, take(pool, 0, key).upstream).upstream).not.toBe(take(pool, 0, key).upstream);
  });

  it('has no other upstream where there is only one', () => {
    const pool = poolOf([1]);
    const lease = take(pool);
    expect(pool.choose(NOBODY, 0, lease.upstream)).toEqual(refusal(1));
  });
});

describe('an upstream that fails', () => {
  it('is left out for as long as the route says, then comes back with a probe', () => {
    const pool = poolOf([1, 1], { disableMs: 5000 });
    take(pool, 1000).reportFailure(1000);
    expect(sequence(pool, 4, 5999)).toBe('bbbb');
    expect(sequence(pool, 2, 6000)).toMatch(/a/);
    expect(sequence(pool, 4, 6000)).toMatch(/^(abab|baba)$/);
  });

  it.each([{ hash: 'path' } as const, 'least_conn' as const, 'random' as const])('is left out by %j too', (policy) => {
    const pool = poolOf([1, 1], { policy });
    const key: Affinity = typeof policy === 'object' ? { kind: 'key', key: '/x' } : NOBODY;
    const failed = take(pool, 0, key);
    failed.reportFailure(0);
    const other = failed.upstream.key === 'a' ? 'b' : 'a';
    expect(sequence(pool, 3, 999, key)).toBe(other.repeat(3));
    expect(sequence(pool, 3, 1000, key)).toBe(failed.upstream.key.repeat(3));
  });

  it('gets one probe at a time', () => {
    const pool = poolOf([1]);
    take(pool).reportFailure(0);
    const probe = take(pool, 1000);
    expect(pool.choose(NOBODY, 1000)).toEqual(refusal(1));
    expect(pool.choose(NOBODY, 9000)).toEqual(refusal(1));
    probe.reportSuccess();
    expect(next(pool, 1000) + next(pool, 1000)).toBe('aa');
  });

  it('gets another probe where the first has taken longer than it may', () => {
    const pool = poolOf([1]);
    take(pool).reportFailure(0);
    take(pool, 1000);
    expect(next(pool, 9001)).toBe('a');
    expect(pool.choose(NOBODY, 9001)).toEqual(refusal(1));
  });

  it('gets no second probe since a connection from before fails too', () => {
    const pool = poolOf([1]);
    const early = take(pool);
    take(pool).reportFailure(0);
    take(pool, 1000);
    early.reportFailure(1000);
    expect(pool.choose(NOBODY, 2000)).toEqual(refusal(1));
  });

  it('is left out again by a probe that fails', () => {
    const pool = poolOf([1]);
    take(pool).reportFailure(0);
    take(pool, 1000).reportFailure(3000);
    expect(pool.choose(NOBODY, 3999)).toEqual(refusal(1));
    expect(next(pool, 4000)).toBe('a');
  });

  it('gets another probe after one that was given up', () => {
    const pool = poolOf([1]);
    take(pool).reportFailure(0);
    take(pool, 1000).release();
    take(pool, 1000);
    expect(pool.choose(NOBODY, 1000)).toEqual(refusal(1));
  });

  it('is back as soon as a connection from before goes well', () => {
    const pool = poolOf([1]);
    const [early, failing] = [take(pool), take(pool)];
    failing.reportFailure(0);
    early.reportSuccess();
    expect(next(pool, 1) + next(pool, 1)).toBe('aa');
  });

  it('is left out from its last failure on', () => {
    const pool = poolOf([1]);
    const [first, second] = [take(pool), take(pool)];
    first.reportFailure(0);
    second.reportFailure(800);
    expect(pool.choose(NOBODY, 1799)).toEqual(refusal(1));
    expect(next(pool, 1800)).toBe('a');
  });

  it('is not blamed for what becomes of a connection later', () => {
    const pool = poolOf([1]);
    const lease = take(pool);
    lease.reportSuccess();
    lease.reportFailure(0);
    expect(next(pool)).toBe('a');
  });

  it('is not kept out for longer by a clock that is set back', () => {
    const pool = poolOf([1]);
    take(pool).reportFailure(1_000_000);
    expect(next(pool, 10)).toBe('a');
    expect(pool.choose(NOBODY, 10)).toEqual(refusal(1));
  });

  it.each([
    [60_000, 0, 60],
    [60_000, 500, 60],
    [60_000, 1000, 59],
    [60_000, 59_999, 1],
    [1, 0, 1],
  ])('of %i ms says in seconds when to come back: after %i ms, in %i', (disableMs, now, seconds) => {
    const pool = poolOf([1], { disableMs });
    take(pool).reportFailure(0);
    expect(pool.choose(NOBODY, now)).toEqual(refusal(seconds));
  });

  it('says when the first of all may be tried, and not one that would get nobody', () => {
    const pool = poolOf([1, 1, 0], { disableMs: 60_000 });
    take(pool, 0, stuckTo('c')).reportFailure(0);
    take(pool).reportFailure(10_000);
    take(pool).reportFailure(20_000);
    expect(pool.choose(NOBODY, 20_000)).toEqual(refusal(50));
  });

  it('lets in who comes back after the time it said', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), fc.nat(3_600_000), (disableMs, wait) => {
        const pool = poolOf([1], { disableMs });
        take(pool).reportFailure(0);
        const found = pool.choose(NOBODY, wait);
        const seconds = found instanceof Rejected ? Number(found.headers['Retry-After']) : 0;
        if (found instanceof Rejected) expect(next(pool, wait + seconds * 1000)).toBe('a');
        expect(found instanceof Rejected).toBe(wait < disableMs);
      }),
      RUNS,
    );
  });
});

describe('connections', () => {
  it('are bounded per upstream', () => {
    const pool = poolOf([1, 1], { maxConnections: 2 });
    expect([1, 2, 3, 4].map(() => next(pool)).join('')).toBe('abab');
    expect(pool.choose(NOBODY, 0)).toEqual(refusal(1));
  });

  it('have no bound unless the route says one', () => {
    const pool = poolOf([1]);
    for (let i = 0; i < 1000; i++) take(pool);
    expect(next(pool)).toBe('a');
  });

  it('make room for each other, once each', () => {
    const pool = poolOf([1], { maxConnections: 2 });
    const lease = take(pool);
    take(pool);
    for (const end of [lease.release, lease.release, () => lease.reportFailure(0)]) end();
    expect(next(pool)).toBe('a');
    expect(next(pool)).toBe('ERR_UPSTREAMS_UNAVAILABLE');
  });

  it('that could not be opened take no place', () => {
    const pool = poolOf([1], { maxConnections: 1 });
    const lease = take(pool);
    lease.reportFailure(0);
    lease.release();
    expect(next(pool, 1000)).toBe('a');
  });

  it('are counted for who has the fewest', () => {
    const pool = poolOf([1, 1], { policy: 'least_conn' });
    const [a, b] = [take(pool), take(pool)];
    expect(a.upstream.key + b.upstream.key).toBe('ab');
    b.release();
    expect(next(pool)).toBe('b');
  });

  it('never are more than the bound, and all places come back, whatever happens', () => {
    const step = fc.constantFrom('choose', 'choose', 'success', 'failure', 'release', 'wait');
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(20)), { maxLength: 200 }), (steps) => {
        const pool = poolOf([1, 2, 1], { maxConnections: 2, policy: 'least_conn' });
        const leases: Lease<Upstream>[] = [];
        const over = new Set<Lease<Upstream>>();
        let now = 0;
        for (const [action, which] of steps) {
          const lease = leases[which % Math.max(1, leases.length)];
          if (action === 'wait') now += 500;
          if (action === 'choose') {
            const found = pool.choose(NOBODY, now);
            if (!(found instanceof Rejected)) leases.push(found);
          } else if (lease && action !== 'wait') {
            if (action === 'success') lease.reportSuccess();
            if (action === 'release') lease.release();
            // A connection that went well can't fail any more.
            if (action === 'failure') lease.reportFailure(now);
            if (action !== 'success') over.add(lease);
          }
          const open = leases.filter((lease) => !over.has(lease)).map(({ upstream }) => upstream.key);
          for (const key of 'abc') expect(open.filter((other) => other === key).length).toBeLessThanOrEqual(2);
        }
        for (const lease of leases) lease.release();
        const places = [0, 1, 2, 3, 4, 5].map(() => {
          const lease = take(pool, now + 3000);
          lease.reportSuccess();
          return lease.upstream.key;
        });
        expect(places.sort().join('')).toBe('aabbcc');
      }),
      RUNS,
    );
  });
});

describe('a client with a cookie', () => {
  it('goes where it names, and gets no other', () => {
    const pool = poolOf([1, 1, 1]);
    for (const key of ['c', 'b', 'c']) {
      const { upstream, setCookie } = take(pool, 0, stuckTo(key));
      expect([upstream.key, setCookie]).toEqual([key, null]);
    }
  });

  it('gets one where it has none', () => {
    const pool = poolOf([1, 1]);
    expect(take(pool, 0, stuckTo(null)).setCookie).toBe('up=a');
    expect(take(pool, 0, stuckTo(null)).setCookie).toBe('up=b');
  });

  it('goes on to an upstream of weight 0', () => {
    expect(take(poolOf([0, 1]), 0, stuckTo('a')).upstream.key).toBe('a');
  });

  it.each<[string, (pool: UpstreamPool<Upstream>) => void]>([
    ['fails', (pool) => take(pool, 0, stuckTo('b')).reportFailure(0)],
    ['is full', (pool) => take(pool, 0, stuckTo('b'))],
  ])('moves to another upstream where its own %s, and gets the cookie of that', (_, prepare) => {
    const pool = poolOf([1, 1], { maxConnections: 1 });
    prepare(pool);
    expect(take(pool, 0, stuckTo('b'))).toMatchObject({ upstream: { key: 'a' }, setCookie: 'up=a' });
  });

  it('is not sent again to where it just failed', () => {
    const pool = poolOf([1, 1]);
    const first = take(pool, 0, stuckTo('b'));
    expect(take(pool, 0, stuckTo('b'), first.upstream).setCookie).toBe('up=a');
  });
});

it('sets no cookie where no policy asks for one', () => {
  expect(take(poolOf([1])).setCookie).toBeNull();
  expect(take(poolOf([1]), 0, { kind: 'key', key: 'x' }).setCookie).toBeNull();
});
