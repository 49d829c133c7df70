/** The least that a room can be: what the others are compared with. */
import { DurableObject } from 'cloudflare:workers';

export class RoomObject extends DurableObject {
  override fetch(): Response {
    const { 0: clientEnd, 1: ourEnd } = new WebSocketPair();
    this.ctx.acceptWebSocket(ourEnd);
    return new Response(null, { status: 101, webSocket: clientEnd });
  }

  override webSocketMessage(_socket: WebSocket, message: string | ArrayBuffer): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(message);
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }
}

/** Bound by wrangler.toml, and not used here. */
export class TunnelObject extends DurableObject {}

export default {
  fetch(request, { ROOM }) {
    return ROOM.getByName(new URL(request.url).pathname).fetch(request);
  },
} satisfies ExportedHandler<{ ROOM: DurableObjectNamespace }>;
