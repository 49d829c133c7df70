import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../src/config/channels.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { RUN_LENGTH } from '../../../src/room/fanout.ts';
import { STREAM_TTL_MS } from '../../../src/room/history.ts';
import { Hub } from '../../../src/room/hub.ts';
import { IDEMPOTENCY_TTL_MS } from '../../../src/room/idempotency.ts';
import type { AdmissionChanges } from '../../support/admission.ts';
import { createMember, createStores, ManualPort, type Member } from '../../support/members.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const NAMESPACES: Namespaces = {
  '': DEFAULT_CHANNEL_OPTIONS,
  kept: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 1000, historyTtl: 60 },
};

function createHub() {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores(), NAMESPACES);
  const join = (channels: readonly string[] = [], changes: AdmissionChanges = { protocol: 'centrifugo' }) => {
    const member = createMember(changes);
    hub.join(member.connection);
    for (const channel of channels) hub.subscribe(member.connection, channel);
    return member;
  };
  return { port, hub, join };
}

const draft = (data: string) => ({ data, json: false, publisher: null, tags: null });

/** What came to a member that speaks Centrifugo's protocol: channel and data of each push. */
function pushesTo({ socket }: Member): [string, unknown][] {
  return socket.sent
    .flatMap((frame) => String(frame).split('\n'))
    .map((line) => JSON.parse(line).push)
    .map(({ channel, pub }) => [channel, pub.data]);
}

describe('what is published', () => {
  it('comes to the members of its channel and to nobody else, in one order for all', () => {
    const { port, hub, join } = createHub();
    const members = Array.from({ length: 2 * RUN_LENGTH + 1 }, () => join(['main', 'kept:a']));
    const [bare, other] = [join(['main'], {}), join(['b'])];
    for (const [channel, data] of ['main', 'kept:a', 'main', 'b', 'kept:a', 'main'].entries()) {
      hub.publish(data, draft(`n${channel}`));
    }
    port.settle();
    const pushes = members.map(pushesTo);
    const onChannel = (name: string) => pushes.map((all) => all.filter(([channel]) => channel === name));
    expect(onChannel('main')).toEqual(members.map(() => [0, 2, 5].map((i) => ['main', `n${i}`])));
    expect(onChannel('kept:a')).toEqual(members.map(() => [1, 4].map((i) => ['kept:a', `n${i}`])));
    expect(bare.socket.sent).toEqual(['n0', 'n2', 'n5']);
    expect(pushesTo(other)).toEqual([['b', 'n3']]);
  });

  it('is nowhere to be seen where the namespace is not known', () => {
    const { port, hub, join } = createHub();
    const ada = join(['nowhere:a', '__proto__:a']);
    const told: unknown[] = [];
    hub.publish('nowhere:a', draft('1'), null, (published) => told.push(published));
    port.settle();
    expect([told, ada.socket.sent, [...ada.connection.channels]]).toEqual([[], [], []]);
    expect(hub.subscribersOf('nowhere:a')).toEqual([]);
  });

  it('has a place and is kept only where the channel has a history', () => {
    const { port, hub } = createHub();
    const told: unknown[] = [];
    port.time = 5;
    for (const channel of ['a', 'kept:a', 'a', 'kept:a']) {
      hub.publish(channel, draft(channel), null, (published) => told.push(published));
    }
    port.settle();
    const at = (channel: string, offset: number) => ({ ...draft(channel), offset, time: 5 });
    expect(told).toEqual([at('a', 0), at('kept:a', 1), at('a', 0), at('kept:a', 2)]);
    expect(hub.history.read('a', {}, 5)).toEqual([]);
  });

  it('is heard by nobody before it is written, its publisher included', () => {
    const { port, hub, join } = createHub();
    const ada = join(['kept:a']);
    const told: (number | undefined)[] = [];
    ada.socket.onSend = () => expect(hub.history.read('kept:a', {}, 0)).toHaveLength(ada.socket.sent.length + 1);
    for (const data of ['1', '2', '3'])
      hub.publish('kept:a', draft(data), null, (publication) => told.push(publication?.offset));
    expect([told, pushesTo(ada).length]).toEqual([[1], 1]);
    port.settle();
    expect([told, pushesTo(ada).length]).toEqual([[1, 2, 3], 3]);
  });

  it('is kept though its channel is empty, and though its publisher has gone by the time it is written', () => {
    const { port, hub, join } = createHub();
    const ada = join();
    hub.publish('kept:a', draft('1'));
    hub.publish('kept:a', draft('2'), ada.connection);
    hub.leave(ada.connection);
    port.settle();
    expect(hub.history.read('kept:a', {}, 0).map(({ data }) => data)).toEqual(['1', '2']);
  });
});

