import { describe, expect, it } from 'vitest';
import { Fanout, type Recipient, RUN_LENGTH } from '../../../src/room/fanout.ts';
import { FakeSocket, ManualPort } from '../../support/members.ts';

interface Member {
  connection: Recipient & { open: boolean };
  socket: FakeSocket;
}

function createMember(maxBufferedBytes = 1000): Member {
  const socket = new FakeSocket();
  return { connection: { socket, maxBufferedBytes, open: true, fresh: true }, socket };
}

/** A fan-out whose stuck members leave it at once, as the Hub makes them. */
function createFanout(count = 0) {
  const port = new ManualPort();
  const stuck: [Recipient, string][] = [];
  const fanout = new Fanout<Member['connection']>(port, (connection, why) => {
    stuck.push([connection, why]);
    leave(fanout, connection);
  });
  const members = Array.from({ length: count }, () => join(fanout));
  return { fanout, port, stuck, members };
}

function join(fanout: Fanout<Member['connection']>, member = createMember()): Member {
  member.connection.open = true;
  fanout.add(member.connection);
  return member;
}

function leave(fanout: Fanout<Member['connection']>, connection: Member['connection']): void {
  connection.open = false;
  fanout.delete(connection);
}

const sentTo = (members: readonly Member[]) => members.map(({ socket }) => socket.sent);

it('sends text that every client can take', () => {
  const { fanout, members } = createFanout(1);
  for (const frame of ['a\ud83d', '\udc00b', '\ud83d\udc00']) fanout.publish(frame, null, frame);
  fanout.publish('a\ud83d', null);
  expect(sentTo(members)).toEqual([['a\ufffd', '\ufffdb', '\ud83d\udc00', 'a\ufffd']]);
});

describe('a room of one run', () => {
  it('writes to everybody at once', () => {
    const { fanout, members } = createFanout(RUN_LENGTH);
    fanout.publish('a', null);
    expect(sentTo(members)).toEqual(members.map(() => ['a']));
  });

  it('leaves out the sender', () => {
    const { fanout, members } = createFanout(3);
    fanout.publish('a', members[1]?.connection ?? null);
    expect(sentTo(members)).toEqual([['a'], [], ['a']]);
  });

  it('asks for no turn of the event loop, so that an idle room can fall asleep', () => {
    const { fanout, port } = createFanout(RUN_LENGTH);
    fanout.publish('a', null);
    expect(port.turn()).toBe(false);
  });
});

describe('a room of several runs', () => {
  const size = 2 * RUN_LENGTH + 1;

  it('writes one run per turn of the event loop', () => {
    const { fanout, port, members } = createFanout(size);
    const written = () => members.filter(({ socket }) => socket.sent.length > 0).length;
    fanout.publish('a', null);
    expect(written()).toBe(RUN_LENGTH);
    port.turn();
    expect(written()).toBe(2 * RUN_LENGTH);
    port.turn();
    expect(written()).toBe(size);
    expect(port.turn()).toBe(false);
  });

  it('keeps one order for all, whenever a publication comes', () => {
    const { fanout, port, members } = createFanout(size);
    fanout.publish('a', null);
    fanout.publish('b', null);
    port.turn();
    fanout.publish('c', null);
    port.settle();
    expect(sentTo(members)).toEqual(members.map(() => ['a', 'b', 'c']));
  });

  it('gives who joins during a sweep only what is published afterwards', () => {
    const { fanout, port, members } = createFanout(size);
    fanout.publish('a', null);
    fanout.publish('b', null);
    const late = join(fanout);
    fanout.publish('c', null);
    port.settle();
    expect(late.socket.sent).toEqual(['c']);
    expect(sentTo(members)).toEqual(members.map(() => ['a', 'b', 'c']));
  });

  it('writes nothing more to who leaves during a sweep, and all to the others', () => {
    const { fanout, port, members } = createFanout(size);
    const last = members.pop() as Member;
    fanout.publish('a', null);
    leave(fanout, last.connection);
    fanout.publish('b', null);
    port.settle();
    expect(last.socket.sent).toEqual([]);
    expect(sentTo(members)).toEqual(members.map(() => ['a', 'b']));
  });

  it('sends what a member of the first run publishes while it is written to, after what was before', () => {
    const { fanout, port, members } = createFanout(size);
    const first = members[0] as Member;
    first.socket.onSend = (message) => message === 'a' && fanout.publish('b', null);
    fanout.publish('a', null);
    port.settle();
    expect(sentTo(members)).toEqual(members.map(() => ['a', 'b']));
  });

  it('writes out more than 1024 waiting publications without another turn', () => {
    const { fanout, port, members } = createFanout(size);
    for (let i = 0; i <= 1024; i++) fanout.publish(`${i}`, null);
    expect(members.at(-1)?.socket.sent).toEqual([]);
    fanout.publish('1025', null);
    const all = Array.from({ length: 1026 }, (_, i) => `${i}`);
    expect(sentTo(members)).toEqual(members.map(() => all));
    port.settle();
    expect(members.at(-1)?.socket.sent).toHaveLength(1026);
  });

  it('writes out more than 8 MiB of waiting publications without another turn', () => {
    const { fanout, members } = createFanout(size);
    const frame = new ArrayBuffer(4 * 1024 * 1024);
    for (let i = 0; i < 3; i++) fanout.publish(frame, null);
    expect(members.at(-1)?.socket.sent).toHaveLength(0);
    fanout.publish('one more', null);
    expect(members.at(-1)?.socket.sent).toHaveLength(4);
  });
});

