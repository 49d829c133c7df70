/** What a device bounds. */
export interface SpLimits {
  /**
   * Words that the backtrace of a message may have when it arrives, and hops that one of PAIR1 may have made. What has
   * more is dropped, so that nothing goes round for ever (RFC sp-request-reply-01 section 7; NN_MAXTTL, NNG_OPT_MAXTTL).
   */
  ttl: number;
  /**
   * Bytes of a message, header included, as it leaves. Over it the connection that sent it is closed: passed on, it would
   * cost every receiver theirs. Does not bound what is sent in a time.
   */
  maxMessageBytes: number;
  /**
   * Messages that a pattern keeps: requests without an answer, or what was pushed while there was no PULL. Over it a
   * request is passed on without being kept, or, where there is nobody to pass it to, a message is dropped.
   */
  maxKeptMessages: number;
  /** Bytes of the messages that a pattern keeps. Over it as above. */
  maxKeptBytes: number;
  /**
   * Milliseconds for which a request is kept. Over it nobody hands it to another worker; an answer still gets back. A REQ
   * sends again what has no answer after 60 seconds, which begins anew.
   */
  requestTtlMs: number;
  /** Milliseconds for which a pushed message is kept. */
  pushTtlMs: number;
  /** Milliseconds after which workers are tried again of whom each is too slow. Nothing tells when one has caught up. */
  retryMs: number;
}

/**
 * - 8 words and 1 MiB are what nanomsg and nng take by default.
 * - 1,024 messages, or 8 MiB of them, are 16 MiB in memory for the two patterns that keep any, of an object's 128 MB.
 * - 90 seconds are the 60 of a REQ and some to be late.
 * - An hour is longer than the restart of a worker takes, and shorter than what is pushed stays true.
 * - A second is soon for who is that far behind, and seldom for the alarm.
 */
export const DEFAULT_SP_LIMITS: SpLimits = {
  ttl: 8,
  maxMessageBytes: 1024 * 1024,
  maxKeptMessages: 1024,
  maxKeptBytes: 8 * 1024 * 1024,
  requestTtlMs: 90_000,
  pushTtlMs: 3_600_000,
  retryMs: 1000,
};