describe('the channels of a member', () => {
  it('are left all at once when it leaves, and are gone when nobody is on them', () => {
    const { hub, join } = createHub();
    const [ada, ben] = [join(['a', 'b', 'kept:c']), join(['b'])];
    hub.leave(ada.connection);
    expect(['a', 'b', 'kept:c'].map((name) => hub.subscribersOf(name))).toEqual([[], [ben.connection], []]);
    hub.publish('b', draft('1'));
    expect([ada.socket.sent, pushesTo(ben)]).toEqual([[], [['b', '1']]]);
    expect(ada.connection.channels.size).toBe(0);
  });

  it('hold it once, however often it subscribes', () => {
    const { hub, join } = createHub();
    const ada = join(['a', 'a']);
    hub.publish('a', draft('1'));
    hub.unsubscribe(ada.connection, 'a');
    hub.unsubscribe(ada.connection, 'a');
    hub.publish('a', draft('2'));
    expect(pushesTo(ada)).toEqual([['a', '1']]);
    expect(hub.isSubscribed(ada.connection, 'a')).toBe(false);
  });

  it('are there again after sleep, without being kept anew', () => {
    const [{ hub, join, port }, after] = [createHub(), createHub()];
    const ada = join();
    for (const channel of ['a', 'kept:b', 'nowhere:c']) {
      hub.addSubscription(ada.connection, { channel, joinLeave: false });
    }
    const record = port.kept.get(ada.connection.record.id);
    const again = createMember({ protocol: 'centrifugo' });
    Object.assign(again.connection.record, record);
    after.hub.restore(again.connection);
    for (const channel of ['a', 'kept:b', 'nowhere:c']) after.hub.publish(channel, draft(channel));
    expect(pushesTo(again).map(([channel]) => channel)).toEqual(['a', 'kept:b']);
    expect(after.port.kept.size).toBe(0);
  });

  it('begin anew after they were gone: nothing is left of who was on them', () => {
    const { port, hub, join } = createHub();
    const crowd = Array.from({ length: 2 * RUN_LENGTH }, () => join(['a']));
    hub.publish('a', draft('1'));
    for (const { connection } of crowd) hub.unsubscribe(connection, 'a');
    const ben = join(['a']);
    hub.publish('a', draft('2'));
    port.settle();
    expect(crowd.at(-1)?.socket.sent).toEqual([]);
    expect(pushesTo(ben)).toEqual([['a', '2']]);
  });
});

it('is woken for what expires in its history, trims it, and asks for the next time', () => {
  const { port, hub } = createHub();
  hub.publish('kept:a', draft('1'));
  port.settle();
  port.time = 20_000;
  hub.publish('kept:b', draft('2'));
  expect(port.wakeUps).toEqual([60_000, 80_000]);
  const [first, second] = [STREAM_TTL_MS + DAY_MS, STREAM_TTL_MS + DAY_MS + 20_000];
  for (const [time, next] of [
    [59_999, 60_000],
    [60_000, 80_000],
    [80_000, first],
    [first, second],
  ] as const) {
    port.time = time;
    hub.wake();
    expect(port.wakeUps.at(-1)).toBe(next);
  }
  port.time = second;
  const asked = port.wakeUps.length;
  hub.wake();
  expect(port.wakeUps).toHaveLength(asked);
});

describe('the place of a stream', () => {
  it('is asked for a time to forget it when somebody looks at it', () => {
    const { port, hub } = createHub();
    expect(hub.position('kept:a').offset).toBe(0);
    expect(port.wakeUps).toEqual([STREAM_TTL_MS]);
  });

  it('is forgotten in time, and not while somebody is on its channel', () => {
    const { port, hub, join } = createHub();
    const ada = join(['kept:a']);
    const before = ['kept:a', 'kept:b'].map((channel) => hub.position(channel));
    port.time = STREAM_TTL_MS + DAY_MS;
    hub.wake();
    expect(hub.position('kept:a')).toEqual(before[0]);
    expect(hub.position('kept:b')).not.toEqual(before[1]);
    hub.leave(ada.connection);
    port.time += STREAM_TTL_MS + DAY_MS;
    hub.wake();
    expect(hub.position('kept:a')).not.toEqual(before[0]);
  });
});

describe('what is published under an idempotency key', () => {
  it.each(['a', 'kept:a'])('comes once, and its publisher is told the same again: %s', (channel) => {
    const { port, hub, join } = createHub();
    const ada = join([channel]);
    const told: unknown[] = [];
    for (const data of ['1', '2']) {
      hub.publish(channel, draft(data), null, (published) => told.push(published?.offset), { key: 'k' });
    }
    port.settle();
    const offset = channel === 'a' ? 0 : 1;
    expect([pushesTo(ada), told]).toEqual([[[channel, '1']], [offset, offset]]);
  });

  it('is forgotten with its key in time, for which the room wakes up', () => {
    const { port, hub, join } = createHub();
    const ada = join(['a']);
    hub.publish('a', draft('1'), null, () => {}, { key: 'k' });
    expect(port.wakeUps).toEqual([IDEMPOTENCY_TTL_MS]);
    port.time = 1;
    hub.wake();
    expect(port.wakeUps.at(-1)).toBe(IDEMPOTENCY_TTL_MS);
    port.settle();
    port.time = IDEMPOTENCY_TTL_MS;
    hub.wake();
    expect(port.wakeUps).toHaveLength(2);
    hub.publish('a', draft('2'), null, () => {}, { key: 'k' });
    expect(pushesTo(ada)).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });
});

describe('a publication that can not be written', () => {
  it('is told to its publisher, and costs nobody else theirs', () => {
    const { port, hub } = createHub();
    const append = hub.history.append.bind(hub.history);
    hub.history.append = (channel, drafts, ...rest) => {
      if (drafts[0]?.data === 'bad') throw new Error('the disk is full');
      return append(channel, drafts, ...rest);
    };
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const told: unknown[] = [];
    for (const data of ['1', 'bad', '2']) {
      hub.publish('kept:a', draft(data), null, (publication) => told.push(publication?.offset ?? null));
    }
    port.settle();
    expect(told).toEqual([1, null, 2]);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});
