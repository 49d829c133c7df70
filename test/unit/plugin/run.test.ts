import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { definePlugin, RpcError } from '../../../src/plugin/plugin.ts';
import { BROKEN } from '../../../src/room/ports.ts';
import { createMember } from '../../support/members.ts';
import { PluginRoomInNode } from '../../support/plugin-room.ts';

const onMessage = () => {};
const fail = () => {
  throw new Error('on purpose');
};
const upgrade = (headers: HeadersInit = {}) => new Request('https://a.example/x?y=1', { headers });
const failedIn = (hook: string) => expect.objectContaining({ message: `The plug-in test failed in ${hook}` });

describe('onConnect', () => {
  it('sees URL, headers, what is offered, and who it is', async () => {
    const seen: unknown[] = [];
    const room = new PluginRoomInNode(
      definePlugin({
        name: 'test',
        onMessage,
        onConnect({ id, identity, state, tags }, { url, headers, offered }, { name }) {
          seen.push({ id, identity, state, tags, url: url.href, header: headers.get('X-A'), offered, name });
          return undefined;
        },
      }),
    );
    const { connection } = createMember({ identity: { userId: 'ada', claims: {} }, subprotocol: 'b' });
    const opening = await room.runner.open(connection, upgrade({ 'X-A': '1', 'Sec-WebSocket-Protocol': 'a, b' }));
    expect(opening).toEqual({ subprotocol: 'b', headers: new Headers() });
    expect(seen).toEqual([
      {
        id: connection.record.id,
        identity: { userId: 'ada', claims: {} },
        state: null,
        tags: [],
        url: 'https://a.example/x?y=1',
        header: '1',
        offered: ['a', 'b'],
        name: 'room',
      },
    ]);
  });

  it.each([
    ['a subprotocol that was not offered', { subprotocol: 'c' }, 'It chose the subprotocol "c", which was not offered'],
    ['a header of the handshake', { headers: { 'Sec-WebSocket-Protocol': 'a' } }, /^It set "sec-websocket-protocol"/],
    ['tags of more than 1 KiB', { tags: ['x'.repeat(1021)] }, /1025 bytes of JSON, more than 1024/],
  ])('may not ask for %s', async (_, opening, message) => {
    const room = new PluginRoomInNode(definePlugin({ name: 'test', onMessage, onConnect: () => opening }));
    const opened = room.runner.open(createMember().connection, upgrade({ 'Sec-WebSocket-Protocol': 'a' }));
    await expect(opened).rejects.toMatchObject({
      message: 'The plug-in test failed in onConnect',
      cause: { message: expect.stringMatching(message) },
    });
  });

  it('gives each connection a state of its own', async () => {
    const states: unknown[] = [];
    const room = new PluginRoomInNode(
      definePlugin({
        name: 'test',
        state: { seen: [] as string[] },
        onMessage,
        onConnect({ id, state }) {
          states.push([...state.seen]);
          state.seen.push(id);
          return undefined;
        },
      }),
    );
    for (const { connection } of [createMember(), createMember()]) await room.runner.open(connection, upgrade());
    expect(states).toEqual([[], []]);
  });
});

describe('onMessage', () => {
  it('is called at once, without a promise where it gives none', () => {
    const room = new PluginRoomInNode(
      definePlugin({ name: 'test', onMessage: (connection, message) => connection.send(message) }),
    );
    const { connection, socket } = room.join();
    expect(room.runner.receive(connection, 'a')).toBeUndefined();
    expect(socket.sent).toEqual(['a']);
  });

  it('is waited for where it gives a promise, of whatever kind', async () => {
    const done: string[] = [];
    class Later {
      // biome-ignore lint/suspicious/noThenProperty: what a query builder gives, which begins when it is waited for
      then(resolve: (done: number) => void): void {
        setImmediate(() => resolve(done.push('later')));
      }
    }
    const room = new PluginRoomInNode(definePlugin({ name: 'test', onMessage: () => new Later() }));
    await room.runner.receive(room.join().connection, 'a');
    expect(done).toEqual(['later']);
  });

  it('fails with the name of the plug-in', async () => {
    const sync = new PluginRoomInNode(definePlugin({ name: 'test', onMessage: fail }));
    const async = new PluginRoomInNode(definePlugin({ name: 'test', onMessage: async () => fail() }));
    expect(() => sync.runner.receive(sync.join().connection, 'a')).toThrow(failedIn('onMessage'));
    await expect(async.runner.receive(async.join().connection, 'a')).rejects.toEqual(failedIn('onMessage'));
  });

  const Move = v.object({ cell: v.pipe(v.number(), v.integer()), note: v.optional(v.string(), '-') });
  const typed = (message: v.GenericSchema<unknown, { cell: number; note: string }> | ReturnType<typeof asyncMove>) =>
    new PluginRoomInNode(
      definePlugin({ name: 'test', message, onMessage: (connection, move) => connection.send(JSON.stringify(move)) }),
    );
  const asyncMove = () =>
    v.pipeAsync(
      Move,
      v.checkAsync(async () => true),
    );

  it.each([
    ['at once', () => typed(Move)],
    ['later', () => typed(asyncMove())],
  ])('gets what its schema makes of a message: %s', async (_, create) => {
    const room = create();
    const { connection, socket } = room.join();
    await room.runner.receive(connection, '{"cell":3,"other":1}');
    expect(socket.sent).toEqual(['{"cell":3,"note":"-"}']);
  });

  it.each([
    ['{"cell":"a"}', 'cell: Invalid type: Expected number but received "a"'],
    ['[]', expect.stringContaining('cell')],
    ['{', 'must be text in JSON'],
    ['', 'must be text in JSON'],
    [new ArrayBuffer(1), 'must be text in JSON, not binary'],
  ])('does not get what its schema refuses: %s', async (message, detail) => {
    const room = typed(Move);
    const { connection, socket } = room.join();
    await room.runner.receive(connection, message);
    expect(socket.sent.map((sent) => JSON.parse(String(sent)))).toEqual([{ error: { code: 'ERR_MESSAGE', detail } }]);
    expect(socket.closed).toBeNull();
  });

  it('keeps what it says of a bad message short', async () => {
    const room = typed(Move);
    const { connection, socket } = room.join();
    await room.runner.receive(connection, JSON.stringify({ cell: 'x'.repeat(5000) }));
    expect(JSON.parse(String(socket.sent[0])).error.detail).toHaveLength(500);
  });
});

