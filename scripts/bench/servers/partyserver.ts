/** partyserver's own broadcast, hibernating. */
import { type Connection, routePartykitRequest, Server, type WSMessage } from 'partyserver';

export class RoomObject extends Server {
  static override options = { hibernate: true };

  override onMessage(_connection: Connection, message: WSMessage): void {
    this.broadcast(message);
  }
}

export default {
  async fetch(request) {
    // The binding is called ROOM, so partyserver looks for it under /parties/room/.
    const url = request.url.replace('/rooms/', '/parties/room/');
    return (await routePartykitRequest(new Request(url, request))) ?? new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
