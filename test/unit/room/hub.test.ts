import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS } from '../../../src/config/channels.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { raw } from '../../../src/protocols/raw/raw.ts';
import { Hub } from '../../../src/room/hub.ts';
import type { Message } from '../../../src/room/ports.ts';
import { takes } from '../../../src/room/rate.ts';
import { type AdmissionChanges, createAdmission } from '../../support/admission.ts';
import { createMember, createStores, ManualPort, type Member } from '../../support/members.ts';

function createHub() {
  const port = new ManualPort();
  return { port, hub: new Hub(port, ENCODERS, createStores(), { '': DEFAULT_CHANNEL_OPTIONS }) };
}

function join(hub: Hub, changes: AdmissionChanges = {}): Member {
  const member = createMember(changes);
  hub.join(member.connection);
  raw.enter?.(hub, member.connection);
  return member;
}

/** What the room does with a message of a member. */
function say(hub: Hub, { connection }: Member, message: Message): boolean {
  const taken = takes(hub, connection, message);
  if (taken) raw.receive(hub, connection, message);
  return taken;
}

describe('publishing', () => {
  it('sends a message to everybody else, as it came', () => {
    const { hub } = createHub();
    const [ada, ben, eve] = [join(hub), join(hub), join(hub)];
    const bytes = new Uint8Array([0, 255, 128]).buffer;
    say(hub, ada, 'text');
    say(hub, ada, bytes);
    expect(ada.socket.sent).toEqual([]);
    expect(ben.socket.sent).toEqual(['text', bytes]);
    expect(eve.socket.sent).toEqual(['text', bytes]);
  });

  it('sends a message to its sender too where the connection echoes', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub, { echo: true }), join(hub)];
    say(hub, ada, 'a');
    say(hub, ben, 'b');
    expect(ada.socket.sent).toEqual(['a', 'b']);
    expect(ben.socket.sent).toEqual(['a']);
  });

  it('takes nothing more from a member that was disconnected', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub), join(hub)];
    hub.disconnect(ada.connection, { code: 3000, reason: 'gone', reconnect: true });
    expect(say(hub, ada, 'late')).toBe(false);
    expect(ben.socket.sent).toEqual([]);
  });
});

it('sends one member text that it can take', () => {
  const { hub } = createHub();
  const ada = join(hub);
  hub.send(ada.connection, 'a\ud83d');
  expect(ada.socket.sent).toEqual(['a\ufffd']);
});

describe('leaving', () => {
  it('counts a member until it leaves, and only once however often it does', () => {
    const { hub } = createHub();
    const [ada] = [join(hub), join(hub)];
    expect(hub.size).toBe(2);
    hub.leave(ada.connection);
    hub.leave(ada.connection);
    expect(hub.size).toBe(1);
  });

  it('closes a disconnected member once, with the first code', () => {
    const { hub } = createHub();
    const ada = join(hub);
    hub.disconnect(ada.connection, { code: 3000, reason: 'first', reconnect: true });
    hub.disconnect(ada.connection, { code: 3001, reason: 'second', reconnect: true });
    expect(ada.socket.closed).toEqual({ code: 3000, reason: 'first' });
  });

  it('lets a member go whose socket the runtime has closed already', () => {
    const { hub } = createHub();
    const ada = join(hub);
    ada.socket.close();
    hub.disconnect(ada.connection, { code: 3000, reason: 'gone', reconnect: true });
    expect(hub.size).toBe(0);
  });
});

describe('the size of a message', () => {
  it.each([
    ['text at the limit', 'é'.repeat(8), true],
    ['text one byte over', `${'é'.repeat(8)}a`, false],
    ['bytes at the limit', new ArrayBuffer(16), true],
    ['bytes one over', new ArrayBuffer(17), false],
  ])('is counted in bytes of UTF-8: %s', (_, message, taken) => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub, { limits: { maxMessageBytes: 16 } }), join(hub)];
    expect(say(hub, ada, message)).toBe(taken);
    expect(ben.socket.sent).toEqual(taken ? [message] : []);
    expect(ada.socket.closed?.code).toBe(taken ? undefined : 1009);
  });

  it('is 1 MiB at most by default', () => {
    const { hub } = createHub();
    const ada = join(hub);
    expect(say(hub, ada, 'a'.repeat(1024 * 1024))).toBe(true);
    expect(say(hub, ada, 'a'.repeat(1024 * 1024 + 1))).toBe(false);
  });
});

