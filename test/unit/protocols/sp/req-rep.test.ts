import { describe, expect, it } from 'vitest';
import { bytes, type Peer, SpRoom } from '../../../support/sp.ts';

/** What a request of a REQ with this number says. */
const ask = (number: number) => `80 00 00 0${number} 'q'`;

/** A worker says to everything that it got what it was sent, and `!`. */
function answerAll(room: SpRoom, worker: Peer): void {
  for (const message of worker.sent.splice(0)) room.device.receive(worker, new Uint8Array([...message, 0x21]));
}

describe('a request', () => {
  it('goes to one REP, its answer back to the REQ alone', () => {
    const room = new SpRoom();
    const [req, other, rep] = [room.join('req'), room.join('req'), room.join('rep')];
    room.say(req, ask(7));
    room.say(other, ask(7));
    expect(rep.got).toEqual(['00 00 00 01 80 00 00 07 71', '00 00 00 02 80 00 00 07 71']);
    room.say(rep, "00 00 00 02 80 00 00 07 'two'");
    room.say(rep, "00 00 00 01 80 00 00 07 'one'");
    expect([req.heard, other.heard].flat().map((text) => text.slice(4))).toEqual(['one', 'two']);
    expect(room.requests.list()).toEqual([]);
  });

  it('goes to the REPs in turn', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    for (const number of [1, 2, 3, 4, 5]) room.say(req, ask(number));
    expect([one.sent.length, other.sent.length]).toEqual([3, 2]);
  });

  it('comes from behind other devices, and its answer goes back to them', () => {
    const room = new SpRoom();
    const [device, rep] = [room.join('req'), room.join('rep')];
    room.say(device, "00 00 00 0b 80 00 00 01 'q'");
    expect(rep.got).toEqual(['00 00 00 01 00 00 00 0b 80 00 00 01 71']);
    answerAll(room, rep);
    expect(device.got).toEqual(['00 00 00 0b 80 00 00 01 71 21']);
  });

  it('passes with as many words as are allowed, and with one more it is dropped by itself', () => {
    const room = new SpRoom();
    const [device, rep] = [room.join('req'), room.join('rep')];
    room.say(device, `${'00 00 00 0a '.repeat(7)}80 00 00 01`);
    room.say(device, `${'00 00 00 0a '.repeat(8)}80 00 00 01`);
    expect(rep.sent.map(({ length }) => length)).toEqual([36]);
    answerAll(room, rep);
    expect(device.sent.map(({ length }) => length)).toEqual([33]);
    expect(device.closed).toBeNull();
  });

  it.each(['', '80 00 00', '00 00 00 01', "'hello'"])('that is malformed is dropped by itself: %j', (said) => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, said);
    expect([rep.sent, req.closed, room.requests.list()]).toEqual([[], null, []]);
  });

  it('goes to the next REP where one takes nothing more', () => {
    const room = new SpRoom();
    const [req, stuck, rep] = [room.join('req'), room.join('rep'), room.join('rep')];
    stuck.onSend = () => room.leave(stuck);
    room.say(req, ask(1));
    answerAll(room, rep);
    expect([stuck.sent.length, req.sent.length]).toEqual([0, 1]);
  });

  it('that is answered while it is handed over is not kept', () => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    rep.onSend = (message) => room.device.receive(rep, message);
    room.say(req, ask(1));
    expect([req.got, room.requests.list()]).toEqual([['80 00 00 01 71'], []]);
  });

  it('that is sent again goes to the next REP, and is kept once', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    room.say(req, ask(1));
    room.time = 60_000;
    room.say(req, ask(1));
    expect([one.sent.length, other.sent.length]).toEqual([1, 1]);
    expect(room.requests.list().map(({ worker, until }) => [worker, until])).toEqual([[other.id, 150_000]]);
  });
});

