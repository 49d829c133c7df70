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
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(url: string) {
    this.#url = url;
  }

  /** The keys as they are known; null where there are none and none can be had. */
  async get(port: AuthPort): Promise<LocalJWKSet | null> {
    const age = port.now() - this.#fetchedAt;
    if (this.#keys && age < MAX_AGE_MS) return this.#keys;
    if (port.now() - this.#failedAt >= PAUSE_MS) await this.#fetch(port);
    const stillGood = port.now() - this.#fetchedAt < MAX_STALE_MS;
    return stillGood ? this.#keys : null;
  }

  /** Newer keys than `known`, for a token whose key is not among them; null where there are none, or it is too early to ask. */
  async newer(known: LocalJWKSet, port: AuthPort): Promise<LocalJWKSet | null> {
    if (this.#keys !== known) return this.#keys;
    if (!takeToken(this.#refreshes, REFRESHES.burst, REFRESHES.perSecond, port.now())) return null;
    return (await this.#fetch(port)) ? this.#keys : null;
  }

  async #fetch(port: AuthPort): Promise<boolean> {
    try {
      const response = await port.fetch(this.#url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status !== 200) throw new Error(`it answered ${response.status}`);
      this.#keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      this.#fetchedAt = port.now();
      return true;
    } catch (error) {
      console.error(`The key set at ${this.#url} could not be fetched:`, error);
      this.#failedAt = port.now();
      return false;
    }
  }
}
