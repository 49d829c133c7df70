import * as v from 'valibot';
import { definePlugin, type PluginRoom } from '../../plugin/plugin.ts';

/** `{"add":1}` or `{"add":-1}` */
const Message = v.strictObject({ add: v.picklist([1, -1]) });

/** A counter that everybody in the room shares. It is kept in the room's storage, so it outlasts sleep and restarts. */
export default definePlugin({
  name: 'counter',
  message: Message,

  onConnect(connection, _, room) {
    connection.send(say(countOf(room)));
  },

  onMessage(_, { add }, room) {
    const count = countOf(room) + add;
    room.storage.kv.put('count', count);
    room.broadcast(say(count));
  },

  onRequest(request, room) {
    if (request.method === 'GET') return new Response(say(countOf(room)), { headers: HEADERS });
    return new Response('Only GET.\n', { status: 405, headers: { Allow: 'GET' } });
  },
});

const HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };

function countOf(room: PluginRoom<null>): number {
  return room.storage.kv.get<number>('count') ?? 0;
}

function say(count: number): string {
  return JSON.stringify({ count });
}