describe('a member that can not be written to', () => {
  it('is reported when its socket throws, and costs nobody else a message', () => {
    const { fanout, stuck, members } = createFanout(3);
    const broken = members[1] as Member;
    broken.socket.close();
    fanout.publish('a', null);
    expect(stuck).toEqual([[broken.connection, 'failed']]);
    expect(sentTo(members)).toEqual([['a'], [], ['a']]);
  });

  it('is reported when more than its limit waits in its socket, and gets nothing more', () => {
    const { fanout, stuck, members } = createFanout(2);
    const slow = join(fanout, createMember(100));
    slow.socket.bufferedAmount = 101;
    fanout.publish('a', null);
    expect(stuck).toEqual([[slow.connection, 'slow']]);
    expect(slow.socket.sent).toEqual([]);
    expect(sentTo(members)).toEqual([['a'], ['a']]);
  });

  it('misses what is more than its limit where it stays, and what builds upon that begins anew for it', () => {
    const port = new ManualPort();
    const stuck: string[] = [];
    const fanout = new Fanout<Member['connection']>(port, (_, why) => stuck.push(why));
    const slow = join(fanout, createMember(100));
    for (const [index, waiting] of [0, 101, 100, 0].entries()) {
      slow.socket.bufferedAmount = waiting;
      fanout.publish(`change ${index}`, null, `all of ${index}`);
    }
    expect([stuck, slow.socket.sent]).toEqual([['slow'], ['all of 0', 'all of 2', 'change 3']]);
  });

  it('stays while just its limit waits', () => {
    const { fanout, stuck } = createFanout();
    const busy = join(fanout, createMember(100));
    busy.socket.bufferedAmount = 100;
    fanout.publish('a', null);
    expect(stuck).toEqual([]);
    expect(busy.socket.sent).toEqual(['a']);
  });

  it('stays where the runtime can not tell what waits', () => {
    const { fanout, stuck } = createFanout();
    const member = join(fanout, createMember(1));
    for (let i = 0; i < 10; i++) fanout.publish('long enough', null);
    expect(stuck).toEqual([]);
    expect(member.socket.sent).toHaveLength(10);
  });
});

