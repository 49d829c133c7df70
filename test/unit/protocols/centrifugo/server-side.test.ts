import { describe, expect, it } from 'vitest';
import { DISCONNECTS } from '../../../../src/config/disconnects.ts';
import { NOW } from '../../../support/tokens.ts';
import { callApi, codeOf, publish, Speaker, subscribe, unsubscribe } from './speaker.ts';
import { createTokenRoom, enter, tokenFor } from './token-room.ts';

const channelsOf = ({ connection }: Speaker) => connection.record.subscriptions.map(({ channel }) => channel);
const names = (count: number, prefix = 'c') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const OK = { result: {} };
const refused = (code: number) => ({ error: expect.objectContaining({ code }) });

describe('the channels of a connection token', () => {
  it('are those that a client is on from the beginning, whatever it may subscribe to', async () => {
    const { hub, port } = createTokenRoom({ permissions: [] });
    const ann = await enter(hub, { channels: ['a', 'private:b'] });
    expect(ann.hello).toEqual({
      connect: { client: ann.id, version: 'signalbox', subs: { a: {}, 'private:b': {} } },
    });
    expect(port.kept.get(ann.id)?.subscriptions).toEqual([
      { channel: 'a', joinLeave: false, serverSide: true },
      { channel: 'private:b', joinLeave: false, serverSide: true },
    ]);
    await enter(hub, { sub: 'ben' });
    await callApi(hub, 'publish', { channel: 'private:b', data: 1 });
    expect(ann.lines()).toEqual([{ push: { channel: 'private:b', pub: { data: 1 } } }]);
  });

  it('may each say what others get to know there', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { subs: { 'seen:a': { info: { seat: 1 } }, 'seen:b': {} }, channels: ['seen:b'] });
    const presence = (channel: string) => ann.ask({ presence: { channel } }).presence;
    const who = { user: 'ann', client: ann.id };
    expect(presence('seen:a')).toEqual({ presence: { [ann.id]: { ...who, chan_info: { seat: 1 } } } });
    expect(presence('seen:b')).toEqual({ presence: { [ann.id]: who } });
  });

  it('count once where they are named twice', async () => {
    const ann = await enter(createTokenRoom().hub, { channels: ['a', 'a', 'b'], subs: { b: { info: 1 } } });
    expect([ann.hello.error, channelsOf(ann)]).toEqual([undefined, ['b', 'a']]);
  });

  it('begin where the client was', async () => {
    const { hub } = createTokenRoom();
    const first = await enter(hub, { channels: ['small:a'] });
    const { epoch, offset } = (first.hello.connect as { subs: Record<string, { epoch: string; offset: number }> }).subs[
      'small:a'
    ] as { epoch: string; offset: number };
    await callApi(hub, 'publish', { channel: 'small:a', data: 1 });
    const again = new Speaker(hub);
    const subs = { 'small:a': { recover: true, epoch, offset } };
    const hello = await again.request({ connect: { token: await tokenFor({ channels: ['small:a'] }), subs } });
    expect(hello).toMatchObject({
      connect: { subs: { 'small:a': { recovered: true, publications: [{ data: 1, offset: 1 }] } } },
    });
  });

  it.each<[string, number, object]>([
    ['there can not be', 102, { channels: ['a', 'nowhere:b'] }],
    ['are more than 128', 106, { channels: names(129) }],
    ['take more than 7000 bytes', 106, { channels: names(30, 'x'.repeat(250)) }],
    ['say too much', 106, { subs: { a: {}, b: { info: 'x'.repeat(7000) } } }],
  ])('that %s let nobody in, and leave nothing behind', async (_, code, claims) => {
    const { hub, port } = createTokenRoom();
    const ann = new Speaker(hub);
    expect(codeOf(await ann.request({ connect: { token: await tokenFor(claims as never) } }))).toBe(code);
    expect([hub.channels, channelsOf(ann), port.kept.size]).toEqual([[], [], 0]);
    expect(ann.connection.record).toMatchObject({ greeted: false, identity: null, expiresAt: null });
    expect(await ann.request({ connect: { token: await tokenFor({ sub: 'ben' }) } })).toHaveProperty('connect');
  });

  it('may be 128', async () => {
    const ann = await enter(createTokenRoom().hub, { channels: names(128) });
    expect(channelsOf(ann)).toHaveLength(128);
  });

  it('are not the client’s to leave, nor to subscribe to', async () => {
    const ann = await enter(createTokenRoom().hub, { channels: ['a'] });
    expect([codeOf(ann.ask(unsubscribe('a'))), codeOf(ann.ask(subscribe('a')))]).toEqual([107, 105]);
    expect(channelsOf(ann)).toEqual(['a']);
  });
});

