import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { fullBucket, takeToken } from '../util/token-bucket.ts';
import type { AuthPort } from './ports.ts';

/** How long a key set is believed without asking for it again. */
const MAX_AGE_MS = 10 * 60_000;
/** How long a key set is still believed whose refreshes fail: a provider's bad hour must not lock everybody out. */
const MAX_STALE_MS = 24 * 60 * 60_000;
/** Refreshes because of unknown keys: so many at once, and one more every 30 seconds. Forged key ids are free to make. */
const REFRESHES = { burst: 10, perSecond: 1 / 30 };
/** After a failure nobody asks again for so long. */
const PAUSE_MS = 2000;
const TIMEOUT_MS = 5000;

/**
 * The keys at one URL, remembered from request to request.
 *
 * What is remembered is the answer and never the question: the runtime ends a fetch with the request that began it, so
 * two requests that miss the cache ask twice.
 */
export class KeySet {
  readonly #url: string;
  readonly #refreshes = fullBucket(REFRESHES.burst, 0);
  #keys: LocalJWKSet | null = null;
  #fetchedAt = 0;
  /** When the newest question was asked, and when one was last asked in vain. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(url: string) {
    this.#url = url;
  }

  /** The keys as they are known; null where there are none and none can be had. */
  async get(port: AuthPort): Promise<LocalJWKSet | null> {
    const now = port.now();
    if (this.#keys && now - this.#fetchedAt < MAX_AGE_MS) return this.#keys;
    // While somebody asks, old keys are better than a queue.
    const asking = this.#keys !== null && now - this.#askedAt < PAUSE_MS;
    if (!asking && now - this.#failedAt >= PAUSE_MS) await this.#fetch(port);
    return port.now() - this.#fetchedAt < MAX_STALE_MS ? this.#keys : null;
  }

  /** Whether it was asked for in vain since it was last fetched: nobody can tell then which keys are new. */
  get isFailing(): boolean {
    return this.#failedAt >= this.#fetchedAt;
  }

  /** Newer keys than `known`, for a token whose key is not among them; null where there are none, or it is too early to ask. */
  async newer(known: LocalJWKSet, port: AuthPort): Promise<LocalJWKSet | null> {
    if (this.#keys !== known) return this.#keys;
    const now = port.now();
    if (now - this.#failedAt < PAUSE_MS) return null;
    if (!takeToken(this.#refreshes, REFRESHES.burst, REFRESHES.perSecond, now)) return null;
    return (await this.#fetch(port)) ? this.#keys : null;
  }

  async #fetch(port: AuthPort): Promise<boolean> {
    const askedAt = port.now();
    this.#askedAt = askedAt;
    try {
      const keys = await this.#ask(port);
      // An answer that took its time must not undo a newer one.
      if (askedAt >= this.#askedAt) this.#keys = keys;
      this.#fetchedAt = port.now();
      return true;
    } catch (error) {
      console.error(`The key set at ${this.#url} could not be fetched:`, error);
      this.#failedAt = port.now();
      return false;
    }
  }

  async #ask(port: AuthPort): Promise<LocalJWKSet> {
    const response = await port.fetch(this.#url, {
      headers: { Accept: 'application/jwk-set+json, application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    const set = (await response.json()) as JSONWebKeySet;
    const keys = createLocalJWKSet(set);
    if (set.keys.length === 0) throw new Error('it holds no keys');
    return keys;
  }
}