describe('frames that may share one', () => {
  /** More members than one run of a sweep takes. */
  function crowd() {
    const port = new ManualPort();
    const fanout = new Fanout<Member['connection']>(
      port,
      () => {},
      (frames) => frames.join('+'),
    );
    const members = Array.from({ length: RUN_LENGTH + 1 }, () => join(fanout));
    return { port, fanout, members };
  }

  it('are joined where they waited for the same sweep', () => {
    const { port, fanout, members } = crowd();
    for (const frame of ['a', 'b', 'c', 'd']) fanout.publish(frame, null);
    port.settle();
    expect(sentTo(members)).toEqual(members.map(() => ['a', 'b+c+d']));
  });

  it('are not joined where somebody does not get all of them', () => {
    const { port, fanout, members } = crowd();
    const [first] = members;
    for (const frame of ['a', 'b', 'c']) fanout.publish(frame, frame === 'b' ? (first?.connection ?? null) : null);
    port.settle();
    expect(first?.socket.sent).toEqual(['a', 'c']);
    expect(members.at(-1)?.socket.sent).toEqual(['a', 'b', 'c']);
  });
});

describe('frames that build upon those before them', () => {
  const size = RUN_LENGTH + 1;

  /** A fan-out that joins frames, and publishes a frame with all of what it stands for in capitals. */
  function createDeltas(count: number) {
    const port = new ManualPort();
    const fanout = new Fanout<Member['connection']>(
      port,
      () => {},
      (frames) => frames.join('+'),
    );
    const members = Array.from({ length: count }, () => join(fanout));
    const publish = (frame: string, except: Member | null = null) =>
      fanout.publish(frame, except?.connection ?? null, frame.toUpperCase());
    return { port, fanout, members, publish };
  }

  it('begin whole for each member, whenever it came', () => {
    const { fanout, members, publish } = createDeltas(2);
    publish('a');
    const late = join(fanout);
    publish('b');
    publish('c');
    expect(sentTo([...members, late])).toEqual([
      ['A', 'b', 'c'],
      ['A', 'b', 'c'],
      ['B', 'c'],
    ]);
  });

  it('begin whole where they are joined: the first one only', () => {
    const { port, fanout, members, publish } = createDeltas(size);
    publish('a');
    publish('b');
    const late = join(fanout);
    publish('c');
    publish('d');
    port.settle();
    expect(sentTo(members)).toEqual(members.map(() => ['A', 'b', 'c+d']));
    expect(late.socket.sent).toEqual(['C+d']);
  });

  it('begin whole in the first of several joined frames', () => {
    const { port, members, publish } = createDeltas(size);
    const long = 'x'.repeat(200 * 1024);
    publish('a', members.at(-1));
    for (const frame of [long, 'b', long, 'c']) publish(frame);
    port.settle();
    expect(members.at(-1)?.socket.sent).toEqual([`${long.toUpperCase()}+b`, `${long}+c`]);
  });

  it('begin whole again for who was left out', () => {
    const { members, publish } = createDeltas(2);
    publish('a');
    publish('b', members[0]);
    publish('c');
    publish('d');
    expect(sentTo(members)).toEqual([
      ['A', 'C', 'd'],
      ['A', 'b', 'c', 'd'],
    ]);
  });

  it('begin whole again for who was left out of one in the middle of a sweep', () => {
    const { port, members, publish } = createDeltas(size);
    const last = members.at(-1);
    publish('a');
    publish('b');
    publish('c', last);
    publish('d');
    publish('e');
    port.settle();
    expect(last?.socket.sent).toEqual(['A', 'b', 'D', 'e']);
    expect(members[0]?.socket.sent).toEqual(['A', 'b', 'c', 'd', 'e']);
  });

  it('are counted with what they stand for where they wait', () => {
    const { port, members, fanout } = createDeltas(size);
    const whole = new ArrayBuffer(4 * 1024 * 1024 - 1);
    for (let i = 0; i < 3; i++) fanout.publish('a', null, whole);
    expect(members.at(-1)?.socket.sent).toHaveLength(0);
    fanout.publish('b', null, whole);
    expect(members.at(-1)?.socket.sent).toEqual([whole, 'a+a+b']);
    port.settle();
  });

  it('are never looked for where there is nothing to build upon: no frame makes a member less fresh', () => {
    const { fanout, members } = createDeltas(1);
    fanout.publish('a', null);
    expect([members[0]?.socket.sent, members[0]?.connection.fresh]).toEqual([['a'], true]);
  });
});
