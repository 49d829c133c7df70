import { describe, expect, it } from 'vitest';
import { SpRoom } from '../../../support/sp.ts';

describe.each([
  { role: 'pair', said: "'a'", got: '61' },
  { role: 'pair1', said: "00 00 00 01 'a'", got: '00 00 00 02 61' },
] as const)('a $role', ({ role, said, got }) => {
  it('talks to one other, both ways', () => {
    const room = new SpRoom();
    const [one, other] = [room.join(role), room.join(role)];
    room.say(one, said);
    room.say(other, said);
    expect([one.got, other.got]).toEqual([[got], [got]]);
  });

  it('talks to nobody while it is alone', () => {
    const room = new SpRoom();
    const one = room.join(role);
    room.say(one, said);
    const other = room.join(role);
    expect([one.sent, other.sent, one.closed]).toEqual([[], [], null]);
  });

  it('that comes third waits, without a Close, unheard and hearing nothing', () => {
    const room = new SpRoom();
    const [one, other, third] = [room.join(role), room.join(role), room.join(role)];
    room.say(one, said);
    room.say(third, said);
    expect([one.got, other.got, third.got]).toEqual([[], [got], []]);
    expect(third.closed).toBeNull();
  });

  it('that waits takes the next place that is free, in the order in which they came', () => {
    const room = new SpRoom();
    const [one, other, third, fourth] = [room.join(role), room.join(role), room.join(role), room.join(role)];
    room.leave(one);
    room.say(other, said);
    room.leave(other);
    room.say(third, said);
    expect([third.got, fourth.got]).toEqual([[got], [got]]);
  });

  it('that stops waiting is nobody’s peer', () => {
    const room = new SpRoom();
    const [one, other, third] = [room.join(role), room.join(role), room.join(role)];
    room.leave(third);
    room.leave(other);
    room.say(one, said);
    expect([third.sent, third.missed]).toEqual([[], []]);
  });

  it('has the same peer after the room slept', () => {
    const room = new SpRoom();
    const [one, other, third] = [room.join(role), room.join(role), room.join(role)];
    room.sleep();
    room.say(one, said);
    expect([other.got, third.got]).toEqual([[got], []]);
  });
});

describe('PAIR and PAIR1', () => {
  it('do not talk to each other', () => {
    const room = new SpRoom();
    const [pair, pair1] = [room.join('pair'), room.join('pair1')];
    room.say(pair, "'a'");
    room.say(pair1, "00 00 00 01 'a'");
    expect([pair.sent, pair1.sent]).toEqual([[], []]);
  });
});

describe('a message of PAIR1', () => {
  it.each(["'abc'", "00 00 01 00 'a'", ''])('without a count of hops costs the connection: %s', (said) => {
    const room = new SpRoom();
    const [one, other] = [room.join('pair1'), room.join('pair1')];
    room.say(one, said);
    expect([one.closed, other.closed, other.sent]).toEqual(['malformed', null, []]);
  });

  it('is dropped by itself with more hops than are allowed', () => {
    const room = new SpRoom({ ttl: 3 });
    const [one, other] = [room.join('pair1'), room.join('pair1')];
    for (const hops of ['03', '04']) room.say(one, `00 00 00 ${hops} 'a'`);
    expect(other.got).toEqual(['00 00 00 04 61']);
    expect(one.closed).toBeNull();
  });
});
