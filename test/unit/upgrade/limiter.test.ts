import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ResolvedRoute } from '../../../src/config/config.ts';
import { DEFAULT_LIMITS } from '../../../src/config/limits.ts';
import { UpgradeLimiter } from '../../../src/upgrade/limiter.ts';
import { resolveRoute } from '../../support/requests.ts';

const ADDRESS = '192.0.2.1';
const routeWith = (upgradesPerMinute: number, name = 'a') => resolveRoute({ name, limits: { upgradesPerMinute } });

/** How many upgrades in a row may go on, of at most `attempts`. */
function allowed(limiter: UpgradeLimiter, route: ResolvedRoute, address: string | null, now = 0, attempts = 20_000) {
  let count = 0;
  while (count < attempts && limiter.check(route, address, now) === null) count += 1;
  return count;
}

it.each([
  ['the default', resolveRoute(), DEFAULT_LIMITS.upgradesPerMinute],
  ['1', routeWith(1), 1],
  ['3', routeWith(3), 3],
])('lets as many upgrades through at once as the route says: %s', (_, route, limit) => {
  expect(allowed(new UpgradeLimiter(), route, ADDRESS)).toBe(limit);
});

it('refuses the one that is over', () => {
  const limiter = new UpgradeLimiter();
  expect(limiter.check(routeWith(1), ADDRESS, 0)).toBeNull();
  expect(limiter.check(routeWith(1), ADDRESS, 0)).toEqual({
    code: 'ERR_TOO_MANY_UPGRADES',
    headers: { 'Retry-After': '60' },
  });
});

it('gains over a minute what the route says, evenly', () => {
  const limiter = new UpgradeLimiter();
  const route = routeWith(6);
  allowed(limiter, route, ADDRESS);
  expect(allowed(limiter, route, ADDRESS, 9999)).toBe(0);
  expect(allowed(limiter, route, ADDRESS, 10_000)).toBe(1);
  expect(allowed(limiter, route, ADDRESS, 30_000)).toBe(2);
});

it('never lets more through after a pause than the route says', () => {
  const limiter = new UpgradeLimiter();
  allowed(limiter, routeWith(6), ADDRESS);
  expect(allowed(limiter, routeWith(6), ADDRESS, 3_600_000)).toBe(6);
});

it.each([
  [1, 0, '60'],
  [1, 59_000, '1'],
  [1, 59_999, '1'],
  [7, 0, '9'],
  [60, 0, '1'],
  [12_000, 0, '1'],
])('says in whole seconds when to come back: %i a minute, after %i ms', (limit, now, seconds) => {
  const limiter = new UpgradeLimiter();
  allowed(limiter, routeWith(limit), ADDRESS);
  expect(limiter.check(routeWith(limit), ADDRESS, now)?.headers).toEqual({ 'Retry-After': seconds });
});

it('lets through who comes back after the time it said, and nobody a second earlier', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), fc.nat({ max: 2 ** 41 }), (limit, now) => {
      const route = routeWith(limit);
      const comeBack = (early: number) => {
        const limiter = new UpgradeLimiter();
        allowed(limiter, route, ADDRESS, now);
        const seconds = Number(limiter.check(route, ADDRESS, now)?.headers['Retry-After']);
        return limiter.check(route, ADDRESS, now + (seconds - early) * 1000);
      };
      expect(comeBack(0)).toBeNull();
      expect(comeBack(1)).not.toBeNull();
    }),
    { numRuns: 50, seed: 1 },
  );
});

it('is not moved by a clock that is set back', () => {
  const limiter = new UpgradeLimiter();
  limiter.check(routeWith(2), ADDRESS, 100_000);
  expect(allowed(limiter, routeWith(2), ADDRESS, 0)).toBe(1);
});

it('counts every address by itself', () => {
  const limiter = new UpgradeLimiter();
  allowed(limiter, routeWith(2), '192.0.2.1');
  expect(allowed(limiter, routeWith(2), '192.0.2.2')).toBe(2);
});

it('counts every route by itself', () => {
  const limiter = new UpgradeLimiter();
  allowed(limiter, routeWith(2, 'a'), ADDRESS);
  expect(allowed(limiter, routeWith(2, 'b'), ADDRESS)).toBe(2);
});

it.each([
  ['2001:db8::1', '2001:db8::2', 0],
  ['2001:db8::1', '2001:DB8:0:0:ffff:ffff:ffff:ffff', 0],
  ['2001:db8::1', '2001:db8:0:1::1', 2],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', 2],
])('counts IPv6 by its /64 network: after %s, %s', (first, second, left) => {
  const limiter = new UpgradeLimiter();
  allowed(limiter, routeWith(2), first);
  expect(allowed(limiter, routeWith(2), second)).toBe(left);
});

it('does not count who has no address', () => {
  expect(allowed(new UpgradeLimiter(), routeWith(1), null, 0, 100)).toBe(100);
});

const OTHERS = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);

it('remembers 10,000 addresses', () => {
  const limiter = new UpgradeLimiter();
  const route = routeWith(1);
  limiter.check(route, ADDRESS, 0);
  for (const other of OTHERS.slice(1)) limiter.check(route, other, 0);
  expect(limiter.check(route, ADDRESS, 0)).not.toBeNull();
});

it('forgets the oldest for one more', () => {
  const limiter = new UpgradeLimiter();
  const route = routeWith(1);
  limiter.check(route, ADDRESS, 0);
  for (const other of OTHERS) limiter.check(route, other, 0);
  expect(limiter.check(route, OTHERS.at(1) ?? null, 0)).not.toBeNull();
  expect(limiter.check(route, ADDRESS, 0)).toBeNull();
});

it('takes an address for new that comes again, even where it is refused', () => {
  const limiter = new UpgradeLimiter();
  const route = routeWith(1);
  limiter.check(route, ADDRESS, 0);
  for (const other of OTHERS.slice(1)) limiter.check(route, other, 0);
  limiter.check(route, ADDRESS, 0);
  limiter.check(route, '192.0.2.2', 0);
  expect(limiter.check(route, ADDRESS, 0)).not.toBeNull();
});

it('tells whether another one could go on without counting it', () => {
  const limiter = new UpgradeLimiter();
  for (let i = 0; i < 3; i++) expect(limiter.peek(routeWith(1), ADDRESS, 0)).toBeNull();
  expect(limiter.check(routeWith(1), ADDRESS, 0)).toBeNull();
  expect(limiter.peek(routeWith(1), ADDRESS, 0)?.code).toBe('ERR_TOO_MANY_UPGRADES');
  expect(limiter.peek(routeWith(1), ADDRESS, 60_000)).toBeNull();
  expect(limiter.peek(routeWith(1), null, 0)).toBeNull();
});
