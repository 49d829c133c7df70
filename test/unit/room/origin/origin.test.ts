import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../../src/config/channels.ts';
import { centrifugo } from '../../../../src/protocols/centrifugo/centrifugo.ts';
import { ENCODERS } from '../../../../src/protocols/protocol.ts';
import { raw } from '../../../../src/protocols/raw/raw.ts';
import { Hub } from '../../../../src/room/hub.ts';
import { OriginApplication } from '../../../../src/room/origin/origin.ts';
import type { Message } from '../../../../src/room/ports.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { createOriginSettings, ManualOrigin } from '../../../support/manual-origin.ts';
import { createMember, createStores, ManualPort } from '../../../support/members.ts';

const NAMESPACES: Namespaces = { '': DEFAULT_CHANNEL_OPTIONS };
const DOWN = '{"origin":"down"}';
const UP = '{"origin":"up"}';

/** A room in front of an origin, and its members. */
function createRoom(changes: Parameters<typeof createOriginSettings>[0] = {}, namespaces = NAMESPACES) {
  const world = new ManualPort();
  const hub = new Hub(world, ENCODERS, createStores(), namespaces);
  const origin = new ManualOrigin(world);
  const application = new OriginApplication(hub, createOriginSettings(changes), origin);
  hub.application = application;
  world.onLeft = () => application.memberLeft();

  const join = (protocol: 'raw' | 'centrifugo', admission: AdmissionChanges = {}) => {
    const member = createMember({ protocol, ...admission });
    hub.join(member.connection);
    const spoken = protocol === 'raw' ? raw : centrifugo;
    if (protocol === 'raw') raw.enter(hub, member.connection);
    application.memberJoined(member.connection, true);
    return { ...member, say: (message: Message) => spoken.receive(hub, member.connection, message) };
  };
  /** A Centrifugo client that has connected and is on these channels. */
  const joinOn = async (...channels: string[]) => {
    const member = join('centrifugo');
    const commands = [{ id: 1, connect: {} }, ...channels.map((channel, i) => ({ id: i + 2, subscribe: { channel } }))];
    for (const command of commands) await member.say(JSON.stringify(command));
    member.socket.sent.length = 0;
    return { ...member, replies: () => member.socket.sent.map((frame) => JSON.parse(String(frame))) };
  };
  return { world, hub, origin, application, join, joinOn };
}

describe('what the origin sends', () => {
  it('goes to all members, text and bytes', async () => {
    const { origin, join, joinOn } = createRoom();
    const [ada, ben, cy] = [join('raw'), join('raw'), await joinOn('main')];
    origin.last.accept();
    const bytes = new Uint8Array([0, 255]).buffer;
    for (const message of ['a', bytes]) origin.last.events.message(message);
    expect([ada.socket.sent, ben.socket.sent]).toEqual([
      ['a', bytes],
      ['a', bytes],
    ]);
    expect(cy.replies()).toEqual([
      { push: { channel: 'main', pub: { data: 'a' } } },
      { push: { channel: 'main', pub: { data: 'AP8=', tags: { encoding: 'base64' } } } },
    ]);
  });

  it('is kept where the channel has a history', () => {
    const { hub, origin, join } = createRoom({}, { '': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 2 } });
    join('raw');
    origin.last.accept();
    for (const message of ['a', 'b', 'c']) origin.last.events.message(message);
    while (origin.world.turn());
    expect(hub.history.read('main', { limit: 9 }, 0).map(({ data }) => data)).toEqual(['b', 'c']);
  });
});

describe('what members send', () => {
  it('goes to the origin as bare text or bytes, whoever sent it, and to nobody else', async () => {
    const { origin, join, joinOn } = createRoom();
    const [ada, ben, cy] = [join('raw'), join('raw'), await joinOn('main')];
    origin.last.accept();
    ada.say('a');
    ada.say(new Uint8Array([1]).buffer);
    await cy.say('{"id":9,"publish":{"channel":"main","data":{"b":1}}}');
    await cy.say('{"id":10,"publish":{"channel":"main","data":"c"}}');
    expect(origin.last.sent).toEqual(['a', new Uint8Array([1]).buffer, '{"b":1}', 'c']);
    expect([ada.socket.sent, ben.socket.sent]).toEqual([[], []]);
    expect(cy.replies()).toEqual([
      { id: 9, publish: {} },
      { id: 10, publish: {} },
    ]);
  });

  it('names its sender where that is asked for', async () => {
    const { origin, join, joinOn } = createRoom({ sender: true });
    const ada = join('raw', { identity: { userId: 'ada', claims: {} } });
    const cy = await joinOn();
    origin.last.accept();
    ada.say('{"x":1}');
    ada.say(new Uint8Array([0, 255]).buffer);
    await cy.say('{"id":9,"publish":{"channel":"main","data":{"y":2}}}');
    const from = { connection: ada.connection.record.id, user: 'ada' };
    expect(origin.last.sent.map((message) => JSON.parse(String(message)))).toEqual([
      { ...from, data: '{"x":1}' },
      { ...from, base64: 'AP8=' },
      { connection: cy.connection.record.id, user: null, data: '{"y":2}' },
    ]);
  });

  it('stays among members on any other channel', async () => {
    const { origin, joinOn } = createRoom();
    const [ada, ben] = [await joinOn('side'), await joinOn('side')];
    origin.last.accept();
    await ada.say('{"id":9,"publish":{"channel":"side","data":1}}');
    expect(origin.last.sent).toEqual([]);
    expect(ben.replies()).toMatchObject([{ push: { channel: 'side', pub: { data: 1 } } }]);
  });

  it('is taken from nobody who may not publish', () => {
    const { origin, join } = createRoom({}, { '': { ...DEFAULT_CHANNEL_OPTIONS, publish: 'api' } });
    const ada = join('raw');
    origin.last.accept();
    ada.say('a');
    expect([origin.last.sent, ada.socket.closed]).toEqual([[], { code: 3507, reason: 'permission denied' }]);
  });
});