describe('the rate of messages', () => {
  const limits = { messagesPerSecond: 2, messageBurst: 3 };

  it('takes a burst, and closes with 1008 at one message over it', () => {
    const { hub } = createHub();
    const ada = join(hub, { limits });
    expect([1, 2, 3].map(() => say(hub, ada, 'a'))).toEqual([true, true, true]);
    expect(ada.socket.closed).toBeNull();
    expect(say(hub, ada, 'a')).toBe(false);
    expect(ada.socket.closed).toEqual({ code: 1008, reason: 'message rate exceeded' });
  });

  it('fills up with time, and never over the burst', () => {
    const { hub, port } = createHub();
    const ada = join(hub, { limits });
    for (let i = 0; i < 3; i++) say(hub, ada, 'a');
    port.time += 500;
    expect(say(hub, ada, 'a')).toBe(true);
    port.time += 3_600_000;
    expect([1, 2, 3, 4].map(() => say(hub, ada, 'a'))).toEqual([true, true, true, false]);
  });

  it('costs only the message where the route says drop', () => {
    const { hub, port } = createHub();
    const [ada, ben] = [join(hub, { limits: { ...limits, overRate: 'drop' } }), join(hub)];
    for (const message of ['1', '2', '3', 'dropped']) say(hub, ada, message);
    port.time += 500;
    say(hub, ada, '4');
    expect(ada.socket.closed).toBeNull();
    expect(ben.socket.sent).toEqual(['1', '2', '3', '4']);
  });

  it('is counted for each connection by itself', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub, { limits }), join(hub, { limits })];
    for (let i = 0; i < 3; i++) say(hub, ada, 'a');
    expect(say(hub, ben, 'b')).toBe(true);
  });
});

describe('the connections of a room', () => {
  it.each([1, 2])('are taken up to the limit of %i, and refused with 503 and Retry-After beyond', (maxConnections) => {
    const { hub } = createHub();
    const admission = createAdmission({ limits: { maxConnections } });
    for (let i = 0; i < maxConnections; i++) {
      expect(hub.checkRoom(admission)).toBeNull();
      join(hub);
    }
    expect(hub.checkRoom(admission)).toEqual(new Rejected('ERR_ROOM_FULL', { 'Retry-After': '10' }));
  });

  it('leave their places to others', () => {
    const { hub } = createHub();
    const ada = join(hub);
    hub.leave(ada.connection);
    expect(hub.checkRoom(createAdmission({ limits: { maxConnections: 1 } }))).toBeNull();
  });
});

describe('a member that reads too slowly', () => {
  it('is closed with a code that tells it to come back, and nobody waits for it', () => {
    const { hub } = createHub();
    const [ada, slow, ben] = [join(hub), join(hub, { limits: { maxBufferedBytes: 10 } }), join(hub)];
    slow.socket.bufferedAmount = 11;
    say(hub, ada, 'a');
    expect(slow.socket.closed).toEqual({ code: 3008, reason: 'slow' });
    expect(ben.socket.sent).toEqual(['a']);
    expect(hub.size).toBe(2);
  });
});

describe('the bytes of a connection', () => {
  const limits = { bytesPerSecond: 10, maxMessageBytes: 100 };

  it('are taken for ten seconds at once, and cost the connection beyond', () => {
    const { hub } = createHub();
    const ada = join(hub, { limits });
    expect(say(hub, ada, 'é'.repeat(50))).toBe(true);
    expect(say(hub, ada, 'a')).toBe(false);
    expect(ada.socket.closed).toEqual({ code: 1008, reason: 'byte rate exceeded' });
  });

  it('cost only the message where the route says drop, and fill up with time', () => {
    const { hub, port } = createHub();
    const ada = join(hub, { limits: { ...limits, overRate: 'drop' } });
    say(hub, ada, new ArrayBuffer(100));
    expect(say(hub, ada, 'a')).toBe(false);
    port.time += 100;
    expect([say(hub, ada, 'a'), say(hub, ada, 'a')]).toEqual([true, false]);
    expect(ada.socket.closed).toBeNull();
  });
});

describe('the connections of one user, or from one address', () => {
  const identity = { userId: 'ada', claims: {} };
  const cases = [
    ['user', { identity, limits: { maxConnectionsPerUser: 2 } }],
    ['address', { address: '192.0.2.1', limits: { maxConnectionsPerAddress: 2 } }],
  ] satisfies [string, AdmissionChanges][];

  it.each(cases)('are taken up to the limit per %s, and refused with 429 and Retry-After beyond', (_, changes) => {
    const { hub } = createHub();
    const admission = createAdmission(changes);
    for (let i = 0; i < 2; i++) {
      expect(hub.checkRoom(admission)).toBeNull();
      join(hub, changes);
    }
    expect(hub.checkRoom(admission)).toEqual(new Rejected('ERR_TOO_MANY_CONNECTIONS', { 'Retry-After': '10' }));
  });

  it.each(cases)('leave their places to others of the same %s', (_, changes) => {
    const { hub } = createHub();
    const [first] = [join(hub, changes), join(hub, changes)];
    hub.leave(first.connection);
    expect(hub.checkRoom(createAdmission(changes))).toBeNull();
  });

  it.each(cases)('do not count against another %s, nor against one that is not known', (_, changes) => {
    const { hub } = createHub();
    for (let i = 0; i < 2; i++) join(hub, changes);
    const other = { ...changes, identity: { userId: 'ben', claims: {} }, address: '192.0.2.2' };
    expect(hub.checkRoom(createAdmission(other))).toBeNull();
    expect(hub.checkRoom(createAdmission({ ...changes, identity: null, address: null }))).toBeNull();
  });
});

