import { describe, expect, it } from 'vitest';
import type { SpokenProtocol } from '../../../src/config/config.ts';
import { Channel, type Encoder } from '../../../src/room/channel.ts';
import { RUN_LENGTH } from '../../../src/room/fanout.ts';
import type { Publication } from '../../../src/room/publication.ts';
import { createMember, ManualPort, type Member } from '../../support/members.ts';

/** A channel whose frames say which protocol wrote them, and which notes what was written. */
function createChannel() {
  const port = new ManualPort();
  const encoded: string[] = [];
  const stuck: string[] = [];
  const encoder = (protocol: SpokenProtocol): Encoder => ({
    encode(channel, { data }) {
      encoded.push(`${protocol} ${data}`);
      return `${protocol} ${channel} ${data}`;
    },
  });
  const encoders = {
    raw: encoder('raw'),
    centrifugo: {
      ...encoder('centrifugo'),
      join: (frames: readonly unknown[]) => frames.join('+'),
      encodeDelta(channel: string, { data }: Publication, previous: Publication | null) {
        encoded.push(`delta ${data}`);
        return { frame: `${channel} ${previous?.data ?? 'nothing'} to ${data}`, first: `${channel} ${data}` };
      },
      encodeMove: (channel: string, move: string) => `${channel} ${move}`,
    },
    sse: encoder('sse'),
    sp: encoder('sp'),
    sp_pair1: encoder('sp_pair1'),
    sp_text: { encode: () => null },
    application: encoder('application'),
    held: { encode: () => null },
  };
  const channel = new Channel('a', port, encoders, ({ connection }, why) => {
    stuck.push(why);
    channel.delete(connection);
  });
  const add = (protocol: SpokenProtocol = 'raw'): Member => {
    const member = createMember({ protocol });
    channel.add(member.connection, false);
    return member;
  };
  const addDelta = (watches = false): Member => {
    const member = createMember({ protocol: 'centrifugo' });
    channel.add(member.connection, watches, true);
    return member;
  };
  const publish = (data: string, except: Member | null = null) =>
    channel.deliver(publicationOf(data), except?.connection ?? null);
  return { port, channel, encoded, stuck, add, addDelta, publish };
}

function publicationOf(data: string): Publication {
  return { data, json: false, publisher: null, tags: null, offset: 0, time: 0 };
}

/** So many that writing to them takes several turns. */
const CROWD = 2 * RUN_LENGTH + 1;
const crowd = (add: () => Member) => Array.from({ length: CROWD }, add);

describe('a publication', () => {
  it('comes to each subscriber as its protocol writes it', () => {
    const { add, publish } = createChannel();
    const [ada, ben] = [add('raw'), add('centrifugo')];
    publish('1');
    expect([ada.socket.sent, ben.socket.sent]).toEqual([['raw a 1'], ['centrifugo a 1']]);
  });

  it('is written once per protocol, however many get it and whoever is left out', () => {
    const { port, encoded, add, publish } = createChannel();
    const [first] = [crowd(() => add('raw')), crowd(() => add('centrifugo'))];
    publish('1');
    publish('2', first[0]);
    port.settle();
    expect(encoded).toEqual(['raw 1', 'centrifugo 1', 'raw 2', 'centrifugo 2']);
  });

  it('is not written for a protocol that nobody is left of', () => {
    const { channel, encoded, add, publish } = createChannel();
    const ada = add('centrifugo');
    add('raw');
    channel.delete(ada.connection);
    publish('1');
    expect(encoded).toEqual(['raw 1']);
  });

  it('does not come to those whose protocol has no frame for it', () => {
    const { add, publish } = createChannel();
    const [ada, ben] = [add('sp_text'), add('raw')];
    publish('1');
    expect([ada.socket.sent, ben.socket.sent]).toEqual([[], ['raw a 1']]);
  });

  it('is nothing to a channel that nobody is on', () => {
    const { port, encoded, publish } = createChannel();
    publish('1');
    expect(encoded).toEqual([]);
    expect(port.turn()).toBe(false);
  });

  it('leaves out one subscriber, and nobody where that one is not on the channel', () => {
    const { add, publish } = createChannel();
    const [ada, ben] = [add('raw'), add('centrifugo')];
    publish('1', ada);
    publish('2', ben);
    publish('3', createMember());
    expect(ada.socket.sent).toEqual(['raw a 2', 'raw a 3']);
    expect(ben.socket.sent).toEqual(['centrifugo a 1', 'centrifugo a 3']);
  });
});

