import { withDefaults } from '../util/defaults.ts';

/** What a route bounds. Every field can be set per route in its `limits`; what is left out has the default. */
export interface Limits {
  /**
   * Bytes of one message from a client (text counts as UTF-8). Over it the connection is closed with 1009.
   * The runtime itself ends a connection at 32 MiB, so no more can be asked for.
   * Does not bound what a room holds for members that read slowly: see `maxBufferedBytes`.
   */
  maxMessageBytes: number;
  /**
   * Messages per second that one connection may go on sending (the refill of its token bucket).
   * Does not bound their bytes, nor what all connections of a room send together.
   */
  messagesPerSecond: number;
  /**
   * Messages that one connection may send at once after a pause (the size of its token bucket).
   * At most ten times `messagesPerSecond`: a room hibernates after ten seconds of silence and forgets its buckets, and
   * with this bound a forgotten bucket would have been full again anyhow.
   */
  messageBurst: number;
  /**
   * Bytes per second that one connection may go on sending, text counted as UTF-8, and ten times as many at once after a
   * pause. At least a tenth of `maxMessageBytes`, so that the largest message can be sent at all; where only this one is
   * set, the other one's default follows it.
   */
  bytesPerSecond: number;
  /** What a message over one of the two rates costs: the connection (`close`, with 1008) or only itself (`drop`). */
  overRate: 'close' | 'drop';
  /**
   * Connections in one room, counted by the room over all routes that lead to it. Over it an upgrade gets 503.
   * The runtime holds 32,768 hibernating sockets per object, so no more can be asked for.
   */
  maxConnections: number;
  /**
   * Connections of one user in one room, by user id. Over it an upgrade gets 429. Does not bound those who did not have
   * to say who they are.
   */
  maxConnectionsPerUser: number;
  /**
   * Connections from one client address (of IPv6: from one /64) in one room. Over it an upgrade gets 429. As many as the
   * room takes unless said otherwise, since a whole office may come from one address; set it where yours don't.
   */
  maxConnectionsPerAddress: number;
  /**
   * Bytes that may wait in one connection for a client that reads slowly. Over it the connection is closed with 3008,
   * so that nobody else waits for it; an SP peer stays, and misses what comes then. Needs a runtime whose sockets tell
   * `bufferedAmount` (workerd from 1.20261117); elsewhere nothing is closed or missed.
   */
  maxBufferedBytes: number;
  /**
   * Upgrades per minute from one client address, and at most so many at once. Over it an upgrade gets 429.
   * Counted in each isolate of the edge by itself, so it slows a flood from one address down; it is not an exact count.
   */
  upgradesPerMinute: number;
}

/**
 * The defaults, wide enough that only abuse meets them.
 *
 * - 1 MiB per message is also what nanomsg and nng sockets accept by default.
 * - 200 messages a second is ten times a fast typist's cursor; the burst is ten seconds of it.
 * - 4 MiB a second is what four of the largest messages come to.
 * - 10,000 connections are about 110 MB at the 11 KB that a socket was measured to cost, of an object's 128 MB.
 * - 100 connections of one user are a lot of tabs and devices.
 * - 4 MiB waiting is four of the largest messages.
 * - 12,000 upgrades a minute from one address leave room for an office behind it that comes back after a deploy, and
 *   are a twentieth of what one core can upgrade.
 */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 1024 * 1024,
  messagesPerSecond: 200,
  messageBurst: 2000,
  bytesPerSecond: 4 * 1024 * 1024,
  overRate: 'close',
  maxConnections: 10_000,
  maxConnectionsPerUser: 100,
  maxConnectionsPerAddress: 10_000,
  maxBufferedBytes: 4 * 1024 * 1024,
  upgradesPerMinute: 12_000,
};

/** The most that may be asked for: what the runtime does not give, and what would take back another promise. */
export const MAX_LIMITS = {
  maxMessageBytes: 32 * 1024 * 1024,
  messagesPerSecond: 1_000_000,
  messageBurst: 10_000_000,
  bytesPerSecond: 1024 * 1024 * 1024,
  maxConnections: 32_768,
  maxConnectionsPerUser: 32_768,
  maxConnectionsPerAddress: 32_768,
  maxBufferedBytes: 128 * 1024 * 1024,
  upgradesPerMinute: 1_000_000,
} satisfies Partial<Limits>;

/** Bytes of UTF-8 in a room's name, parameters decoded. Percent-encoded it stays under the 1,024 that an object's name may have. */
export const MAX_ROOM_NAME_BYTES = 256;

/**
 * Bytes in JSON of who a member is and what it may do, and of what it is subscribed to. Both are kept in the socket's
 * attachment, which holds 16,384 bytes with all else that the room knows of the connection: some 700 bytes.
 */
export const MAX_IDENTITY_BYTES = 8192;
export const MAX_SUBSCRIPTION_BYTES = 7000;

/** Bytes in JSON of what a plug-in keeps of one connection, and of its tags, where else the subscriptions stand. */
export const MAX_PLUGIN_STATE_BYTES = 4096;
export const MAX_PLUGIN_TAG_BYTES = 1024;

/** The limits of a route: what it says, and the defaults for the rest. */
export function resolveLimits(limits: Partial<Limits> = {}): Limits {
  const { messagesPerSecond, bytesPerSecond } = withDefaults(DEFAULT_LIMITS, limits);
  const messageBurst = 10 * messagesPerSecond;
  const maxMessageBytes = Math.min(DEFAULT_LIMITS.maxMessageBytes, 10 * bytesPerSecond);
  return withDefaults({ ...DEFAULT_LIMITS, messageBurst, maxMessageBytes }, limits);
}