describe('a request while there is no REP', () => {
  it('waits, in its order, for the first one', () => {
    const room = new SpRoom();
    const req = room.join('req');
    for (const number of [1, 2]) room.say(req, ask(number));
    const rep = room.join('rep');
    answerAll(room, rep);
    expect(req.got).toEqual(['80 00 00 01 71 21', '80 00 00 02 71 21']);
  });

  it('waits while the room sleeps', () => {
    const room = new SpRoom();
    const req = room.join('req');
    room.say(req, ask(1));
    room.sleep();
    answerAll(room, room.join('rep'));
    expect(req.got).toEqual(['80 00 00 01 71 21']);
    expect(room.requests.list()).toEqual([]);
  });

  it('waits once, however often it is sent', () => {
    const room = new SpRoom();
    const req = room.join('req');
    for (let i = 0; i < 3; i++) room.say(req, ask(1));
    expect(room.join('rep').sent.length).toBe(1);
  });

  it('does not wait for a REQ that has left, awake or asleep', () => {
    const room = new SpRoom();
    const [one, other] = [room.join('req'), room.join('req')];
    room.say(one, ask(1));
    room.say(other, ask(2));
    room.leave(one);
    expect(room.requests.list().length).toBe(1);
    room.forget(other);
    room.sleep();
    expect([room.requests.list(), room.join('rep').sent]).toEqual([[], []]);
  });

  it('waits up to a number of messages and of bytes, and what comes then is dropped', () => {
    const few = new SpRoom({ maxKeptMessages: 2 });
    const small = new SpRoom({ maxKeptBytes: 18 });
    for (const room of [few, small]) {
      const req = room.join('req');
      for (const number of [1, 2, 3]) room.say(req, ask(number));
      expect([room.join('rep').sent.length, req.closed]).toEqual([2, null]);
    }
  });

  it('is kept for its time, and then given up', () => {
    const room = new SpRoom({ requestTtlMs: 10 });
    const req = room.join('req');
    room.say(req, ask(1));
    expect(room.wakeUps).toEqual([10]);
    room.time = 9;
    room.device.wake();
    expect(room.requests.list().length).toBe(1);
    room.time = 10;
    room.device.wake();
    expect([room.requests.list(), room.join('rep').sent]).toEqual([[], []]);
  });

  it('is not handed out after its time, even if nobody woke the room', () => {
    const room = new SpRoom({ requestTtlMs: 10 });
    room.say(room.join('req'), ask(1));
    room.time = 10;
    expect(room.join('rep').sent).toEqual([]);
  });
});

describe('a REP that is too slow', () => {
  it('is passed over, and keeps its turn', () => {
    const room = new SpRoom();
    const [req, slow, rep] = [room.join('req'), room.join('rep'), room.join('rep')];
    slow.slow = true;
    for (const id of ['80000001', '80000002']) room.say(req, id);
    slow.slow = false;
    room.say(req, '80000003');
    expect([slow.got, rep.got]).toEqual([
      ['00 00 00 01 80 00 00 03'],
      ['00 00 00 01 80 00 00 01', '00 00 00 01 80 00 00 02'],
    ]);
  });

  it('gets, where there is no other, what waited: soon after it was asked, or after another one left', () => {
    const room = new SpRoom({ retryMs: 10 });
    const [req, slow] = [room.join('req'), room.join('rep')];
    slow.slow = true;
    room.say(req, '80000001');
    expect(room.wakeUps.at(-1)).toBe(10);
    const other = room.join('rep');
    expect(other.got).toEqual(['00 00 00 01 80 00 00 01']);
    room.time = 5;
    room.leave(other);
    expect(room.wakeUps.at(-1)).toBe(15);
    slow.slow = false;
    room.device.wake();
    expect(slow.got).toEqual(['00 00 00 01 80 00 00 01']);
    expect(room.wakeUps.at(-1)).toBe(room.limits.requestTtlMs);
  });
});

