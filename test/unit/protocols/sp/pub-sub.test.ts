import { describe, expect, it } from 'vitest';
import { SpRoom } from '../../../support/sp.ts';

describe('a PUB', () => {
  it('is heard by every SUB, as it is, whatever that subscribed to', () => {
    const room = new SpRoom();
    const [pub, ...subs] = [room.join('pub'), room.join('sub'), room.join('sub')];
    room.say(pub, "'weather: rain'");
    room.say(pub, '');
    expect(subs.map(({ heard }) => heard)).toEqual([
      ['weather: rain', ''],
      ['weather: rain', ''],
    ]);
  });

  it('never gets a byte: not of its own, not of another PUB, not of anybody else', () => {
    const room = new SpRoom();
    const [pub, other] = [room.join('pub'), room.join('pub')];
    for (const role of ['sub', 'bus', 'pair', 'push', 'req', 'rep', 'surveyor'] as const) {
      room.say(room.join(role), "80 00 00 01 'x'");
    }
    room.say(pub, "'a'");
    room.say(other, "'b'");
    expect([pub.sent, other.sent]).toEqual([[], []]);
  });

  it('is not heard by a SUB that has left', () => {
    const room = new SpRoom();
    const [pub, sub] = [room.join('pub'), room.join('sub')];
    room.leave(sub);
    room.say(pub, "'a'");
    expect([sub.sent, sub.missed]).toEqual([[], []]);
  });

  it('is heard by every SUB although one of them takes nothing more', () => {
    const room = new SpRoom();
    const [pub, stuck, sub] = [room.join('pub'), room.join('sub'), room.join('sub')];
    stuck.onSend = () => room.leave(stuck);
    room.say(pub, "'a'");
    room.say(pub, "'b'");
    expect([stuck.heard, sub.heard]).toEqual([[], ['a', 'b']]);
  });

  it('is heard after the room slept', () => {
    const room = new SpRoom();
    const [pub, sub] = [room.join('pub'), room.join('sub')];
    room.sleep();
    room.say(pub, "'a'");
    expect(sub.heard).toEqual(['a']);
  });
});

describe('a SUB that says something', () => {
  it('is closed, and nobody hears it', () => {
    const room = new SpRoom();
    const [pub, sub, other] = [room.join('pub'), room.join('sub'), room.join('sub')];
    room.say(sub, "'a'");
    expect([sub.closed, other.closed, pub.closed]).toEqual(['malformed', null, null]);
    expect([pub.sent, other.sent]).toEqual([[], []]);
  });
});
