import { describe, expect, it } from 'vitest';
import { raw } from '../../../../src/protocols/raw/raw.ts';
import { RUN_LENGTH } from '../../../../src/room/fanout.ts';
import { createMember } from '../../../support/members.ts';
import { codeOf, createRoom, type Line, publish, Speaker, subscribe } from './speaker.ts';

const dataOf = (lines: readonly Line[]) =>
  lines.flatMap(({ push }) => (push ? [(push as { pub: Line }).pub.data] : []));

describe('a publication', () => {
  it.each([[{ a: [1, null, 'é\n🙂'] }], [[]], ['text'], ['{"text":1}'], [''], [0], [-1.5], [true], [null]])(
    'comes as it was published: %j',
    (data) => {
      const { hub } = createRoom();
      const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
      ben.ask(subscribe('a'));
      expect(ada.ask(publish('a', data))).toEqual({ publish: {} });
      expect(dataOf(ben.lines())).toEqual([data]);
    },
  );

  it('says who published it, and where it stands where the channel has a history', () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub, { identity: { userId: 'ada', claims: {} } });
    ada.say(subscribe('kept:a'), publish('kept:a', 1));
    expect(ada.lines()).toContainEqual({
      push: { channel: 'kept:a', pub: { data: 1, offset: 1, info: { user: 'ada', client: ada.id } } },
    });
  });

  it('that came with names of a prototype takes nothing over', () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('a'));
    ada.send('{"publish":{"channel":"a","data":{"__proto__":{"x":1}}}}');
    expect(String(ada.socket.sent.at(-1))).toContain('"data":{"__proto__":{"x":1}}');
    expect({}).not.toHaveProperty('x');
  });

  it('takes the members of two protocols one order, and leaves nobody out', () => {
    const { hub, port } = createRoom();
    const bare = createMember({ echo: true });
    hub.join(bare.connection);
    raw.enter?.(hub, bare.connection);
    const crowd = Array.from({ length: 2 * RUN_LENGTH + 1 }, () => Speaker.connect(hub));
    for (const speaker of crowd) speaker.ask(subscribe('main'));
    for (const [index, speaker] of crowd.slice(0, 3).entries()) {
      speaker.say(publish('main', `said ${index}`));
      raw.receive(hub, bare.connection, `sent ${index}`);
    }
    port.settle();
    const all = [0, 1, 2].flatMap((index) => [`said ${index}`, `sent ${index}`]);
    expect(bare.socket.sent).toEqual(all);
    expect(crowd.map((speaker) => dataOf(speaker.lines()))).toEqual(crowd.map(() => all));
  });
});

describe('publications that wait for the same sweep', () => {
  it('come in one frame, a line each, while bare sockets get one each', () => {
    const { hub, port } = createRoom();
    const crowd = Array.from({ length: 2 * RUN_LENGTH }, () => Speaker.connect(hub));
    const bare = createMember();
    hub.join(bare.connection);
    raw.enter?.(hub, bare.connection);
    for (const speaker of crowd) speaker.ask(subscribe('main'));
    const ada = Speaker.connect(hub);
    ada.say(publish('main', 1), publish('main', 2), publish('main', 3));
    port.settle();
    for (const speaker of crowd) expect(speaker.frames().map(dataOf)).toEqual([[1], [2, 3]]);
    expect(bare.socket.sent).toEqual(['1', '2', '3']);
  });
});

describe('the reply to a publish', () => {
  it('comes once it is written: at once in a quiet room, with the next batch in a busy one', () => {
    const { hub, port } = createRoom();
    const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
    const replies = () => [ada, ben].map((speaker) => speaker.lines().filter((line) => 'publish' in line).length);
    replies();
    ada.say(publish('kept:a', 1));
    ben.say(publish('kept:a', 2), publish('kept:b', 3));
    expect([replies(), hub.position('kept:a').offset]).toEqual([[1, 0], 1]);
    port.turn();
    expect([replies(), hub.position('kept:a').offset]).toEqual([[0, 2], 2]);
  });

  it('comes after the push to its own subscription', () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('kept:a'));
    ada.say(publish('kept:a', 1), publish('kept:a', 2));
    port.settle();
    expect(ada.lines().map((line) => Object.keys(line).at(-1))).toEqual(['push', 'publish', 'push', 'publish']);
  });

  it('is not sent to who has gone by then, and the publication is there all the same', () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    ada.lines();
    ada.say(publish('kept:a', 1), publish('kept:a', 2));
    hub.leave(ada.connection);
    port.settle();
    expect(ada.lines()).toHaveLength(1);
    expect(hub.position('kept:a').offset).toBe(2);
  });
});

describe('who may publish', () => {
  it('is every member by default, subscribed or not', () => {
    expect(Speaker.connect(createRoom().hub).ask(publish('a', 1))).toEqual({ publish: {} });
  });

  it('is only subscribers where the namespace says so', () => {
    const ada = Speaker.connect(createRoom().hub);
    expect(ada.ask(publish('subscribers:a', 1))).toEqual({ error: { code: 103, message: 'permission denied' } });
    ada.ask(subscribe('subscribers:b'));
    expect(codeOf(ada.ask(publish('subscribers:a', 1)))).toBe(103);
    ada.ask(subscribe('subscribers:a'));
    expect(ada.ask(publish('subscribers:a', 1))).toEqual({ publish: {} });
    ada.ask({ unsubscribe: { channel: 'subscribers:a' } });
    expect(codeOf(ada.ask(publish('subscribers:a', 1)))).toBe(103);
  });

  it('is no member at all where the namespace leaves it to the API', () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('api:a'));
    expect(codeOf(ada.ask(publish('api:a', 1)))).toBe(103);
    hub.publish('api:a', { data: '1', json: true, publisher: null, tags: null });
    expect(ada.lines()).toEqual([{ push: { channel: 'api:a', pub: { data: 1 } } }]);
  });
});
