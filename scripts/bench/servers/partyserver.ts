/** partyserver's own broadcast, hibernating. */
import { DurableObject } from 'cloudflare:workers';
import { type Connection, routePartykitRequest, Server, type WSMessage } from 'partyserver';

export class RoomObject extends Server {
  static override options = { hibernate: true };

  override onMessage(_connection: Connection, message: WSMessage): void {
    this.broadcast(message);
  }
}

/** Bound by wrangler.toml, and not used here. */
export class TunnelObject extends DurableObject {}

export default {
  async fetch(request) {
    // The binding is called ROOM, so partyserver looks for it under /parties/room/.
    const url = request.url.replace('/rooms/', '/parties/room/');
    return (await routePartykitRequest(new Request(url, request))) ?? new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
