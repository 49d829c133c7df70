import type { RoomTarget } from './config.ts';

/** What clients of a GRIP target may speak beside its own: of the protocols of rooms, those that have paths of their own. */
export const GRIP_PROTOCOLS = ['centrifugo', 'sse'] as const;

/**
 * An HTTP application server that has a say in each connection without holding one: WebSockets are told to it by requests
 * (WebSocket-over-HTTP), and requests are proxied to it, whose answers may be held open (GRIP).
 */
export interface GripTarget extends Pick<RoomTarget, 'namespaces' | 'tokens' | 'api'> {
  kind: 'grip';
  /**
   * Where it is: an `http:` or `https:` URL. It gets everything there, whatever the route's path, and the query as it came.
   * Where that path ends in `*`, what stands there follows the URL's own path.
   */
  url: string;
  /** The room whose channels are its channels, as of a room target. @default one for the route, named after it */
  room?: string;
  /** What other clients of the room speak, each below the route's path. @default none */
  protocols?: readonly (typeof GRIP_PROTOCOLS)[number][];
  /** The environment variable that holds the key with which requests are signed (`Grip-Sig`). Without it none is. */
  key?: string;
  /** Who a signature says that it comes from. @default 'signalbox' */
  issuer?: string;
  /**
   * The environment variable that holds the keys, separated by commas, of `POST /publish` below the route's path (where
   * that ends in `*`: in its place). Without it there is none.
   */
  publish?: string;
  limits?: Partial<GripLimits>;
}

/** What the router has to know of a GRIP target, beside its room. */
export interface ResolvedGrip extends Pick<GripTarget, 'url' | 'publish'> {
  maxAnswerBytes: number;
}

/** What its room has to know. Plain data. */
export interface GripSettings extends Required<Pick<GripTarget, 'issuer'>> {
  kind: 'grip';
  /** Null where requests are not signed. */
  key: string | null;
  limits: GripLimits;
}

/** What bounds one connection whose application server is asked by WebSocket-over-HTTP. */
export interface GripLimits {
  /**
   * Bytes from the client that may wait for the application server, those of the request under way among them, counted
   * as they stand in requests. Over it the connection is closed: a client can't be made to wait. Does not bound how many
   * requests a patient client causes.
   */
  maxBufferBytes: number;
  /**
   * Bytes of one response of the application server. Over it the connection is closed, or a request that was to be held is
   * refused.
   */
  maxResponseBytes: number;
  /** Milliseconds that a response may take. Over it the connection is closed. */
  responseTimeoutMs: number;
  /** Bytes of the body with which the application server refuses a connection. The rest is cut off. */
  maxRejectionBytes: number;
  /** The shortest interval of keep-alives that the application server may ask for, in seconds. Less becomes this. */
  minKeepAliveSeconds: number;
  /** How often a request that did not reach the application server is sent again. 0 for never. */
  maxRetries: number;
  /** Milliseconds before the first retry; each further one waits twice as long, and up to `retryRandomMs` more. */
  retryMs: number;
  retryRandomMs: number;
  /** Bytes of the client's headers that go with every request. More of them and the upgrade is refused. */
  maxHeaderBytes: number;
  /** Bytes of all names and values that the application server has set as meta. Over it the connection is closed. */
  maxMetaBytes: number;
  /** Bytes of the message that the application server has sent to an idle client. More is not taken. */
  maxIdleMessageBytes: number;
}

/**
 * The defaults. Pushpin has the same from the buffer to the retries (its `websocketoverhttp.cpp`). The last three are what
 * is kept of a connection while its room sleeps: 13 KiB together.
 */
export const DEFAULT_GRIP_LIMITS: GripLimits = {
  maxBufferBytes: 200_000,
  maxResponseBytes: 1_000_000,
  responseTimeoutMs: 60_000,
  maxRejectionBytes: 100_000,
  minKeepAliveSeconds: 20,
  maxRetries: 5,
  retryMs: 1000,
  retryRandomMs: 1000,
  maxHeaderBytes: 8192,
  maxMetaBytes: 4096,
  maxIdleMessageBytes: 1024,
};
