import type { OriginEvents } from '../room/origin/ports.ts';
import { askForUpgrade } from './proxy.ts';

/** What of an origin a room dials. */
export interface OriginAddress {
  /** An `http:` or `https:` URL. */
  url: string;
  headers: Headers;
  /** The subprotocol to offer; null for none. */
  protocol: string | null;
  /** Milliseconds that the origin may take to answer, and to answer a Close before its connection is cut. */
  timeoutMs: number;
}

/** Dials a room's origin, and tells what comes of it. Rejects where something is wrong with what it is to be told to. */
export async function dialOrigin(address: OriginAddress, events: OriginEvents): Promise<void> {
  const limit = new AbortController();
  const socket = await openSocket(address, limit);
  if (socket === null) return events.ended();
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => events.message(data as string | ArrayBuffer));
  socket.addEventListener('close', () => events.ended());
  // Frames that are none, or a message over 32 MiB, end a connection without a close event.
  socket.addEventListener('error', () => events.ended());
  socket.accept();
  events.opened(socket, () => {
    // As long as it runs the room can't sleep.
    const timer = setTimeout(() => limit.abort(), address.timeoutMs);
    socket.addEventListener('close', () => clearTimeout(timer));
  });
}

/** The socket of an origin that switched over; null for one that did not, of which the log tells. */
async function openSocket(
  { url, headers, protocol, timeoutMs }: OriginAddress,
  limit: AbortController,
): Promise<WebSocket | null> {
  headers.set('Upgrade', 'websocket');
  if (protocol !== null) headers.set('Sec-WebSocket-Protocol', protocol);
  // What stands in the query may be a secret.
  const [name = ''] = url.split('?');
  const answer = await askForUpgrade(
    name,
    new Request(url, { headers }),
    protocol === null ? [] : [protocol],
    timeoutMs,
    limit,
  );
  if (!(answer instanceof Response)) return null;
  if (answer.webSocket !== null) return answer.webSocket;
  console.error(`Upstream ${name} refused a room's connection with ${answer.status}`);
  await answer.body?.cancel().catch(() => {});
  return null;
}
