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

/** The least that an echo can be. Bound by wrangler.toml under this name. */
export class TunnelObject extends RoomObject {
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    socket.send(message);
  }
}

export default {
  fetch(request, { ROOM, TUNNEL }) {
    const { pathname } = new URL(request.url);
    const objects = pathname.startsWith('/echo/') ? TUNNEL : ROOM;
    return objects.getByName(pathname).fetch(request);
  },
} satisfies ExportedHandler<Record<'ROOM' | 'TUNNEL', DurableObjectNamespace>>;
