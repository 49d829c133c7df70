/** A close that we send: what it says to the client, and whether coming back makes sense. */
export interface Disconnect {
  readonly code: number;
  readonly reason: string;
  /** Whether a client should connect again. */
  readonly reconnect: boolean;
}

/**
 * Every close that the router sends of its own accord.
 *
 * Where RFC 6455 section 7.4.1 has a code for the cause, it is used. The others follow Centrifugo's ranges, from which a
 * client sees whether to come back: 3000 to 3499 and 4000 to 4499 yes, 3500 to 3999 and 4500 to 4999 no
 * (https://centrifugal.dev/docs/server/codes).
 */
export const DISCONNECTS = {
  ended: { code: 1000, reason: '', reconnect: false },
  idle: { code: 1001, reason: 'idle', reconnect: true },
  clientGone: { code: 1001, reason: 'client gone', reconnect: true },
  lifetime: { code: 1001, reason: 'lifetime over', reconnect: true },
  unexpectedMessage: { code: 1003, reason: 'unexpected message', reconnect: false },
  messageTooBig: { code: 1009, reason: 'message too big', reconnect: false },
  byteRate: { code: 1008, reason: 'byte rate exceeded', reconnect: false },
  bufferFull: { code: 1008, reason: 'buffer full', reconnect: true },
  messageRate: { code: 1008, reason: 'message rate exceeded', reconnect: false },
  serviceFailed: { code: 1011, reason: 'service failed', reconnect: true },
  serviceStalled: { code: 1011, reason: 'service stalled', reconnect: true },
  internalError: { code: 1011, reason: 'internal error', reconnect: true },
  serviceRestart: { code: 1012, reason: 'service restart', reconnect: true },
  originUnavailable: { code: 1013, reason: 'origin unavailable', reconnect: true },
  expired: { code: 3005, reason: 'connection expired', reconnect: true },
  slow: { code: 3008, reason: 'slow', reconnect: true },
  forceReconnect: { code: 3011, reason: 'force reconnect', reconnect: true },
  invalidToken: { code: 3500, reason: 'invalid token', reconnect: false },
  badRequest: { code: 3501, reason: 'bad request', reconnect: false },
  forceDisconnect: { code: 3503, reason: 'force disconnect', reconnect: false },
  connectionLimit: { code: 3504, reason: 'connection limit', reconnect: false },
  permissionDenied: { code: 3507, reason: 'permission denied', reconnect: false },
} as const satisfies Record<string, Disconnect>;