describe('a member that sends more than may wait', () => {
  const FULL = { maxQueuedBytes: 129 };

  it('is closed with 1013', () => {
    const { join } = createRoom(FULL);
    const ada = join('raw');
    ada.say('a');
    expect(ada.socket.closed).toBeNull();
    ada.say('b');
    expect(ada.socket.closed).toEqual({ code: 1013, reason: 'origin unavailable' });
  });

  it('loses the message alone where its route says so', () => {
    const { origin, join } = createRoom(FULL);
    const ada = join('raw', { limits: { overRate: 'drop' } });
    for (const message of ['a', 'b']) ada.say(message);
    origin.last.accept();
    expect([ada.socket.closed, origin.last.sent]).toEqual([null, ['a']]);
  });

  it('is told in the reply where its protocol has one', async () => {
    const { joinOn } = createRoom(FULL);
    const ada = await joinOn();
    for (const id of [8, 9]) await ada.say(JSON.stringify({ id, publish: { channel: 'main', data: 1 } }));
    expect(ada.replies()).toEqual([
      { id: 8, publish: {} },
      { id: 9, error: { code: 111, message: 'too many requests', temporary: true } },
    ]);
  });
});

describe('a member', () => {
  it('that is gone before it was known brings no connection about', () => {
    const { hub, origin, application } = createRoom();
    const { connection } = createMember();
    hub.join(connection);
    hub.leave(connection);
    application.memberJoined(connection, true);
    expect(origin.dialled).toEqual([]);
  });
});

describe('the last member', () => {
  it('takes the connection to the origin with it', () => {
    const { hub, origin, join } = createRoom();
    const [ada, ben] = [join('raw'), join('raw')];
    origin.last.accept();
    hub.leave(ada.connection);
    expect(origin.last.closed).toBeNull();
    hub.leave(ben.connection);
    expect(origin.last.closed).toMatchObject({ code: 1000 });
  });
});

describe('whether the origin is there', () => {
  it('is told on a channel of its own, and to no bare socket', async () => {
    const { origin, join, joinOn } = createRoom();
    const [ada, cy] = [join('raw'), await joinOn('$origin')];
    origin.last.accept();
    origin.last.end();
    const pushOf = (data: object) => ({ push: { channel: '$origin', pub: { data } } });
    expect(cy.replies()).toEqual([pushOf({ origin: 'up' }), pushOf({ origin: 'down' })]);
    expect(ada.socket.sent).toEqual([]);
  });

  it('is told to bare sockets where the route says so: to those who come at once, as far as it is known', () => {
    const { origin, join } = createRoom({ announce: true });
    const ada = join('raw');
    expect(ada.socket.sent).toEqual([]);
    origin.last.accept();
    const ben = join('raw');
    origin.last.end();
    const cy = join('raw');
    expect([ada, ben, cy].map(({ socket }) => socket.sent)).toEqual([[UP, DOWN], [UP, DOWN], [DOWN]]);
  });

  it('is told again to no bare socket that was there before the room slept, but it is when that changes', () => {
    const { origin, hub, application, join } = createRoom({ announce: true });
    join('raw');
    origin.last.accept();
    const { connection, socket } = createMember();
    hub.restore(connection);
    raw.enter(hub, connection);
    application.memberJoined(connection, false);
    expect(socket.sent).toEqual([]);
    origin.last.end();
    expect(socket.sent).toEqual([DOWN]);
  });

  it('is told to no bare socket that may not hear the origin', () => {
    const { origin, join } = createRoom({ announce: true });
    const ada = join('raw', { grants: [{ channel: '*', allow: ['publish'] }] });
    origin.last.accept();
    expect(ada.socket.sent).toEqual([]);
  });

  it('can be asked for, and said by no member', async () => {
    const { origin, joinOn } = createRoom();
    const ada = await joinOn('$origin');
    const ask = '{"id":8,"rpc":{"method":"$origin"}}';
    await ada.say(ask);
    origin.last.end();
    await ada.say(ask);
    await ada.say('{"id":9,"publish":{"channel":"$origin","data":{"origin":"up"}}}');
    await ada.say('{"id":10,"rpc":{"method":"other"}}');
    expect(ada.replies()).toEqual([
      { id: 8, rpc: { data: { origin: null } } },
      { push: { channel: '$origin', pub: { data: { origin: 'down' } } } },
      { id: 8, rpc: { data: { origin: 'down' } } },
      { id: 9, error: { code: 103, message: 'permission denied' } },
      { id: 10, error: { code: 108, message: 'not available' } },
    ]);
  });
});
