/** What bounds one connection whose application server is asked by WebSocket-over-HTTP. */
export interface GripLimits {
  /**
   * Bytes from the client that may wait for the application server, those of the request under way among them, counted
   * as they stand in requests. Over it the connection is closed: a client can't be made to wait. Does not bound how many
   * requests a patient client causes.
   */
  maxBufferBytes: number;
  /** Bytes of one response of the application server. Over it the connection is closed. */
  maxResponseBytes: number;
  /** Bytes of the body with which the application server refuses a connection. The rest is cut off. */
  maxRejectionBytes: number;
  /** The shortest interval of keep-alives that the application server may ask for, in seconds. Less becomes this. */
  minKeepAliveSeconds: number;
  /** How often a request that did not reach the application server is sent again. */
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
  maxRejectionBytes: 100_000,
  minKeepAliveSeconds: 20,
  maxRetries: 5,
  retryMs: 1000,
  retryRandomMs: 1000,
  maxHeaderBytes: 8192,
  maxMetaBytes: 4096,
  maxIdleMessageBytes: 1024,
};
