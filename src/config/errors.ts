/** Why a request is refused while it is still HTTP: the status, and one sentence that says what to do. */
interface Refusal {
  status: number;
  detail: string;
}

/**
 * Every refusal of the router. The codes are stable: clients, logs and docs/errors.md name them.
 * A sentence never holds what the client sent, nor anything of the configuration.
 */
export const ERRORS = {
  ERR_BAD_REQUEST_TARGET: {
    status: 400,
    detail: 'The request target or the Host header is not a valid URL, or can be read in two ways.',
  },
  ERR_NO_ROUTE: { status: 404, detail: 'No route takes this host and path.' },
  ERR_METHOD_NOT_ALLOWED: { status: 405, detail: 'This path does not take this method: see Allow.' },
  ERR_UPGRADE_REQUIRED: {
    status: 426,
    detail: 'This path speaks WebSocket: send a WebSocket upgrade (RFC 6455, version 13).',
  },
  ERR_UPGRADE_NOT_WEBSOCKET: {
    status: 426,
    detail: 'The only protocol to upgrade to here is WebSocket: send "Upgrade: websocket" and nothing else in it.',
  },
  ERR_HTTP_ONLY: { status: 400, detail: 'This path speaks plain HTTP: it takes no upgrade.' },
  ERR_CONNECTION_HEADER: { status: 400, detail: 'The Connection header of an upgrade must name "upgrade".' },
  ERR_WEBSOCKET_VERSION: {
    status: 426,
    detail: 'The only version of WebSocket spoken here is 13 (RFC 6455): send "Sec-WebSocket-Version: 13".',
  },
  ERR_WEBSOCKET_KEY: { status: 400, detail: 'Sec-WebSocket-Key must be sent once and be 16 bytes in base64.' },
  ERR_UPGRADE_WITH_BODY: { status: 400, detail: 'An upgrade must not have a body.' },
  ERR_HEADERS_TOO_LARGE: { status: 431, detail: 'The headers of an upgrade are larger than this path takes.' },
  ERR_ORIGIN_NOT_ALLOWED: { status: 403, detail: 'Pages of this origin may not connect here.' },
  ERR_SUBPROTOCOL_MALFORMED: {
    status: 400,
    detail: 'Sec-WebSocket-Protocol must be a list of tokens, none of them empty or repeated.',
  },
  ERR_SUBPROTOCOL_REQUIRED: { status: 400, detail: 'None of the subprotocols that this path speaks was offered.' },
  ERR_ROOM_NAME: {
    status: 400,
    detail: 'A room name is 1 to 256 bytes of UTF-8, percent-encoded where needed, without control characters.',
  },
  ERR_CHANNEL_UNKNOWN: { status: 404, detail: 'This room can have no channel of that name.' },
  ERR_CONNECT_COMMAND: {
    status: 400,
    detail: "What a stream begins with must be one connect command of Centrifugo's protocol, in JSON.",
  },
  ERR_EMULATION_REQUEST: {
    status: 400,
    detail: 'The body must be a JSON object with "session" and "data", both of them text.',
  },
  ERR_MESSAGE_TOO_LARGE: { status: 413, detail: 'The message is larger than this path takes.' },
  ERR_SESSION_UNKNOWN: { status: 404, detail: 'This room has no connection of that session: connect again.' },
  ERR_CREDENTIALS_MISSING: { status: 401, detail: 'Say who you are: this path wants a credential.' },
  ERR_CREDENTIALS_INVALID: { status: 401, detail: 'The credential is not good here: get a new one.' },
  ERR_CREDENTIALS_EXPIRED: { status: 401, detail: 'The credential has expired: get a new one.' },
  ERR_TICKET_USED: { status: 401, detail: 'The ticket has been used already: get a new one.' },
  ERR_IDENTITY_INVALID: {
    status: 403,
    detail: 'What the credential says of you is malformed, incomplete or too long.',
  },
  ERR_PERMISSION_DENIED: { status: 403, detail: 'The credential is good, but not for this room.' },
  ERR_KEYS_UNAVAILABLE: {
    status: 503,
    detail: 'The keys to check credentials with could not be fetched. Come back later.',
  },
  ERR_AUTH_ORIGIN_FAILED: {
    status: 502,
    detail: 'The service that knows who may connect did not answer as it should.',
  },
  ERR_AUTH_ORIGIN_TIMEOUT: { status: 504, detail: 'The service that knows who may connect did not answer in time.' },
  ERR_TOO_MANY_UPGRADES: { status: 429, detail: 'Too many upgrades from this address. Come back later.' },
  ERR_ROOM_FULL: { status: 503, detail: 'The room is full. Come back later.' },
  ERR_TOO_MANY_CONNECTIONS: {
    status: 429,
    detail: 'You have too many connections in this room. Close one, or come back later.',
  },
  ERR_ROOM_UNAVAILABLE: { status: 503, detail: 'The room could not be reached. Come back later.' },
  ERR_API_KEY: { status: 401, detail: 'This API wants one of its keys.' },
  ERR_API_NOT_FOUND: { status: 404, detail: 'This API has nothing at this path.' },
  ERR_API_REQUEST: { status: 400, detail: 'The body is not what this call takes.' },
  ERR_API_BODY_TOO_LARGE: { status: 413, detail: 'The body is larger than this API takes.' },
  ERR_UPSTREAMS_UNAVAILABLE: {
    status: 503,
    detail: 'Nothing behind this path can take a connection. Come back later.',
  },
  ERR_UPSTREAM_UNREACHABLE: { status: 502, detail: 'What is behind this path could not be reached.' },
  ERR_UPSTREAM_FAILED: { status: 502, detail: 'What is behind this path did not answer as it should.' },
  ERR_UPSTREAM_TIMEOUT: { status: 504, detail: 'What is behind this path did not answer in time.' },
  ERR_DIAL_SIGNATURE: {
    status: 403,
    detail: 'The address to connect to must be named once and signed: this one is not, or not as it was signed.',
  },
  ERR_DIAL_EXPIRED: { status: 403, detail: 'The signature of the address to connect to has expired: get a new one.' },
  ERR_DIAL_NOT_ALLOWED: { status: 403, detail: 'This path does not lead to that address.' },
  ERR_FALLBACK_UNREACHABLE: { status: 502, detail: 'The site behind this router could not be reached.' },
  ERR_INTERNAL: { status: 500, detail: 'Something went wrong in the router.' },
} as const satisfies Record<string, Refusal>;

/** A stable name for a refusal. */
export type ErrorCode = keyof typeof ERRORS;

/** What a refusal of a bad credential says of it (RFC 6750 section 3.1). */
export const INVALID_TOKEN = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };

/** Why an upgrade (or another request) is refused: an ordinary outcome, so a value and not an exception. */
export class Rejected {
  readonly code: ErrorCode;
  /** Headers that the answer needs beside its body, such as `Retry-After`. */
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, headers: Record<string, string> = {}) {
    this.code = code;
    this.headers = headers;
  }
}