describe('publications that wait for one sweep', () => {
  it('share a frame where the protocol lets them, and never where it does not', () => {
    const { port, add, publish } = createChannel();
    const [bare, others] = [crowd(() => add('raw')), crowd(() => add('centrifugo'))];
    for (const data of ['1', '2', '3']) publish(data);
    port.settle();
    expect(bare.map(({ socket }) => socket.sent)).toEqual(bare.map(() => ['raw a 1', 'raw a 2', 'raw a 3']));
    const joined = ['centrifugo a 1', 'centrifugo a 2+centrifugo a 3'];
    expect(others.map(({ socket }) => socket.sent)).toEqual(others.map(() => joined));
  });

  it('go in frames of their own where one of them leaves somebody out', () => {
    const { port, add, publish } = createChannel();
    const all = crowd(() => add('centrifugo'));
    publish('1');
    publish('2', all[5]);
    publish('3');
    port.settle();
    expect(all[5]?.socket.sent).toEqual(['centrifugo a 1', 'centrifugo a 3']);
    expect(all[6]?.socket.sent).toEqual(['centrifugo a 1', 'centrifugo a 2', 'centrifugo a 3']);
  });

  it('do not share a frame across a coming or going: who comes gets what is published afterwards', () => {
    const { port, add, publish } = createChannel();
    const all = crowd(() => add('centrifugo'));
    publish('1');
    publish('2');
    const late = add('centrifugo');
    publish('3');
    publish('4');
    port.settle();
    expect(late.socket.sent).toEqual(['centrifugo a 3+centrifugo a 4']);
    expect(all.at(-1)?.socket.sent).toEqual(['centrifugo a 1', 'centrifugo a 2', 'centrifugo a 3+centrifugo a 4']);
  });
});

describe('a subscriber', () => {
  it('that goes gets nothing more, not even of the sweep that is under way', () => {
    const { port, channel, add, publish } = createChannel();
    const last = crowd(() => add('centrifugo')).at(-1);
    publish('1');
    if (last) channel.delete(last.connection);
    port.settle();
    expect(last?.socket.sent).toEqual([]);
  });

  it('that goes and comes back during a sweep gets what is published afterwards, once', () => {
    const { port, channel, add, publish } = createChannel();
    const last = crowd(() => add('centrifugo')).at(-1);
    publish('1');
    if (last) {
      channel.delete(last.connection);
      channel.add(last.connection, false);
    }
    publish('2');
    port.settle();
    expect(last?.socket.sent).toEqual(['centrifugo a 2']);
  });

  it('that was there goes once', () => {
    const { channel, add } = createChannel();
    const ada = add();
    expect(channel.size).toBe(1);
    expect([channel.delete(ada.connection), channel.delete(ada.connection)]).toEqual([true, false]);
    expect(channel.delete(createMember().connection)).toBe(false);
    expect(channel.size).toBe(0);
  });

  it.each([
    ['slow', (member: Member) => Object.assign(member.socket, { bufferedAmount: Number.MAX_SAFE_INTEGER })],
    ['failed', (member: Member) => member.socket.close()],
  ])('that is %s is told of, and nobody else waits for it', (why, spoil) => {
    const { stuck, add, publish } = createChannel();
    const [ada, ben] = [add(), add()];
    spoil(ada);
    publish('1');
    expect(stuck).toEqual([why]);
    expect([ada.socket.sent, ben.socket.sent]).toEqual([[], ['raw a 1']]);
  });
});

