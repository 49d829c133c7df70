/** Tokens left in a bucket, and when that was true (milliseconds). */
export interface TokenBucket {
  tokens: number;
  at: number;
}

export function fullBucket(size: number, now: number): TokenBucket {
  return { tokens: size, at: now };
}

/** Takes `count` tokens out of a bucket that holds `size` and gains `perSecond`; none and false where there are fewer. */
export function takeToken(bucket: TokenBucket, size: number, perSecond: number, now: number, count = 1): boolean {
  // A clock that is set back must not take tokens away.
  const elapsed = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(size, bucket.tokens + (elapsed * perSecond) / 1000);
  bucket.at = now;
  // Thirds and tenths add up to a little less than one.
  if (bucket.tokens < count - 1e-9) return false;
  bucket.tokens = Math.max(0, bucket.tokens - count);
  return true;
}
