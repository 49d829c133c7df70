import { describe, expect, it } from 'vitest';
import { Rejected } from '../../../src/config/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/config/limits.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { raw } from '../../../src/protocols/raw/raw.ts';
import { Hub } from '../../../src/room/hub.ts';
import type { Message } from '../../../src/room/ports.ts';
import { createMember, ManualPort, type Member } from '../../support/members.ts';

function createHub() {
  const port = new ManualPort();
  return { port, hub: new Hub(port, ENCODERS) };
}

function join(hub: Hub, limits: Partial<Limits> = {}, echo = false): Member {
  const member = createMember(limits, echo);
  hub.join(member.connection);
  return member;
}

/** What the room does with a message of a member. */
function say(hub: Hub, { connection }: Member, message: Message): boolean {
  const taken = hub.takes(connection, message);
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
    const [ada, ben] = [join(hub, {}, true), join(hub)];
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
    const [ada, ben] = [join(hub, { maxMessageBytes: 16 }), join(hub)];
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
    const ada = join(hub, limits);
    expect([1, 2, 3].map(() => say(hub, ada, 'a'))).toEqual([true, true, true]);
    expect(ada.socket.closed).toBeNull();
    expect(say(hub, ada, 'a')).toBe(false);
    expect(ada.socket.closed).toEqual({ code: 1008, reason: 'message rate exceeded' });
  });

  it('fills up with time, and never over the burst', () => {
    const { hub, port } = createHub();
    const ada = join(hub, limits);
    for (let i = 0; i < 3; i++) say(hub, ada, 'a');
    port.time += 500;
    expect(say(hub, ada, 'a')).toBe(true);
    port.time += 3_600_000;
    expect([1, 2, 3, 4].map(() => say(hub, ada, 'a'))).toEqual([true, true, true, false]);
  });

  it('costs only the message where the route says drop', () => {
    const { hub, port } = createHub();
    const [ada, ben] = [join(hub, { ...limits, overRate: 'drop' }), join(hub)];
    for (const message of ['1', '2', '3', 'dropped']) say(hub, ada, message);
    port.time += 500;
    say(hub, ada, '4');
    expect(ada.socket.closed).toBeNull();
    expect(ben.socket.sent).toEqual(['1', '2', '3', '4']);
  });

  it('is counted for each connection by itself', () => {
    const { hub } = createHub();
    const [ada, ben] = [join(hub, limits), join(hub, limits)];
    for (let i = 0; i < 3; i++) say(hub, ada, 'a');
    expect(say(hub, ben, 'b')).toBe(true);
  });
});

describe('the connections of a room', () => {
  it.each([1, 2])('are taken up to the limit of %i, and refused with 503 and Retry-After beyond', (maxConnections) => {
    const { hub } = createHub();
    const limits = { ...DEFAULT_LIMITS, maxConnections };
    for (let i = 0; i < maxConnections; i++) {
      expect(hub.checkRoom(limits)).toBeNull();
      join(hub);
    }
    expect(hub.checkRoom(limits)).toEqual(new Rejected('ERR_ROOM_FULL', { 'Retry-After': '10' }));
  });

  it('leave their places to others', () => {
    const { hub } = createHub();
    const ada = join(hub);
    hub.leave(ada.connection);
    expect(hub.checkRoom({ ...DEFAULT_LIMITS, maxConnections: 1 })).toBeNull();
  });
});

describe('a member that reads too slowly', () => {
  it('is closed with a code that tells it to come back, and nobody waits for it', () => {
    const { hub } = createHub();
    const [ada, slow, ben] = [join(hub), join(hub, { maxBufferedBytes: 10 }), join(hub)];
    slow.socket.bufferedAmount = 11;
    say(hub, ada, 'a');
    expect(slow.socket.closed).toEqual({ code: 3008, reason: 'slow' });
    expect(ben.socket.sent).toEqual(['a']);
    expect(hub.size).toBe(2);
  });
});
