import { describe, expect, it } from 'vitest';
import { TICKET_TYPE } from '../../../../src/auth/ticket-type.ts';
import { createSigner, JWKS, keySet, NOW, SECRET, sign } from '../../../support/tokens.ts';
import { codeOf, publish, Speaker, subscribe } from './speaker.ts';
import { createTokenRoom, enter, tokenFor, tokenOn } from './token-room.ts';

const connect = (token: string, more: object = {}) => ({ connect: { token, ...more } });
const closeOf = ({ socket }: Speaker) => socket.closed?.code;

describe('a connection token', () => {
  it('says who a client is, and what others get to know of it', async () => {
    const { hub } = createTokenRoom();
    const ada = await enter(hub, { sub: 'ada', info: { name: 'Ada' }, secret: 1 });
    expect(ada.hello).toEqual({ connect: { client: ada.id, version: 'signalbox' } });
    ada.ask(subscribe('seen:a'));
    const who = { user: 'ada', client: ada.id, conn_info: { name: 'Ada' } };
    expect(ada.ask({ presence: { channel: 'seen:a' } })).toEqual({ presence: { presence: { [ada.id]: who } } });
    ada.ask(publish('seen:a', 1));
    expect(ada.pushes).toEqual([{ push: { channel: 'seen:a', pub: { data: 1, info: who } } }]);
  });

  it('is kept with the socket, as far as it says something of the user', async () => {
    const { hub, port } = createTokenRoom();
    const ada = await enter(hub, { sub: 'ada', info: 1, team: 'x', iat: 1, jti: 'j', channels: ['a'] });
    expect(port.kept.get(ada.id)).toMatchObject({
      greeted: true,
      identity: { userId: 'ada', claims: { info: 1, team: 'x' } },
    });
    expect(port.kept.get(ada.id)?.identity?.claims).toEqual({ info: 1, team: 'x' });
  });

  it('without a user is of nobody in particular', async () => {
    const { hub } = createTokenRoom();
    const guest = await enter(hub, { sub: undefined, info: 'guest' });
    guest.ask(subscribe('seen:a'));
    expect(guest.ask({ presence: { channel: 'seen:a' } })).toEqual({
      presence: { presence: { [guest.id]: { user: '', client: guest.id, conn_info: 'guest' } } },
    });
    expect(hub.list()[0]?.userId).toBeNull();
  });

  it.each<[string, () => Promise<string>]>([
    ['signed with another secret', () => sign({}, 'some other secret, also long enough')],
    ['for one channel only', () => tokenOn('a')],
    ['for one channel only, of nobody in particular', () => tokenOn('a', { sub: undefined })],
    ['that is a ticket', () => sign({}, SECRET, { typ: TICKET_TYPE })],
    ['not valid yet', () => tokenFor({ nbf: NOW + 60 })],
    ['with an end that is no number', () => tokenFor({ exp: '2030' as unknown as number })],
    ['with an end beyond all numbers', () => tokenFor({ exp: 1e306 })],
    ['with a user that is no text', () => tokenFor({ sub: 7 as unknown as string })],
    ['with a user that is null', () => tokenFor({ sub: null as unknown as string })],
    ['with a user of 257 characters', () => tokenFor({ sub: 'x'.repeat(257) })],
    ['with channels that are no list', () => tokenFor({ channels: 'a' })],
    ['with a channel without a name', () => tokenFor({ channels: [''] })],
    ['with a channel that is no text', () => tokenFor({ channels: [7] })],
    ['with subscriptions that are no objects', () => tokenFor({ subs: { a: null } })],
    ['with permissions that are no list', () => tokenFor({ permissions: 'all' })],
    ['with permissions for what there is not', () => tokenFor({ permissions: [{ allow: ['fly'] }] })],
    ['that is no token', async () => 'a.b.c'],
    ['that is very long', async () => 'x'.repeat(100_000)],
  ])('%s costs the connection', async (_, make) => {
    const { hub } = createTokenRoom();
    const ada = new Speaker(hub);
    await ada.say(connect(await make()));
    expect([closeOf(ada), ada.lines(), hub.size]).toEqual([3500, [], 0]);
  });

  it('brings nothing with it from names that JavaScript knows', async () => {
    const { hub } = createTokenRoom();
    const claims = JSON.parse('{"__proto__":{"info":"x"},"constructor":1,"subs":{"__proto__":{},"toString":{}}}');
    const ada = await enter(hub, claims);
    expect(ada.hello).toMatchObject({ connect: { subs: { toString: {} } } });
    expect(ada.connection.record.identity?.claims).toEqual({});
  });

  it('that has expired is told so, and the same connection may show another', async () => {
    const { hub } = createTokenRoom();
    const ada = new Speaker(hub);
    expect(codeOf(await ada.request(connect(await tokenFor({ exp: NOW - 5 }))))).toBe(109);
    expect(await ada.request(connect(await tokenFor({ exp: NOW - 4 })))).toHaveProperty('connect');
  });

  it('may not be another user than the edge knows', async () => {
    const { hub } = createTokenRoom();
    const ada = new Speaker(hub, { identity: { userId: 'ada', claims: {} } });
    await ada.say(connect(await tokenFor({ sub: 'eve' })));
    expect(closeOf(ada)).toBe(3500);
  });

  it('adds to what the edge knows of its user, and takes back none of what that granted', async () => {
    const { hub } = createTokenRoom();
    const grants = [{ channel: 'a', allow: ['subscribe' as const] }];
    const edge = { identity: { userId: 'ada', claims: {} }, grants };
    const ada = await enter(hub, { sub: 'ada', info: 1, permissions: [{ allow: ['publish'] }] }, edge);
    expect([codeOf(ada.ask(subscribe('a'))), codeOf(ada.ask(publish('a', 1)))]).toEqual([undefined, 103]);
    expect(ada.connection.record.identity).toEqual({ userId: 'ada', claims: { info: 1 } });
  });

  it('is needed of somebody unknown, unless the table says otherwise', () => {
    expect(new Speaker(createTokenRoom().hub).ask({ connect: {} })).toEqual({
      error: { code: 101, message: 'unauthorized' },
    });
    expect(new Speaker(createTokenRoom({ required: false }).hub).ask({ connect: {} })).toHaveProperty('connect');
    const identity = { userId: 'ada', claims: {} };
    expect(new Speaker(createTokenRoom().hub, { identity }).ask({ connect: {} })).toHaveProperty('connect');
  });

  it('is not looked at where the room has no tokens', () => {
    const { hub } = createTokenRoom();
    hub.tokens = null;
    expect(new Speaker(hub).ask(connect('nonsense'))).toHaveProperty('connect');
  });

  it('permits what it says in this room, or else what the table says', async () => {
    const only = (room: string) => [{ room, channel: 'a', allow: ['publish'] }];
    const rules = { permissions: [{ allow: ['subscribe' as const] }] };
    const codes = async (claims: object) => {
      const ada = await enter(createTokenRoom(rules).hub, claims as never);
      return [codeOf(ada.ask(subscribe('a'))), codeOf(ada.ask(publish('a', 1)))];
    };
    expect(await codes({})).toEqual([undefined, 103]);
    expect(await codes({ permissions: only('room') })).toEqual([103, undefined]);
    expect(await codes({ permissions: only('other') })).toEqual([103, 103]);
    expect(await codes({ permissions: [] })).toEqual([103, 103]);
  });

  it('counts for its user: one connection too many is closed, and the others stay', async () => {
    const { hub } = createTokenRoom();
    const limits = { maxConnectionsPerUser: 2 };
    const [first, second] = [await enter(hub, {}, { limits }), await enter(hub, {}, { limits })];
    const third = new Speaker(hub, { limits });
    await third.say(connect(await tokenFor()));
    expect([first, second, third].map(closeOf)).toEqual([undefined, undefined, 3504]);
    expect(await enter(hub, { sub: 'ben' }, { limits })).toHaveProperty('hello.connect');
    hub.leave(first.connection);
    expect(await enter(hub, {}, { limits })).toHaveProperty('hello.connect');
  });

  it('that nobody can check right now is worth trying again', async () => {
    const { hub, world, passTo } = createTokenRoom({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    const ada = new Speaker(hub);
    const signer = await createSigner('ES256', 'k');
    const token = await sign({ sub: 'ada' }, signer);
    expect(await ada.request(connect(token))).toEqual({
      error: { code: 100, message: 'internal server error', temporary: true },
    });
    world.answers[JWKS] = () => keySet(signer);
    passTo(NOW + 2);
    expect(await ada.request(connect(token))).toHaveProperty('connect');
  });

  it('fails loudly where the secret is not set', async () => {
    const { hub, world } = createTokenRoom();
    world.secrets = {};
    await expect(new Speaker(hub).say(connect(await tokenFor()))).rejects.toThrow('SECRET');
  });
});

describe('while a token is checked', () => {
  /** A room whose keys come when a test lets them. */
  async function createSlowRoom() {
    const { hub, port, world } = createTokenRoom({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    const signer = await createSigner('ES256', 'k');
    const { promise, resolve } = Promise.withResolvers<Response>();
    world.answers[JWKS] = () => promise;
    return { hub, port, token: await sign({ sub: 'ada' }, signer), answer: () => resolve(keySet(signer)) };
  }

  it('later commands of the client wait for their turn', async () => {
    const { hub, token, answer } = await createSlowRoom();
    const ada = new Speaker(hub);
    const done = [ada.say(connect(token), subscribe('seen:a')), ada.say(publish('seen:a', 1)), ada.say({ ping: {} })];
    expect(ada.socket.sent).toEqual([]);
    answer();
    await Promise.all(done);
    const what = ada.lines().map(({ id: _, ...rest }) => Object.keys(rest)[0]);
    expect(what).toEqual(['connect', 'subscribe', 'push', 'publish', 'ping']);
  });

  it('others are served', async () => {
    const { hub, token } = await createSlowRoom();
    void new Speaker(hub).say(connect(token));
    const ben = Speaker.connect(hub, { identity: { userId: 'ben', claims: {} } });
    expect(ben.ask(subscribe('a'))).toEqual({ subscribe: {} });
  });

  it('a client that leaves becomes nobody', async () => {
    const { hub, port, token, answer } = await createSlowRoom();
    const ada = new Speaker(hub);
    const done = [ada.say(connect(token)), ada.say(subscribe('a'))];
    hub.leave(ada.connection);
    answer();
    await Promise.all(done);
    expect([ada.socket.sent, hub.size, hub.subscribersOf('a'), port.kept.size]).toEqual([[], 0, [], 0]);
    expect(ada.connection.record.identity).toBeNull();
  });

  it('a second hello in the same frame is a mistake, whichever is good', async () => {
    const { hub, token, answer } = await createSlowRoom();
    const ada = new Speaker(hub);
    const done = ada.say(connect(token), connect(token));
    answer();
    await done;
    expect(ada.lines().map(codeOf)).toEqual([undefined, 107]);
  });
});
