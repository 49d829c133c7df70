/** Milliseconds for which an idempotency key is known again. Centrifugo's five minutes: retries are over by then. */
export const IDEMPOTENCY_TTL_MS = 5 * 60 * 1000;

/**
 * What was published under idempotency keys, which are each channel's own. What has expired is never found, whether it was
 * trimmed yet or not. Times are milliseconds since 1970 and come from outside.
 */
export interface IdempotencyStore {
  /** The offset of what was published under a key, 0 where its channel kept nothing; null where nothing was, or too long ago. */
  find(channel: string, key: string, now: number): number | null;
  /** Remembers what was published under a key, in place of what was there. To be called in the turn in which that is written. */
  save(channel: string, key: string, offset: number, expiresAt: number): void;
  /** Lets go of what has expired by now. @returns when the next key expires; null where there is none */
  trim(now: number): number | null;
}