describe('what a member may do', () => {
  it('does not get what is published without being allowed to subscribe', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub), join(hub, { grants: [{ channel: '*', allow: ['publish'] }] })];
    say(hub, ada, 'a');
    say(hub, ben, 'b');
    expect(ben.socket.sent).toEqual([]);
    expect(ada.socket.sent).toEqual(['b']);
  });

  it('costs the connection to publish without being allowed to, and nobody gets it', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub), join(hub, { grants: [{ channel: '*', allow: ['subscribe'] }] })];
    say(hub, ada, 'a');
    expect(ben.socket.sent).toEqual(['a']);
    say(hub, ben, 'b');
    expect(ada.socket.sent).toEqual([]);
    expect(ben.socket.closed).toEqual({ code: 3507, reason: 'permission denied' });
  });

  it('holds for the channels that are named, of which the default one is "main"', () => {
    const { hub } = createHub();
    const [ada, main, other] = [
      join(hub),
      join(hub, { grants: [{ channel: 'ma*', allow: ['subscribe'] }] }),
      join(hub, { grants: [{ channel: 'other', allow: ['subscribe'] }] }),
    ];
    say(hub, ada, 'a');
    expect(main.socket.sent).toEqual(['a']);
    expect(other.socket.sent).toEqual([]);
  });
});

describe('a connection that expires', () => {
  it('asks to be woken then, and is closed with a code that tells it to come back', () => {
    const { hub, port } = createHub();
    const [ada, ben] = [join(hub, { expiresAt: 1000 }), join(hub, { expiresAt: 3000 })];
    expect(port.wakeUps).toEqual([1000, 3000]);
    port.time = 1000;
    hub.wake();
    expect(ada.socket.closed).toEqual({ code: 3005, reason: 'connection expired' });
    expect(ben.socket.closed).toBeNull();
    expect(port.wakeUps.at(-1)).toBe(3000);
  });

  it('stays until it is time, though the room is woken before', () => {
    const { hub, port } = createHub();
    const ada = join(hub, { expiresAt: 1000 });
    port.time = 999;
    hub.wake();
    expect(ada.socket.closed).toBeNull();
    expect(say(hub, ada, 'a')).toBe(true);
  });

  it('is not heard any more from that time on, even if the wake-up is late', () => {
    const { hub, port } = createHub();
    const [ada, ben] = [join(hub, { expiresAt: 1000 }), join(hub)];
    port.time = 1000;
    expect(say(hub, ada, 'a')).toBe(false);
    expect(ben.socket.sent).toEqual([]);
    expect(ada.socket.closed?.code).toBe(3005);
  });

  it('asks for nothing when it is restored, since that was asked for already', () => {
    const { hub, port } = createHub();
    hub.restore(createMember({ expiresAt: 1000 }).connection);
    expect(port.wakeUps).toEqual([]);
    expect(hub.nextExpiry).toBe(1000);
  });
});

describe('an operator', () => {
  const disconnect = { code: 3503, reason: 'force disconnect', reconnect: false };

  it('sees who is connected', () => {
    const { hub } = createHub();
    const ada = join(hub, { identity: { userId: 'ada', claims: { secret: 1 } }, address: '192.0.2.1', expiresAt: 5 });
    join(hub);
    expect(hub.list()).toEqual([
      expect.objectContaining({ id: ada.connection.record.id, userId: 'ada', address: '192.0.2.1', expiresAt: 5 }),
      expect.objectContaining({ userId: null, address: null, protocol: 'raw', connectedAt: 0 }),
    ]);
    expect(JSON.stringify(hub.list())).not.toContain('secret');
  });

  it('disconnects all connections of a user and no others', () => {
    const { hub } = createHub();
    const [one, two] = ['ada', 'ada'].map((userId) => join(hub, { identity: { userId, claims: {} } }));
    const [ben, guest] = [join(hub, { identity: { userId: 'ben', claims: {} } }), join(hub)];
    expect(hub.disconnectAll({ userId: 'ada' }, disconnect)).toBe(2);
    expect([one, two, ben, guest].map((member) => member?.socket.closed?.code)).toEqual([
      3503,
      3503,
      undefined,
      undefined,
    ]);
  });

  it('disconnects one connection by its id', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub), join(hub)];
    expect(hub.disconnectAll({ connectionId: ada.connection.record.id }, disconnect)).toBe(1);
    expect(hub.disconnectAll({ connectionId: ada.connection.record.id }, disconnect)).toBe(0);
    expect(ben.socket.closed).toBeNull();
  });
});