describe('the server API', () => {
  it('puts all of a user’s clients on a channel, and tells them', async () => {
    const { hub } = createTokenRoom();
    const [one, two, ben] = [await enter(hub), await enter(hub), await enter(hub, { sub: 'ben' })];
    await one.ask(subscribe('a'));
    const call = { user: 'ann', channel: 'a', info: { vip: true } };
    expect(await callApi(hub, 'subscribe', call)).toEqual(OK);
    expect([one.lines(), two.lines(), ben.lines()]).toEqual([[], [{ push: { channel: 'a', subscribe: {} } }], []]);
    expect(two.connection.record.subscriptions).toEqual([
      { channel: 'a', joinLeave: false, serverSide: true, info: { vip: true } },
    ]);
  });

  it('puts one client of a user on a channel, until a time', async () => {
    const { hub, passTo } = createTokenRoom();
    const [one, two] = [await enter(hub), await enter(hub)];
    const call = { user: 'ann', client: two.id, channel: 'a', expire_at: NOW + 10 };
    expect(await callApi(hub, 'subscribe', call)).toEqual(OK);
    expect([channelsOf(one), channelsOf(two)]).toEqual([[], ['a']]);
    two.lines();
    passTo(NOW + 10);
    hub.wake();
    const end = { code: 2501, reason: 'subscription expired' };
    expect(two.lines()).toEqual([{ push: { channel: 'a', unsubscribe: end } }]);
  });

  it('recovers a channel since a place', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    const { result } = (await callApi(hub, 'publish', { channel: 'small:a', data: 1 })) as {
      result: { epoch: string };
    };
    const since = { offset: 0, epoch: result.epoch };
    await callApi(hub, 'subscribe', { user: 'ann', channel: 'small:a', recover_since: since });
    expect(ann.lines()).toMatchObject([
      { push: { channel: 'small:a', subscribe: { recovered: true, publications: [{ data: 1 }] } } },
    ]);
  });

  it('goes on with the others where one client can take no more channels, and says so', async () => {
    const { hub } = createTokenRoom();
    const [full, free] = [await enter(hub, { channels: names(128) }), await enter(hub)];
    expect(await callApi(hub, 'subscribe', { user: 'ann', channel: 'a' })).toEqual(refused(106));
    expect([channelsOf(full).length, channelsOf(free)]).toEqual([128, ['a']]);
  });

  it('leaves clients alone that have not said hello, and bare sockets', async () => {
    const { hub } = createTokenRoom();
    const identity = { userId: 'ann', claims: {} };
    const [silent, bare] = [new Speaker(hub, { identity }), new Speaker(hub, { identity, protocol: 'raw' })];
    for (const method of ['subscribe', 'refresh', 'unsubscribe'])
      expect(await callApi(hub, method, { user: 'ann', channel: 'a', expired: true })).toEqual(OK);
    expect([silent, bare].map(({ socket }) => [socket.sent, socket.closed])).toEqual([
      [[], null],
      [[], null],
    ]);
  });

  it('takes a user’s clients off a channel, or off all of them', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { channels: ['a', 'b', 'c'] });
    ann.ask(subscribe('d'));
    expect(await callApi(hub, 'unsubscribe', { user: 'ann', channel: 'b' })).toEqual(OK);
    const push = (channel: string) => ({
      push: { channel, unsubscribe: { code: 2000, reason: 'server unsubscribe' } },
    });
    expect(ann.lines()).toEqual([push('b')]);
    expect(await callApi(hub, 'unsubscribe', { user: 'ann', channel: 'b' })).toEqual(OK);
    expect(await callApi(hub, 'unsubscribe', { user: 'ann' })).toEqual(OK);
    expect([ann.lines(), channelsOf(ann)]).toEqual([['a', 'c', 'd'].map(push), []]);
  });

  it('lets a user’s clients go on until another time, and gives them time to renew that', async () => {
    const { hub, port } = createTokenRoom();
    const ann = await enter(hub, { exp: NOW + 60 });
    expect(await callApi(hub, 'refresh', { user: 'ann', expire_at: NOW + 600 })).toEqual(OK);
    expect(port.kept.get(ann.id)?.expiresAt).toBe((NOW + 625) * 1000);
    await callApi(hub, 'refresh', { user: 'ann' });
    expect(port.kept.get(ann.id)?.expiresAt).toBeNull();
    hub.tokens = null;
    await callApi(hub, 'refresh', { user: 'ann', expire_at: NOW + 600 });
    expect(port.kept.get(ann.id)?.expiresAt).toBe((NOW + 600) * 1000);
    expect(ann.lines()).toEqual([
      { push: { refresh: { expires: true, ttl: 600 } } },
      { push: { refresh: {} } },
      { push: { refresh: { expires: true, ttl: 600 } } },
    ]);
  });

  it('ends a user’s connections', async () => {
    const { hub } = createTokenRoom();
    const [ann, ben] = [await enter(hub), await enter(hub, { sub: 'ben' })];
    expect(await callApi(hub, 'refresh', { user: 'ann', expired: true })).toEqual(OK);
    expect([ann, ben].map(({ socket }) => socket.closed?.code)).toEqual([DISCONNECTS.expired.code, undefined]);
  });

  it('disconnects a user’s clients, or one of them, but for those that are to stay', async () => {
    const { hub } = createTokenRoom();
    const clients = [await enter(hub), await enter(hub), await enter(hub), await enter(hub, { sub: 'ben' })] as const;
    const [first, second, third, ben] = clients;
    const left = async (params: object) => {
      expect(await callApi(hub, 'disconnect', params)).toEqual(OK);
      return clients.filter(({ connection }) => connection.open);
    };
    expect(await left({ user: 'ben', client: first.id })).toHaveLength(4);
    expect(await left({ user: 'ann', client: first.id })).toEqual([second, third, ben]);
    expect(await left({ user: 'ann', whitelist: [third.id] })).toEqual([third, ben]);
    expect(await left({ client: ben.id })).toEqual([third]);
    expect(first.socket.closed).toMatchObject({ code: 3503 });
  });

  it('means nobody in particular only by the connection', async () => {
    const { hub } = createTokenRoom({ required: false });
    const [guest, other] = [Speaker.connect(hub), await enter(hub, { sub: undefined })];
    for (const method of ['subscribe', 'unsubscribe', 'refresh', 'disconnect'])
      expect(await callApi(hub, method, { user: '', channel: 'a' })).toEqual(refused(107));
    for (const { id } of [guest, other])
      expect(await callApi(hub, 'subscribe', { user: '', client: id, channel: 'a' })).toEqual(OK);
    expect([channelsOf(guest), channelsOf(other)]).toEqual([['a'], ['a']]);
    expect(await callApi(hub, 'unsubscribe', { user: 'ann', client: guest.id })).toEqual(OK);
    expect(channelsOf(guest)).toEqual(['a']);
    expect(await callApi(hub, 'disconnect', { user: '', client: guest.id })).toEqual(OK);
    expect(hub.size).toBe(1);
  });

  it.each<[string, object]>([
    ['subscribe', { user: 'ann' }],
    ['subscribe', { channel: 'a' }],
    ['subscribe', { user: 7, channel: 'a' }],
    ['subscribe', { user: 'ann', channel: 'a', expire_at: -1 }],
    ['subscribe', { user: 'ann', channel: 'a', expire_at: '1' }],
    ['subscribe', { user: 'ann', channel: 'a', recover_since: { offset: 0 } }],
    ['unsubscribe', { channel: 'a' }],
    ['refresh', {}],
    ['refresh', { user: 'ann', expire_at: 0.5 }],
  ])('%s takes no %j', async (method, params) => {
    expect(await callApi(createTokenRoom().hub, method, params)).toEqual(refused(107));
  });

  it('puts nobody on a channel that there can not be', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    expect(await callApi(hub, 'subscribe', { user: 'ann', channel: 'nowhere:a' })).toEqual(refused(102));
    expect(codeOf(ann.ask(publish('a', 1)))).toBeUndefined();
  });
});
