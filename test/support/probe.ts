import { definePlugin } from '../../src/plugin/plugin.ts';

/** Says what happens to it, to all who are there. */
export const probe = definePlugin({
  name: 'probe',
  state: { messages: 0 },

  onConnect(connection, { url, headers, offered }, room) {
    if (url.searchParams.has('refuse')) return new Response('no', { status: 418, headers: { 'X-Why': 'teapot' } });
    if (url.searchParams.has('throw')) throw new Error('on purpose');
    connection.send(`hello ${room.name} ${headers.get('X-Test') ?? ''}`.trim());
    connection.send('second');
    const [subprotocol] = offered;
    return { subprotocol, headers: { 'X-Plugin': 'probe' }, tags: url.searchParams.getAll('tag') };
  },

  onMessage(connection, message, room) {
    if (message === 'throw') throw new Error('on purpose');
    connection.state = { messages: connection.state.messages + 1 };
    room.broadcast(`${connection.state.messages} ${message}`);
  },

  onClose(_, { code, reason, wasClean }, room) {
    const closes = (room.storage.kv.get<number>('closes') ?? 0) + 1;
    room.storage.kv.put('closes', closes);
    room.broadcast(`close ${closes} ${code} ${reason} ${wasClean}`);
  },
});
