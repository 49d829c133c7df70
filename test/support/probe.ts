import { definePlugin, type PluginConnection, type PluginRoom, RpcError } from '../../src/plugin/plugin.ts';

interface State {
  messages: number;
  text?: string;
}
type Connection = PluginConnection<State>;
type Room = PluginRoom<State>;

/** What waits in a room until somebody there says `release`. */
const gates = new Map<string, PromiseWithResolvers<void>>();

function gateOf({ name }: Room): PromiseWithResolvers<void> {
  const gate = gates.get(name) ?? Promise.withResolvers<void>();
  gates.set(name, gate);
  return gate;
}

/** What a message asks for by its first word; anything else is counted and broadcast. */
const COMMANDS: Record<string, (connection: Connection, rest: string, room: Room) => unknown> = {
  throw: () => {
    throw new Error('on purpose');
  },
  reject: () => Promise.reject(new Error('on purpose')),
  wait: async (connection, _, room) => {
    await gateOf(room).promise;
    connection.send('waited');
  },
  release: (_, __, room) => {
    gateOf(room).resolve();
    gates.delete(room.name);
  },
  state: (connection, length) => {
    connection.state = { messages: 0, text: 'x'.repeat(Number(length)) };
    connection.send(`state ${JSON.stringify(connection.state).length}`);
  },
  close: (connection, code) => connection.close(Number(code), 'asked for'),
  tell: (connection, tag, room) => room.broadcast(`told ${tag}`, { tag, except: connection }),
  who: (connection, _, room) =>
    connection.send(
      room
        .connections()
        .map(({ tags }) => tags.join('+'))
        .join(' '),
    ),
  alarm: (_, ms, room) => room.alarm.set(ms === 'none' ? null : Date.now() + Number(ms)),
  fail: (_, hook, room) => room.storage.kv.put('fail', hook),
  publish: async (connection, data, room) => {
    await room.publish('main', data);
    connection.send(`published ${data}`);
  },
  count: (connection, _, { storage: { sql, kv } }) => {
    const values = (kv.get<number>('count') ?? 0) + 1;
    kv.put('count', values);
    sql.exec('CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY)');
    sql.exec('INSERT INTO counts DEFAULT VALUES');
    const { rows } = sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM counts').one();
    connection.send(`counted ${rows} rows, ${values} values`);
  },
  sql: (connection, query, room) => connection.send(JSON.stringify(room.storage.sql.exec(query).toArray())),
};

/** Says what happens to it, to all who are there. */
export const probe = definePlugin<State>({
  name: 'probe',
  state: { messages: 0 },

  async onConnect(connection, { url, headers, offered }, room) {
    const asks = (name: string) => url.searchParams.has(name);
    if (asks('refuse')) return new Response('no', { status: 418, headers: { 'X-Why': 'teapot' } });
    if (asks('throw')) throw new Error('on purpose');
    connection.send(`hello ${room.name} ${headers.get('X-Test') ?? ''}`.trim());
    connection.send('second');
    if (asks('late')) return new Response('no', { status: 403 });
    if (asks('close')) {
      connection.close(3002, 'not today');
      connection.send('after the close');
    }
    if (asks('wait')) {
      room.broadcast('waits');
      await gateOf(room).promise;
    }
    if (asks('five')) connection.state = { messages: 5 };
    const subprotocol = url.searchParams.get('subprotocol') ?? offered[0];
    const header = url.searchParams.get('header') ?? 'X-Plugin';
    return { subprotocol, headers: { [header]: 'probe' }, tags: url.searchParams.getAll('tag') };
  },

  onMessage(connection, message, room) {
    if (typeof message !== 'string') return connection.send(message);
    const [word = '', ...rest] = message.split(' ');
    const command = COMMANDS[word];
    if (command) return command(connection, rest.join(' '), room);
    connection.state = { messages: connection.state.messages + 1 };
    return room.broadcast(`${connection.state.messages} ${message}`);
  },

  onClose(connection, { code, reason, wasClean }, room) {
    const closes = (room.storage.kv.get<number>('closes') ?? 0) + 1;
    room.storage.kv.put('closes', closes);
    room.broadcast(`close ${closes} ${code} ${reason} ${wasClean} after ${connection.state.messages}`);
    if (room.storage.kv.get('fail') === 'onClose') throw new Error('on purpose');
  },

  onAlarm(room) {
    room.broadcast(`alarm ${room.alarm.time}`);
    if (room.storage.kv.get('fail') === 'onAlarm') throw new Error('on purpose');
  },

  async onRequest(request, room, identity) {
    if (new URL(request.url).searchParams.has('throw')) throw new Error('on purpose');
    const { method, url } = request;
    const told = { room: room.name, method, url, body: await request.text(), user: identity?.userId ?? null };
    return Response.json({ ...told, closes: room.storage.kv.get('closes') ?? 0 }, { headers: { 'X-Plugin': 'probe' } });
  },

  onPublish({ channel, data }, room) {
    if (data === 'throw') throw new Error('on purpose');
    room.broadcast(`publishes ${JSON.stringify(data)} on ${channel}`);
    return data !== 'no';
  },

  async onRpc({ identity }, { method, data }, room) {
    if (method === 'refuse') throw new RpcError(1234, 'not today');
    if (method === 'throw') throw new Error('on purpose');
    if (method === 'big') return 1n;
    if (method === 'nothing') return;
    if (method === 'who') return identity?.userId ?? null;
    return { room: room.name, data };
  },

  onSend(_, data, room) {
    if (data === 'throw') throw new Error('on purpose');
    room.broadcast(`sent ${JSON.stringify(data)}`);
  },
});
