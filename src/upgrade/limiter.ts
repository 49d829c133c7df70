import type { ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { addressKey } from '../util/address.ts';
import { fullBucket, type TokenBucket, takeToken } from '../util/token-bucket.ts';

/** Addresses remembered at once, some 100 bytes each. The one unseen for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/**
 * Counts upgrades per route and client address, with a token bucket for each.
 *
 * It lives in one isolate and forgets with it, so it slows a flood down where it arrives. Who commands many thousands of
 * addresses can make it forget: that is for the network in front of the router.
 */
export class UpgradeLimiter {
  readonly #buckets = new Map<string, TokenBucket>();

  /** Counts an upgrade; null where it may go on. An unknown address is not counted. */
  check(route: ResolvedRoute, address: string | null, now: number): Rejected | null {
    return this.#take(1, route, address, now);
  }

  /** Whether another one could go on, without counting any; null where it could. */
  peek(route: ResolvedRoute, address: string | null, now: number): Rejected | null {
    return this.#take(0, route, address, now);
  }

  #take(count: 0 | 1, route: ResolvedRoute, address: string | null, now: number): Rejected | null {
    if (address === null) return null;
    const size = route.limits.upgradesPerMinute;
    const bucket = this.#bucket(`${addressKey(address)} ${route.name}`, size, now);
    if (takeToken(bucket, size, size / 60, now, count) && bucket.tokens + count >= 1) return null;
    const seconds = Math.ceil(((1 - bucket.tokens) * 60) / size);
    return new Rejected('ERR_TOO_MANY_UPGRADES', { 'Retry-After': String(seconds) });
  }

  #bucket(key: string, size: number, now: number): TokenBucket {
    const bucket = this.#buckets.get(key) ?? fullBucket(size, now);
    // A Map keeps the order of insertion, so the first key is the one unseen for longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
