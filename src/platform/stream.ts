import type { Namespaces } from '../config/channels.ts';
import type { StreamMount } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import type { Limits } from '../config/limits.ts';
import { maxEmulationBytes, parseEmulation } from '../protocols/centrifugo/emulation.ts';
import { type Framing, KEEP_ALIVE_SECONDS } from '../protocols/framing.ts';
import { STREAMS } from '../protocols/streams.ts';
import type { Admission } from '../room/connection.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import { readText } from '../util/read-text.ts';
import { isSelfHosted } from './address.ts';
import { type SocketFraming, streamOfSocket } from './socket-stream.ts';
import { emulate, type Rooms } from './stub.ts';

/** A proxy in between must not keep, collect or compress what comes, nor a browser guess what it is. */
const HEADERS = {
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * How often a workerd of one's own writes to a client, in seconds: it sees that one has left only by that, and a room that shows
 * who is there should not show it for long. Cloudflare's network tells by itself.
 */
const SELF_HOSTED_SECONDS = 1;

/**
 * Lets a client into a room that can't use WebSocket: the edge opens a socket on its behalf, and what comes over it goes
 * into a streaming answer. To the room, into which `enter` leads, it is a socket as any other.
 */
export async function openStream(
  mount: StreamMount,
  request: Request,
  admission: Admission,
  namespaces: Namespaces,
  enter: () => Promise<Response>,
): Promise<Response> {
  const { open, framing } = STREAMS[mount];
  const { maxMessageBytes, maxBufferedBytes } = admission.limits;
  const body = await readText(request.body, maxMessageBytes);
  if (body === null) return refuse('ERR_MESSAGE_TOO_LARGE');
  const query = new URL(request.url).searchParams;
  const first = open({ query, headers: request.headers, body, admission, namespaces });
  if (first instanceof Rejected) return toResponse(first);
  const answer = await enter();
  if (!answer.webSocket) return answer;
  const keepAliveSeconds = isSelfHosted(request) ? SELF_HOSTED_SECONDS : KEEP_ALIVE_SECONDS;
  const stream = streamOf(answer.webSocket, framing, { maxBufferedBytes, keepAliveSeconds }, request.signal);
  answer.webSocket.send(first);
  return new Response(stream, { headers: { ...HEADERS, 'Content-Type': framing.contentType } });
}

/** Takes what the client of such a stream sends, in a request of its own, to its connection. */
export async function passMessage(
  rooms: Rooms,
  name: string,
  { maxMessageBytes }: Limits,
  request: Request,
): Promise<Response> {
  const body = await readText(request.body, maxEmulationBytes(maxMessageBytes));
  if (body === null) return refuse('ERR_MESSAGE_TOO_LARGE');
  const message = parseEmulation(body, maxMessageBytes);
  if (message instanceof Rejected) return toResponse(message);
  const isThere = await emulate(rooms, name, message);
  if (isThere === null) return refuse('ERR_ROOM_UNAVAILABLE', { 'Retry-After': '1' });
  return isThere ? new Response(null, { status: 204 }) : refuse('ERR_SESSION_UNKNOWN');
}

/** What comes over a socket, as a stream in which there is a sign of life every so often. */
export function streamOf(
  socket: WebSocket,
  framing: Framing,
  { maxBufferedBytes, keepAliveSeconds }: { maxBufferedBytes: number; keepAliveSeconds: number },
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const { opening, frame, keepAlive, farewell } = framing;
  const writing: SocketFraming = {
    opening,
    frame: (message) => frame(String(message)),
    keepAlive: { data: keepAlive, mode: 'interval', intervalMs: keepAliveSeconds * 1000 },
    farewell,
  };
  return streamOfSocket(socket, writing, maxBufferedBytes, signal);
}
