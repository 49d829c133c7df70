import { Rejected } from '../config/errors.ts';
import { listHas, splitList } from '../util/header-list.ts';

/** 16 bytes in base64: 22 characters and the padding. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/**
 * Whether a request asks for WebSocket, be it among other protocols or in a version of its own. Who only offers something
 * else, such as `h2c`, may be answered as if it had not (RFC 9110 section 7.8).
 */
export function isUpgrade({ headers }: Request): boolean {
  return splitList(headers.get('Upgrade') ?? '').some((protocol) => /^websocket(\/|$)/i.test(protocol));
}

/**
 * The checks of RFC 6455 section 4.2.1, in the order in which they answer; null where all of them hold.
 *
 * The runtime makes them too late or not at all: it looks at version and key only once a socket is returned, and never
 * at the Connection header, the length of the key, or a body.
 */
export function checkHandshake(request: Request): Rejected | null {
  const { headers } = request;
  if (!headers.has('Upgrade')) return new Rejected('ERR_UPGRADE_REQUIRED', NAME_WEBSOCKET);
  if (request.method !== 'GET') return new Rejected('ERR_METHOD_NOT_ALLOWED', { Allow: 'GET' });
  if (!asksForWebSocket(headers)) return new Rejected('ERR_UPGRADE_NOT_WEBSOCKET', NAME_WEBSOCKET);
  if (!listHas(headers.get('Connection'), 'upgrade')) return new Rejected('ERR_CONNECTION_HEADER');
  if (headers.get('Sec-WebSocket-Version') !== '13') return new Rejected('ERR_WEBSOCKET_VERSION', NAME_VERSION);
  if (!KEY.test(headers.get('Sec-WebSocket-Key') ?? '')) return new Rejected('ERR_WEBSOCKET_KEY');
  if (announcesBody(headers)) return new Rejected('ERR_UPGRADE_WITH_BODY');
  return null;
}

/** RFC 9110 section 15.5.22 wants Upgrade in a 426. workerd strips it today, so the body names WebSocket too. */
const NAME_WEBSOCKET = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
const NAME_VERSION = { 'Sec-WebSocket-Version': '13' };

/**
 * A list such as `h2c, websocket` is legal, but workerd switches only for the one value `websocket` and answers 500 to a
 * socket returned for anything else. So a list is refused here, where the answer can say what to send instead.
 */
function asksForWebSocket(headers: Headers): boolean {
  return headers.get('Upgrade')?.toLowerCase() === 'websocket';
}

function announcesBody(headers: Headers): boolean {
  const length = headers.get('Content-Length');
  return headers.has('Transfer-Encoding') || (length !== null && !/^0+$/.test(length));
}