describe('a REQ that is too slow', () => {
  it('misses its answer, as behind a device of either library, and may ask again', () => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    req.slow = true;
    room.say(req, '80000001');
    room.say(rep, "00000001 80000001 'a'");
    req.slow = false;
    room.say(req, '80000001');
    room.say(rep, "00000001 80000001 'b'");
    expect([req.got, rep.got.length]).toEqual([['80 00 00 01 62'], 2]);
  });
});

describe('a REP that leaves with requests outstanding', () => {
  it('leaves them to another one', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    for (const number of [1, 2, 3]) room.say(req, ask(number));
    answerAll(room, other);
    room.leave(one);
    answerAll(room, other);
    expect(req.sent.map((message) => message[3])).toEqual([2, 1, 3]);
    expect(room.requests.list()).toEqual([]);
  });

  it('leaves them to the next one that comes', () => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, ask(1));
    room.leave(rep);
    expect(room.requests.list().map(({ worker }) => worker)).toEqual([null]);
    answerAll(room, room.join('rep'));
    expect(req.sent.length).toBe(1);
  });

  it('leaves them to another one after the room slept in between', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    room.say(req, ask(1));
    room.sleep();
    expect(other.sent).toEqual([]);
    room.leave(one);
    answerAll(room, other);
    expect(req.sent.length).toBe(1);
  });

  it('leaves them to another one where it left while the room slept', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    room.say(req, ask(1));
    room.forget(one);
    room.sleep();
    answerAll(room, other);
    expect(req.sent.length).toBe(1);
  });

  it('does not leave what it has answered', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    room.say(req, ask(1));
    answerAll(room, one);
    room.sleep();
    room.leave(one);
    expect([other.sent, req.sent.length]).toEqual([[], 1]);
  });

  it('leaves no more of them than are kept, and the others went out all the same', () => {
    const room = new SpRoom({ maxKeptMessages: 1 });
    const [req, one] = [room.join('req'), room.join('rep')];
    for (const number of [1, 2]) room.say(req, ask(number));
    room.leave(one);
    expect([one.sent.length, room.join('rep').sent.length]).toEqual([2, 1]);
  });
});

describe('a reply', () => {
  it('finds its way after the room slept, from the wire alone', () => {
    const room = new SpRoom({ maxKeptMessages: 0 });
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, ask(1));
    expect(room.requests.list()).toEqual([]);
    room.sleep();
    answerAll(room, rep);
    expect(req.sent.length).toBe(1);
  });

  it('to a REQ that has left is dropped', () => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, ask(1));
    room.leave(req);
    const next = room.join('req');
    answerAll(room, rep);
    expect([req.missed, next.sent, rep.closed]).toEqual([[], [], null]);
  });

  it('is passed on once more where two workers did the same request: the REQ ignores it', () => {
    const room = new SpRoom();
    const [req, one, other] = [room.join('req'), room.join('rep'), room.join('rep')];
    room.say(req, ask(1));
    room.say(req, ask(1));
    answerAll(room, one);
    answerAll(room, other);
    expect(req.got).toEqual(['80 00 00 01 71 21', '80 00 00 01 71 21']);
    expect(room.requests.list()).toEqual([]);
  });

  it.each([
    '',
    '00 00 01',
    '00 00 00 01',
    "00 00 00 01 'abc'",
    '80 00 00 01',
    `${'00 00 00 01 '.repeat(9)}80 00 00 01`,
  ])('that is malformed is dropped, and costs nobody anything: %j', (said) => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, ask(1));
    room.say(rep, said);
    expect([req.sent, rep.closed, room.requests.list().length]).toEqual([[], null, 1]);
  });

  it('goes to whoever asked, also where that is no SP peer but something that tells it otherwise', () => {
    const room = new SpRoom();
    const [browser, rep] = [room.join('req'), room.join('rep')];
    const told: string[] = [];
    browser.onSend = (message) => told.push(Buffer.from(message.subarray(4)).toString());
    room.device.receive(browser, bytes("80 00 00 01 '{}'"));
    answerAll(room, rep);
    expect(told).toEqual(['{}!']);
  });
});
