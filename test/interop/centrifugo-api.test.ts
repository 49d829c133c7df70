import { once } from 'node:events';
import type { PublicationContext } from 'centrifuge';
import { describe, expect, it } from 'vitest';
import { connectTo, openSocket, receive, router, setUpClients, subscribe } from '../support/centrifugo.ts';
import { type CallChanges, callServer } from '../support/server-api.ts';

setUpClients();

const connect = (room: string) => connectTo(`/live/${room}`);
const connectRaw = (room: string) => openSocket(`/live/${room}`);
const call = (room: string, name: string, params: unknown, changes?: CallChanges) =>
  callServer(`${router.host}/live/${room}`, name, params, changes);

describe('the server API', () => {
  it('publishes to clients and bare sockets, and says where in the stream', async () => {
    const [raw, client] = [await connectRaw('api'), await connect('api')];
    const subscription = await subscribe(client, 'main');
    const received = Promise.all([receive(subscription, 1), once(raw, 'message')]);
    const { status, reply } = await call('api', 'publish', { channel: 'main', data: { a: 1 } });
    expect([status, reply]).toEqual([200, { result: { offset: 1, epoch: expect.any(String) } }]);
    const [published, [text]] = await received;
    expect([published, String(text)]).toEqual([[{ a: 1 }], '{"a":1}']);
  });

  it('publishes where members may not, bytes and tags too', async () => {
    const subscription = await subscribe(await connect('api2'), 'api:a');
    const published = new Promise<PublicationContext>((resolve) => subscription.on('publication', resolve));
    await call('api2', 'publish', { channel: 'api:a', b64data: 'AP8=', tags: { kind: 'bytes' } });
    expect(await published).toMatchObject({ data: 'AP8=', tags: { kind: 'bytes', encoding: 'base64' } });
  });

  it('publishes on many channels, and says of each how it went', async () => {
    const { reply } = await call('api3', 'broadcast', { channels: ['a', 'plain:a', 'nowhere:a'], data: 1 });
    expect(reply).toEqual({
      result: {
        responses: [
          { result: { offset: 1, epoch: expect.any(String) } },
          { result: {} },
          { error: { code: 102, message: 'unknown channel' } },
        ],
      },
    });
  });

  it('publishes once under an idempotency key of a channel, and answers the same again', async () => {
    const client = await connect('api9');
    const [kept, plain] = [await subscribe(client, 'a'), await subscribe(client, 'plain:a')];
    const received = Promise.all([receive(kept, 3), receive(plain, 2)]);
    const once = { idempotency_key: 'k' };
    const answers = await Promise.all([1, 2].map((data) => call('api9', 'publish', { channel: 'a', data, ...once })));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.reply.result).toMatchObject({ offset: 1 });
    const broadcast = () => call('api9', 'broadcast', { channels: ['a', 'plain:a', 'a'], data: 3, ...once });
    const [first, again] = [await broadcast(), await broadcast()];
    const known = answers[0]?.reply;
    expect(first.reply.result.responses).toEqual([known, { result: {} }, known]);
    expect(again).toEqual(first);
    for (const data of [4, 5]) await call('api9', 'publish', { channel: 'a', data, idempotency_key: '' });
    await call('api9', 'publish', { channel: 'plain:a', data: 6, idempotency_key: 'x'.repeat(255) });
    const [[one, ...others], plainly] = await received;
    expect([1, 2]).toContain(one);
    expect([others, plainly]).toEqual([
      [4, 5],
      [3, 6],
    ]);
  });

  it('tells history, and forgets it', async () => {
    for (const data of [1, 2, 3]) await call('api4', 'publish', { channel: 'a', data });
    const history = async () => (await call('api4', 'history', { channel: 'a', limit: 2, reverse: true })).reply.result;
    const before = await history();
    expect(before).toMatchObject({ publications: [{ data: 3, offset: 3 }, { data: 2 }], offset: 3 });
    await call('api4', 'history_remove', { channel: 'a' });
    expect(await history()).toEqual({ publications: [], offset: 3, epoch: before.epoch });
  });

  it('tells who is where', async () => {
    const client = await connect('api5');
    await subscribe(client, 'a');
    const { reply } = await call('api5', 'batch', {
      commands: [{ presence: { channel: 'a' } }, { presence_stats: { channel: 'a' } }, { channels: {} }, { info: {} }],
    });
    const [presence, stats, channels, info] = reply.result.replies.map(({ result }: { result: object }) => result);
    expect(Object.values(presence.presence)).toEqual([{ user: '', client: expect.any(String) }]);
    expect(stats).toEqual({ num_clients: 1, num_users: 1 });
    expect(channels).toEqual({ channels: { a: { num_clients: 1 } } });
    expect(info).toMatchObject({ nodes: [{ num_clients: 1, num_channels: 1 }] });
    await subscribe(client, 'plain:a');
    const named = await call('api5', 'channels', { pattern: 'pl*:a' });
    expect(named.reply.result).toEqual({ channels: { 'plain:a': { num_clients: 1 } } });
  });

  it('disconnects a client, which stays away', async () => {
    const client = await connect('api6');
    await subscribe(client, 'a');
    const disconnected = new Promise<{ code: number }>((resolve) => client.on('disconnected', resolve));
    const { reply } = await call('api6', 'presence', { channel: 'a' });
    const [id] = Object.keys(reply.result.presence);
    expect((await call('api6', 'disconnect', { client: id })).reply).toEqual({ result: {} });
    expect((await disconnected).code).toBe(3503);
  });

  it.each([
    ['without a key', 'publish', { key: null }, 401],
    ['with a wrong key', 'publish', { key: 'no-key' }, 401],
    ['with another method', 'publish', { method: 'GET' }, 405],
  ])('refuses a call %s', async (_, name, options, status) => {
    expect((await call('api7', name, { channel: 'a', data: 1 }, options)).status).toBe(status);
  });

  it.each([
    ['fly', {}, 104],
    ['toString', {}, 104],
    ['publish', {}, 107],
    ['publish', [], 107],
    ['publish', { channel: 'a' }, 107],
    ['publish', { channel: 'nowhere:a', data: 1 }, 102],
    ['publish', { channel: 'a', data: 1, idempotency_key: 'x'.repeat(256) }, 107],
    ['publish', { channel: 'a', data: 1, idempotency_key: 7 }, 107],
    ['broadcast', { channels: ['a'], data: 1, idempotency_key: null }, 107],
    ['history', { channel: 'plain:a' }, 108],
    ['presence', { channel: 'plain:a' }, 108],
    ['disconnect', {}, 107],
  ])('answers %s with %j by the error %#', async (name, body, code) => {
    const { status, reply } = await call('api8', name, body);
    expect([status, reply.error.code]).toEqual([200, code]);
  });
});