describe('onClose', () => {
  const closing = (onClose: () => unknown) => new PluginRoomInNode(definePlugin({ name: 'test', onMessage, onClose }));

  it('gets a connection that is no longer among those of the room', async () => {
    const seen: unknown[] = [];
    const room = new PluginRoomInNode(
      definePlugin({
        name: 'test',
        onMessage,
        onClose(connection, ending, inside) {
          seen.push(connection.tags, ending, inside.connections().length);
          inside.broadcast('gone');
        },
      }),
    );
    const [ada, ben] = [room.join({}, ['a']), room.join()];
    room.hub.leave(ada.connection);
    await room.runner.left(ada.connection, BROKEN);
    expect(seen).toEqual([['a'], BROKEN, 1]);
    expect([ada.socket.sent, ben.socket.sent]).toEqual([[], ['gone']]);
  });

  it('fails with the name of the plug-in, and never at once', async () => {
    const room = closing(fail);
    await expect(room.runner.left(room.join().connection, BROKEN)).rejects.toEqual(failedIn('onClose'));
  });
});

describe('onPublish', () => {
  const judging = (onPublish: () => boolean | undefined) =>
    new PluginRoomInNode(definePlugin({ name: 'test', onMessage, onPublish }));
  const draft = { data: '{"a":1}', json: true, publisher: null, tags: null };

  it('gets what JSON says, or a message as it came', () => {
    const seen: unknown[] = [];
    const room = new PluginRoomInNode(
      definePlugin({ name: 'test', onMessage, onPublish: ({ channel, data }) => void seen.push([channel, data]) }),
    );
    const { connection } = createMember();
    expect(room.hub.judge(connection, 'a', draft)).toBe('publish');
    expect(room.hub.judge(connection, 'b', { ...draft, json: false })).toBe('publish');
    expect(seen).toEqual([
      ['a', { a: 1 }],
      ['b', '{"a":1}'],
    ]);
  });

  it('refuses with false, and where it fails, which is logged', () => {
    const [no, failing] = [judging(() => false), judging(fail)];
    expect(no.hub.judge(createMember().connection, 'a', draft)).toBe('refuse');
    expect(failing.hub.judge(createMember().connection, 'a', draft)).toBe('refuse');
    expect([no.logged, failing.logged]).toEqual([[], [failedIn('onPublish')]]);
  });
});

describe('onRpc', () => {
  it('is not there where the plug-in has none', () => {
    const room = new PluginRoomInNode(definePlugin({ name: 'test', onMessage }));
    expect(room.runner.rpc(createMember().connection, 'a', 1)).toBeNull();
  });

  it.each([
    ['what it gives', () => ({ a: 1 }), { data: { a: 1 } }],
    ['null for nothing', () => undefined, { data: null }],
    ['an error of its own', () => Promise.reject(new RpcError(400, 'no')), { error: { code: 400, message: 'no' } }],
    ['that it failed', fail, 'failed'],
    ['that it failed, for what JSON can not say', () => () => {}, 'failed'],
  ])('answers with %s', async (_, onRpc, reply) => {
    const room = new PluginRoomInNode(definePlugin({ name: 'test', onMessage, onRpc }));
    expect(await room.runner.rpc(createMember().connection, 'a', 1)).toEqual(reply);
    expect(room.logged).toEqual(reply === 'failed' ? [failedIn('onRpc')] : []);
  });
});

describe('onAlarm', () => {
  const ringing = (onAlarm: () => unknown) => {
    const room = new PluginRoomInNode(definePlugin({ name: 'test', onMessage, onAlarm }));
    room.kept.put('alarm', 1000);
    return room;
  };

  it('is called when it is due, and not before', async () => {
    let rung = 0;
    const room = ringing(() => ++rung);
    room.port.time = 999;
    await room.runner.wake();
    expect([rung, room.port.wakeUps]).toEqual([0, [1000]]);
    room.port.time = 1000;
    await room.runner.wake();
    await room.runner.wake();
    expect(rung).toBe(1);
  });

  it('is over where it fails, which is logged', async () => {
    const room = ringing(fail);
    room.port.time = 1000;
    await room.runner.wake();
    await room.runner.wake();
    expect(room.logged).toEqual([failedIn('onAlarm')]);
  });
});
