/** The least that asks an application server for each message, and knows nothing but that it is answered with one. */
import { DurableObject } from 'cloudflare:workers';

const EVENTS = 'application/websocket-events';
const LINE_END = '\r\n';

export class RoomObject extends DurableObject<{ ORIGIN: string }> {
  override fetch(): Response {
    const { 0: clientEnd, 1: ourEnd } = new WebSocketPair();
    this.ctx.acceptWebSocket(ourEnd);
    return new Response(null, { status: 101, webSocket: clientEnd });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const text = String(message);
    const body = `TEXT ${text.length.toString(16)}${LINE_END}${text}${LINE_END}`;
    const headers = { 'Content-Type': EVENTS, Accept: EVENTS, 'Connection-Id': 'one' };
    const answer = await (await fetch(this.env.ORIGIN, { method: 'POST', headers, body })).text();
    socket.send(answer.split(LINE_END)[1] ?? '');
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }
}

/** Bound by wrangler.toml, and not used here. */
export class TunnelObject extends DurableObject {}

export default {
  fetch(request, { ROOM, ORIGIN }) {
    const isUpgrade = request.headers.get('Upgrade') === 'websocket';
    return isUpgrade ? ROOM.getByName('bench').fetch(request) : fetch(ORIGIN);
  },
} satisfies ExportedHandler<{ ORIGIN: string; ROOM: DurableObjectNamespace<RoomObject> }>;
