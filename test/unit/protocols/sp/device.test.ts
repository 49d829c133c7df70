import { describe, expect, it } from 'vitest';
import { ROLES } from '../../../../src/config/sp-roles.ts';
import { bytes, SpRoom } from '../../../support/sp.ts';

/** A message of so many bytes that is well-formed in every pattern. */
function sized(length: number): Uint8Array {
  const message = new Uint8Array(length);
  message.set(bytes('80 00 00 01'));
  return message;
}

describe('a message that is too big', () => {
  it.each(['pub', 'bus', 'push', 'pair'] as const)('costs the connection of a %s, from one byte over', (role) => {
    const room = new SpRoom();
    const [one, other] = [room.join(role), room.join(role)];
    room.device.receive(one, sized(1024 * 1024));
    room.device.receive(other, sized(1024 * 1024 + 1));
    expect([one.closed, other.closed]).toEqual([null, 'too big']);
  });

  it.each(['req', 'surveyor'] as const)('is one that would be too big with the way back on it, of a %s', (role) => {
    const room = new SpRoom();
    const [asker, other] = [room.join(role), room.join(role)];
    const answering = room.join(role === 'req' ? 'rep' : 'respondent');
    room.device.receive(asker, sized(1024 * 1024 - 4));
    room.device.receive(other, sized(1024 * 1024 - 3));
    expect([asker.closed, other.closed]).toEqual([null, 'too big']);
    expect(answering.sent.map(({ length }) => length)).toEqual([1024 * 1024]);
  });

  it('is bigger where the limits say so', () => {
    const room = new SpRoom({ maxMessageBytes: 8 });
    const [one, other] = [room.join('bus'), room.join('bus')];
    room.device.receive(one, sized(8));
    room.device.receive(one, sized(9));
    expect([other.sent.length, one.closed, other.closed]).toEqual([1, 'too big', null]);
  });
});

describe('a pipe that has left', () => {
  it.each(ROLES)('is not heard: %s', (role) => {
    const room = new SpRoom();
    const gone = room.join(role);
    const peers = ROLES.map((other) => room.join(other));
    room.leave(gone);
    room.leave(gone);
    room.device.receive(gone, sized(8));
    expect([gone.closed, ...peers.map(({ sent }) => sent.length)]).toEqual([null, ...ROLES.map(() => 0)]);
  });

  it.each(ROLES)('is not sent to: %s', (role) => {
    const room = new SpRoom();
    const gone = room.join(role);
    const peers = ROLES.map((other) => room.join(other));
    room.leave(gone);
    for (const peer of [...peers, ...peers]) room.device.receive(peer, sized(8));
    expect([gone.sent, gone.missed]).toEqual([[], []]);
  });

  it('does not take another one along that has its id', () => {
    const room = new SpRoom();
    const [gone, bus] = [room.join('bus'), room.join('bus')];
    room.device.leave({ ...gone, id: bus.id, send: () => true, close: () => {} });
    expect(room.device.size).toBe(2);
  });
});

describe('a pipe whose code fails', () => {
  it('costs the call and not the device', () => {
    const room = new SpRoom();
    const [one, broken, other] = [room.join('bus'), room.join('bus'), room.join('bus')];
    broken.onSend = () => {
      throw new Error('broken');
    };
    expect(() => room.say(one, "'a'")).toThrow('broken');
    room.leave(broken);
    room.say(one, "'b'");
    expect(other.heard).toEqual(['b']);
  });
});

describe('a device that slept', () => {
  it('has all its pipes again', () => {
    const room = new SpRoom();
    for (const role of ROLES) room.join(role);
    room.sleep();
    expect(room.device.size).toBe(ROLES.length);
  });

  it('forgets, where nobody is left, the requests of those who are gone, and keeps what was pushed', () => {
    const room = new SpRoom();
    const [req, push] = [room.join('req'), room.join('push')];
    room.say(req, '80 00 00 01');
    room.say(push, "'a'");
    room.forget(req);
    room.forget(push);
    room.sleep();
    expect([room.requests.list().length, room.pushed.list().length]).toEqual([0, 1]);
  });
});
