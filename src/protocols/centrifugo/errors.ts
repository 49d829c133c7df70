/** An error in a reply, as Centrifugo numbers them (https://centrifugal.dev/docs/server/codes#client-error-codes). */
export interface ReplyError {
  code: number;
  message: string;
  /** Whether trying the same again may help. */
  temporary?: true;
}

export const REPLY_ERRORS = {
  internal: { code: 100, message: 'internal server error', temporary: true },
  unauthorized: { code: 101, message: 'unauthorized' },
  unknownChannel: { code: 102, message: 'unknown channel' },
  permissionDenied: { code: 103, message: 'permission denied' },
  methodNotFound: { code: 104, message: 'method not found' },
  alreadySubscribed: { code: 105, message: 'already subscribed' },
  limitExceeded: { code: 106, message: 'limit exceeded' },
  badRequest: { code: 107, message: 'bad request' },
  notAvailable: { code: 108, message: 'not available' },
  tokenExpired: { code: 109, message: 'token expired' },
  expired: { code: 110, message: 'expired' },
  tooManyRequests: { code: 111, message: 'too many requests', temporary: true },
  unrecoverablePosition: { code: 112, message: 'unrecoverable position' },
} as const satisfies Record<string, ReplyError>;

/** Thrown by a command that can't be done: the reply says so, and the connection goes on. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly reply: ReplyError;

  constructor(error: keyof typeof REPLY_ERRORS) {
    super(REPLY_ERRORS[error].message);
    this.reply = REPLY_ERRORS[error];
  }
}
