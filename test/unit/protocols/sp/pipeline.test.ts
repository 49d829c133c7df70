import { describe, expect, it } from 'vitest';
import { SpRoom } from '../../../support/sp.ts';

describe('a PUSH', () => {
  it('spreads over the PULLs in turn, each message to one', () => {
    const room = new SpRoom();
    const [push, one, other] = [room.join('push'), room.join('pull'), room.join('pull')];
    for (const text of ['1', '2', '3']) room.say(push, `'${text}'`);
    expect([one.heard, other.heard]).toEqual([['1', '3'], ['2']]);
  });

  it('reaches a PULL that joins later when it has its turn', () => {
    const room = new SpRoom();
    const [push, one] = [room.join('push'), room.join('pull')];
    room.say(push, "'1'");
    const other = room.join('pull');
    for (const text of ['2', '3']) room.say(push, `'${text}'`);
    expect([one.heard, other.heard]).toEqual([['1', '2'], ['3']]);
  });

  it('never gets a byte', () => {
    const room = new SpRoom();
    const [push, pull] = [room.join('push'), room.join('pull')];
    room.say(pull, "'a'");
    room.say(room.join('push'), "'b'");
    expect([push.sent, pull.heard, pull.closed]).toEqual([[], ['b'], null]);
  });

  it('reaches another PULL where one takes nothing more', () => {
    const room = new SpRoom();
    const [push, stuck, pull] = [room.join('push'), room.join('pull'), room.join('pull')];
    stuck.onSend = () => room.leave(stuck);
    for (const text of ['1', '2']) room.say(push, `'${text}'`);
    expect([stuck.heard, pull.heard]).toEqual([[], ['1', '2']]);
  });
});

describe('a PULL that is too slow', () => {
  it('is passed over, and keeps its turn', () => {
    const room = new SpRoom();
    const [push, slow, pull] = [room.join('push'), room.join('pull'), room.join('pull')];
    slow.slow = true;
    for (const text of ['1', '2']) room.say(push, `'${text}'`);
    slow.slow = false;
    for (const text of ['3', '4']) room.say(push, `'${text}'`);
    expect([slow.heard, pull.heard]).toEqual([['3'], ['1', '2', '4']]);
  });

  it('gets, where there is no other, what waited in its order: when something is pushed, or soon', () => {
    const room = new SpRoom({ retryMs: 10 });
    const [push, pull] = [room.join('push'), room.join('pull')];
    pull.slow = true;
    for (const text of ['1', '2']) room.say(push, `'${text}'`);
    pull.slow = false;
    room.say(push, "'3'");
    expect(pull.heard).toEqual(['1', '2', '3']);
    pull.slow = true;
    room.say(push, "'4'");
    pull.slow = false;
    expect(room.wakeUps.at(-1)).toBe(10);
    room.device.wake();
    expect(pull.heard).toEqual(['1', '2', '3', '4']);
    expect(room.pushed.list()).toEqual([]);
  });

  it('is tried again and again, also after the room slept, until what waited is given up', () => {
    const room = new SpRoom({ retryMs: 10, pushTtlMs: 25 });
    const [push, pull] = [room.join('push'), room.join('pull')];
    pull.slow = true;
    room.say(push, "'1'");
    for (const time of [10, 20]) {
      room.time = time;
      room.sleep();
      expect(room.wakeUps.at(-1)).toBe(time + 10);
    }
    room.time = 30;
    room.device.wake();
    expect([room.pushed.list(), room.wakeUps.at(-1)]).toEqual([[], 30]);
  });
});

describe('what is pushed while there is no PULL', () => {
  it('waits, in its order, for the first one, also when the PUSH has left', () => {
    const room = new SpRoom();
    const push = room.join('push');
    for (const text of ['1', '2']) room.say(push, `'${text}'`);
    room.leave(push);
    expect(room.join('pull').heard).toEqual(['1', '2']);
    expect(room.pushed.list()).toEqual([]);
  });

  it('waits while the room sleeps', () => {
    const room = new SpRoom();
    const push = room.join('push');
    room.say(push, "'1'");
    room.sleep();
    room.say(push, "'2'");
    room.sleep();
    expect(room.join('pull').heard).toEqual(['1', '2']);
  });

  it('waits up to a number of messages, and what comes then is dropped', () => {
    const room = new SpRoom({ maxKeptMessages: 2 });
    const push = room.join('push');
    for (const text of ['1', '2', '3']) room.say(push, `'${text}'`);
    expect([room.join('pull').heard, push.closed]).toEqual([['1', '2'], null]);
  });

  it('waits up to a number of bytes, and what does not fit is dropped', () => {
    const room = new SpRoom({ maxKeptBytes: 5 });
    const push = room.join('push');
    for (const text of ['123', '456', '78', '9']) room.say(push, `'${text}'`);
    room.sleep();
    room.say(push, "'0'");
    expect(room.join('pull').heard).toEqual(['123', '78']);
  });

  it('makes room when it is handed out', () => {
    const room = new SpRoom({ maxKeptMessages: 2, maxKeptBytes: 4 });
    const push = room.join('push');
    for (const texts of [
      ['12', '34'],
      ['56', '78'],
    ]) {
      for (const text of texts) room.say(push, `'${text}'`);
      const pull = room.join('pull');
      expect(pull.heard).toEqual(texts);
      room.leave(pull);
    }
  });

  it('is not handed to a PULL that has left', () => {
    const room = new SpRoom();
    const [push, pull] = [room.join('push'), room.join('pull')];
    room.leave(pull);
    room.say(push, "'1'");
    expect([pull.missed, room.join('pull').heard]).toEqual([[], ['1']]);
  });

  it('is kept for its time, and then given up', () => {
    const room = new SpRoom({ pushTtlMs: 10 });
    const push = room.join('push');
    room.say(push, "'1'");
    room.time = 5;
    room.say(push, "'2'");
    expect(room.wakeUps).toEqual([10, 15]);
    room.time = 10;
    room.device.wake();
    expect(room.pushed.list().map(({ until }) => until)).toEqual([15]);
    expect(room.wakeUps).toEqual([10, 15, 15]);
    expect(room.join('pull').heard).toEqual(['2']);
  });

  it('is not handed out after its time, even if nobody woke the room', () => {
    const room = new SpRoom({ pushTtlMs: 10 });
    room.say(room.join('push'), "'1'");
    room.time = 10;
    expect(room.join('pull').sent).toEqual([]);
    expect(room.pushed.list()).toEqual([]);
  });
});
