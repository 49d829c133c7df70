import { describe, expect, it } from 'vitest';
import { MAX_PLUGIN_STATE_BYTES } from '../../../src/config/limits.ts';
import { Client } from '../../../src/plugin/client.ts';
import { definePlugin } from '../../../src/plugin/plugin.ts';
import { Antechamber } from '../../../src/room/antechamber.ts';
import { createMember, FakeSocket } from '../../support/members.ts';
import { PluginRoomInNode } from '../../support/plugin-room.ts';

const createRoom = () => new PluginRoomInNode(definePlugin({ name: 'test', onMessage: () => {} }));

function createClient() {
  const room = createRoom();
  const member = room.join({ identity: { userId: 'ada', claims: {} }, subprotocol: 'chat' }, ['a']);
  return { ...member, room, client: new Client(room.hub, member.connection) };
}

/** A connection that is not let in yet. */
function createWaiting() {
  const room = createRoom();
  const { connection } = createMember({ protocol: 'application' });
  const antechamber = new Antechamber();
  connection.socket = antechamber;
  const letIn = () => {
    const socket = new FakeSocket();
    connection.socket = socket;
    room.hub.join(connection);
    antechamber.empty(room.hub, connection);
    return socket;
  };
  return { room, connection, client: new Client(room.hub, connection), letIn };
}

describe('a connection', () => {
  it('tells who it is, what was chosen for it, and its tags', () => {
    const { client, connection } = createClient();
    const { id, identity, subprotocol, tags } = client;
    expect({ id, identity, subprotocol, tags }).toEqual({
      id: connection.record.id,
      identity: { userId: 'ada', claims: {} },
      subprotocol: 'chat',
      tags: ['a'],
    });
  });

  it.each<[args: [code?: number, reason?: string], code: number, reason: string]>([
    [[], 1000, ''],
    [[3000, 'x'.repeat(124)], 3000, 'x'.repeat(123)],
    [[4999, 'bye'], 4999, 'bye'],
  ])('is closed with %j', (args, code, reason) => {
    const { client, socket, room } = createClient();
    client.close(...args);
    expect([socket.closed, room.hub.size]).toEqual([{ code, reason }, 0]);
    client.close();
    client.send('nobody is there');
    expect(socket.sent).toEqual([]);
  });

  it.each([1001, 1005, 2999, 5000, Number.NaN])('is not closed with %i', (code) => {
    const { client, socket } = createClient();
    expect(() => client.close(code)).toThrow(RangeError);
    expect(socket.closed).toBeNull();
  });
});

describe('a state', () => {
  const ofBytes = (bytes: number) => 'x'.repeat(bytes - 2);

  it('is kept when it is assigned, as a copy', () => {
    const { client, connection, room } = createClient();
    const given = { at: new Date(0), list: [1], nothing: undefined };
    client.state = given;
    given.list.push(2);
    expect(client.state).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [1] });
    expect(room.port.kept.get(connection.record.id)?.state).toEqual(client.state);
  });

  it('may be as large as its limit, and no larger; the one before stays then', () => {
    const { client } = createClient();
    client.state = ofBytes(MAX_PLUGIN_STATE_BYTES);
    expect(() => {
      client.state = ofBytes(MAX_PLUGIN_STATE_BYTES + 1);
    }).toThrow('The state of a connection is 4097 bytes of JSON, more than 4096');
    expect(client.state).toBe(ofBytes(MAX_PLUGIN_STATE_BYTES));
  });

  it('is counted in bytes of UTF-8', () => {
    const { client } = createClient();
    expect(() => {
      client.state = 'é'.repeat(2048);
    }).toThrow(RangeError);
  });

  it.each([undefined, () => {}, Symbol('a'), 1n])('is nothing that JSON can not say: %s', (state) => {
    const { client } = createClient();
    expect(() => {
      client.state = state;
    }).toThrow(TypeError);
  });
});

describe('a connection that is not let in yet', () => {
  it('gets what was sent to it when it is, in order', () => {
    const { client, letIn } = createWaiting();
    client.send('a');
    client.send(new Uint8Array([1]));
    expect(letIn().sent).toEqual(['a', new Uint8Array([1])]);
  });

  it('is closed then, after that; only what came before the close is sent', () => {
    const { client, letIn, room } = createWaiting();
    client.send('a');
    client.close(3001, 'no');
    client.close(3002, 'again');
    client.send('b');
    const { sent, closed } = letIn();
    expect([sent, closed, room.hub.size]).toEqual([['a'], { code: 3001, reason: 'no' }, 0]);
  });

  it('keeps a state that is assigned, though it is no member', () => {
    const { client, connection, room } = createWaiting();
    client.state = 5;
    expect([connection.record.state, room.port.kept.size]).toEqual([5, 0]);
  });
});
