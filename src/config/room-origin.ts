/** A WebSocket origin that a whole room shares one connection to. */
export interface RoomOrigin {
  /**
   * Where it is: a `ws:`, `wss:`, `http:` or `https:` URL. Its path and query may hold `:param`s of the room's name, and
   * then each room has an origin of its own: `'wss://feed.internal/live/:room'`.
   */
  url: string;
  /** Whether what goes up says who sent it: JSON, `{"connection":…,"user":…,"data":…}`. @default false */
  sender?: boolean;
  /** Whether members that know no channels are told, too, whether the origin is there. @default false */
  announce?: boolean;
  /** A header that tells the origin who asks it, and the environment variable that holds its value. */
  secret?: { header: string; value: string };
  /** The subprotocol to offer. The origin may choose it or none. @default none */
  protocol?: string;
  /** Milliseconds that the origin may take to answer the upgrade, and a Close after `idleMs`. @default 8000 */
  connectTimeoutMs?: number;
  /** Milliseconds before an origin that went away is dialled again, at least. @default 1000 */
  minRetryMs?: number;
  /** And at most: each time that it fails the wait may be twice as long. @default 30000 */
  maxRetryMs?: number;
  /**
   * Milliseconds without a message of the origin after which its connection is given up, and dialled again; 0 for no end.
   * Where an origin may be quiet for so long, it needs a `ping`.
   * @default 0
   */
  idleMs?: number;
  /** A text that is sent to the origin every half of `idleMs`. Any message is an answer. @default none */
  ping?: string;
  /** The text with which the origin answers, and which goes to no member. Any other answer is published. @default none */
  pong?: string;
  /**
   * Bytes of what members send that may wait for an origin that is not there, or reads slowly; each message counts for
   * `QUEUED_OVERHEAD` bytes more. Over it a message is refused. Does not bound what one member may fill of it: that the
   * rates in the route's `limits` do.
   * @default 1048576
   */
  maxQueuedBytes?: number;
}

/** A room's origin as the room works with it. Plain data. */
export interface ResolvedRoomOrigin extends Required<Omit<RoomOrigin, 'secret' | 'protocol' | 'ping' | 'pong'>> {
  kind: 'origin';
  /** The room's name as the route has it, from which the URL's parameters are taken. */
  room: string;
  secret: { header: string; value: string } | null;
  protocol: string | null;
  ping: string | null;
  pong: string | null;
}

/**
 * The defaults.
 *
 * - A second, jittered, is soon for an origin that restarts, and half a minute often enough for one that is gone: each time
 *   wakes the room.
 * - How long an origin may be quiet nobody knows but its operator.
 * - 1 MiB is thousands of messages of people and as much as one that is as large as the route's limits let it be by default.
 */
export const DEFAULT_ROOM_ORIGIN = {
  sender: false,
  announce: false,
  connectTimeoutMs: 8000,
  minRetryMs: 1000,
  maxRetryMs: 30_000,
  idleMs: 0,
  maxQueuedBytes: 1024 * 1024,
};

/** The most that may be asked for. */
export const MAX_ROOM_ORIGIN = {
  connectTimeoutMs: 60_000,
  minRetryMs: 3_600_000,
  maxRetryMs: 3_600_000,
  maxQueuedBytes: 64 * 1024 * 1024,
};

/** Bytes that a message counts for beside its own while it waits: empty ones take space, too. */
export const QUEUED_OVERHEAD = 128;

/** Bytes of one message that may wait: what is kept is kept in SQLite, whose values hold 2 MB. */
export const MAX_QUEUED_MESSAGE_BYTES = 2_000_000;

/** An origin's URL in two parts: up to its path, and from there on, where parameters may stand. */
export function splitUrl(url: string): { authority: string; rest: string } {
  const [authority = url] = /^\w+:\/\/[^/?]*/.exec(url) ?? [];
  return { authority, rest: url.slice(authority.length) };
}