it('lists its subscribers in the order in which they came, whatever they speak', () => {
  const { channel, add } = createChannel();
  const [ada, ben, eve] = [add('centrifugo'), add('raw'), add('centrifugo')];
  channel.delete(ada.connection);
  channel.add(ada.connection, false);
  expect(channel.subscribers).toEqual([ben.connection, eve.connection, ada.connection]);
  expect(channel.subscriptionOf(ben.connection)?.connection).toBe(ben.connection);
  expect(channel.subscriptionOf(createMember().connection)).toBeNull();
});

describe('subscribers who get what changed', () => {
  it('get it from the publication before, and the first one whole', () => {
    const { addDelta, add, publish } = createChannel();
    const [ada, ben] = [addDelta(), add('centrifugo')];
    for (const data of ['1', '2', '3']) publish(data);
    const late = addDelta();
    publish('4');
    publish('5');
    expect(ada.socket.sent).toEqual(['a 1', 'a 1 to 2', 'a 2 to 3', 'a 3 to 4', 'a 4 to 5']);
    expect(late.socket.sent).toEqual(['a 4', 'a 4 to 5']);
    expect(ben.socket.sent).toEqual(['1', '2', '3', '4', '5'].map((data) => `centrifugo a ${data}`));
  });

  it('cost one delta per publication, however many they are, and none where there are none', () => {
    const { port, channel, encoded, add, addDelta, publish } = createChannel();
    add('centrifugo');
    const all = crowd(addDelta);
    publish('1');
    publish('2');
    port.settle();
    for (const { connection } of all) channel.delete(connection);
    publish('3');
    expect(encoded).toEqual(['centrifugo 1', 'delta 1', 'centrifugo 2', 'delta 2', 'centrifugo 3']);
  });

  it('share frames, which begin whole for who comes in between', () => {
    const { port, addDelta, publish } = createChannel();
    const all = crowd(addDelta);
    publish('1');
    publish('2');
    const late = addDelta();
    publish('3');
    publish('4');
    port.settle();
    expect(all.map(({ socket }) => socket.sent)).toEqual(all.map(() => ['a 1', 'a 1 to 2', 'a 2 to 3+a 3 to 4']));
    expect(late.socket.sent).toEqual(['a 3+a 3 to 4']);
  });

  it('begin anew where one was left out, and where one went and came back', () => {
    const { channel, addDelta, publish } = createChannel();
    const [ada, ben] = [addDelta(), addDelta()];
    publish('1');
    publish('2', ada);
    publish('3');
    channel.delete(ben.connection);
    publish('4');
    channel.add(ben.connection, false, true);
    publish('5');
    expect(ada.socket.sent).toEqual(['a 1', 'a 3', 'a 3 to 4', 'a 4 to 5']);
    expect(ben.socket.sent).toEqual(['a 1', 'a 1 to 2', 'a 2 to 3', 'a 5']);
  });

  it('build upon nothing that was published while none of them was there', () => {
    const { channel, addDelta, publish } = createChannel();
    const ada = addDelta();
    publish('1');
    channel.delete(ada.connection);
    publish('2');
    const ben = addDelta();
    publish('3');
    publish('4');
    expect(ben.socket.sent).toEqual(['a 3', 'a 3 to 4']);
  });

  it('who watch are told of others in between, which changes nothing', () => {
    const { channel, addDelta, publish } = createChannel();
    const [ada, ben] = [addDelta(true), addDelta(true)];
    channel.announce('join', ben.connection);
    publish('1');
    channel.announce('leave', ben.connection);
    publish('2');
    expect(ada.socket.sent).toEqual(['a join', 'a 1', 'a leave', 'a 1 to 2']);
    expect(ben.socket.sent).toEqual(['a 1', 'a 1 to 2']);
  });

  it('go like others, and get nothing more', () => {
    const { channel, addDelta, publish } = createChannel();
    const ada = addDelta();
    expect([channel.delete(ada.connection), channel.delete(ada.connection), channel.size]).toEqual([true, false, 0]);
    publish('1');
    expect(ada.socket.sent).toEqual([]);
  });
});
