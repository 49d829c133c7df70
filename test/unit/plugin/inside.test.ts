import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../src/config/channels.ts';
import { definePlugin, type PluginRoom } from '../../../src/plugin/plugin.ts';
import type { Message } from '../../../src/room/ports.ts';
import type { Member } from '../../support/members.ts';
import { PluginRoomInNode } from '../../support/plugin-room.ts';

function createRoom(namespaces?: Namespaces) {
  let inside: PluginRoom | null = null;
  const plugin = definePlugin({
    name: 'test',
    onMessage(_, __, room) {
      inside = room;
    },
  });
  const room = new PluginRoomInNode(plugin, namespaces);
  const first = room.join({}, ['first']);
  void room.runner.receive(first.connection, 'a');
  return { room, first, inside: inside as unknown as PluginRoom };
}

const sentTo = (...members: Member[]) => members.map(({ socket }) => socket.sent);

describe('broadcast', () => {
  it('reaches all, those with a tag, or all but one', () => {
    const { room, first, inside } = createRoom();
    const [ada, ben, eve] = [room.join({}, ['x', 'x']), room.join({}, ['x', 'y']), room.join({}, [''])];
    inside.broadcast('all');
    inside.broadcast('x', { tag: 'x' });
    inside.broadcast('empty', { tag: '' });
    inside.broadcast('unknown', { tag: 'z' });
    const except = inside.connections('y')[0];
    inside.broadcast('but ben', { except });
    inside.broadcast('x but ben', { except, tag: 'x' });
    expect(sentTo(first, ada, ben, eve)).toEqual([
      ['all', 'but ben'],
      ['all', 'x', 'but ben', 'x but ben'],
      ['all', 'x'],
      ['all', 'empty', 'but ben'],
    ]);
  });

  it('sends bytes as bytes, of a view only those in it', () => {
    const { first, inside } = createRoom();
    const bytes = new Uint8Array([1, 2, 3]);
    inside.broadcast(bytes.subarray(1, 2));
    inside.broadcast(bytes.buffer);
    expect(first.socket.sent).toEqual([new Uint8Array([2]).buffer, bytes.buffer]);
  });

  it('keeps its order in a big room, for who leaves and comes during a sweep too', () => {
    const { room, inside } = createRoom();
    const members = Array.from({ length: 100 }, () => room.join());
    inside.broadcast('1');
    const late = room.join();
    inside.broadcast('2');
    const gone = members[99] as Member;
    room.hub.leave(gone.connection);
    void room.runner.left(gone.connection, { code: 1000, reason: '', wasClean: true });
    room.port.settle();
    for (const { socket } of members.slice(0, 99)) expect(socket.sent).toEqual(['1', '2']);
    expect([late.socket.sent, gone.socket.sent]).toEqual([['2'], []]);
  });

  it('does not reach who has left', async () => {
    const { room, first, inside } = createRoom();
    await room.runner.left(first.connection, { code: 1000, reason: '', wasClean: true });
    inside.broadcast('a');
    expect([first.socket.sent, inside.connections()]).toEqual([[], []]);
  });
});

describe('connections', () => {
  it('are told in the order in which they came, all or by tag', () => {
    const { room, first, inside } = createRoom();
    const [ada, ben] = [room.join({}, ['x']), room.join({}, ['y', 'x'])];
    const idsOf = (...members: Member[]) => members.map(({ connection }) => connection.record.id);
    expect(inside.connections().map(({ id }) => id)).toEqual(idsOf(first, ada, ben));
    expect(inside.connections('x').map(({ id }) => id)).toEqual(idsOf(ada, ben));
    expect(inside.connections('z')).toEqual([]);
  });
});

describe('publish', () => {
  const subscriber = (room: PluginRoomInNode) => {
    const member = room.join({ protocol: 'raw' });
    room.hub.subscribe(member.connection, 'main');
    return member;
  };

  it.each<[unknown, Message]>([
    ['text', 'text'],
    [new Uint8Array([0, 1, 2]).subarray(1), new Uint8Array([1, 2]).buffer],
    [{ a: [1] }, '{"a":[1]}'],
    [null, 'null'],
  ])('sends text, bytes, and what JSON can say: %j', async (data, message) => {
    const { room, inside } = createRoom();
    const { socket } = subscriber(room);
    await inside.publish('main', data);
    expect(socket.sent).toEqual([message]);
  });

  it('is there when it resolves, where the channel keeps a history', async () => {
    const { room, inside } = createRoom({ '': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 10 } });
    await inside.publish('main', 'a');
    const kept = room.hub.history.read('main', { since: undefined, limit: 10, reverse: false }, 0);
    expect(kept.map(({ data }) => data)).toEqual(['a']);
  });

  it('is not asked about itself', async () => {
    const room = new PluginRoomInNode(
      definePlugin({ name: 'test', onMessage: (_, __, inside) => inside.publish('main', 'a'), onPublish: () => false }),
    );
    const { socket } = subscriber(room);
    await room.runner.receive(room.join().connection, 'go');
    expect(socket.sent).toEqual(['a']);
  });

  it('fails for a channel that there can not be, and for what JSON can not say', async () => {
    const { inside } = createRoom();
    await expect(inside.publish('other:a', 'x')).rejects.toThrow('The room can have no channel "other:a"');
    await expect(inside.publish('main', () => {})).rejects.toThrow(TypeError);
  });
});
