import { once } from 'node:events';
import type { Centrifuge, PublicationContext, SubscribedContext, Subscription } from 'centrifuge';
import { describe, expect, it } from 'vitest';
import { connectTo, createClient, openSocket, receive, setUpClients, subscribe } from '../support/centrifugo.ts';

setUpClients();

const connect = (room: string) => connectTo(`/live/${room}`);
const connectRaw = (room: string) => openSocket(`/live/${room}`);

describe('a client', () => {
  it('publishes to everybody on a channel, itself included, and to nobody else', async () => {
    const [ada, ben] = [await connect('publish'), await connect('publish')];
    const [adas, bens, other] = [await subscribe(ada, 'a'), await subscribe(ben, 'a'), await subscribe(ben, 'b')];
    const received = Promise.all([receive(adas, 2), receive(bens, 2), receive(other, 1)]);
    await adas.publish({ text: 'héllo 🙂', nested: [1, null, { a: 'line\nfeed' }] });
    await bens.publish('just text');
    await other.publish(7);
    const both = [{ text: 'héllo 🙂', nested: [1, null, { a: 'line\nfeed' }] }, 'just text'];
    expect(await received).toEqual([both, both, [7]]);
  });

  it('tells who published, and where in the stream', async () => {
    const subscription = await subscribe(await connect('info'), 'a');
    const published = new Promise<PublicationContext>((resolve) => subscription.on('publication', resolve));
    await subscription.publish('x');
    expect(await published).toMatchObject({ offset: 1, info: { user: '', client: expect.any(String) } });
  });

  it('gets nothing more of a channel that it left', async () => {
    const [ada, ben] = [await connect('leave'), await connect('leave')];
    const [adas, bens] = [await subscribe(ada, 'plain:a'), await subscribe(ben, 'plain:a')];
    bens.unsubscribe();
    const again = await subscribe(ben, 'plain:b');
    const received: unknown[] = [];
    bens.on('publication', ({ data }) => received.push(data));
    await adas.publish('missed');
    const marker = receive(again, 1);
    await ada.publish('plain:b', 'marker');
    await marker;
    expect(received).toEqual([]);
  });

  it('sees who is on a channel', async () => {
    const [ada, ben] = [await connect('presence'), await connect('presence')];
    const subscription = await subscribe(ada, 'a');
    await subscribe(ben, 'a');
    expect(Object.keys((await subscription.presence()).clients)).toHaveLength(2);
    expect(await subscription.presenceStats()).toEqual({ numClients: 2, numUsers: 1 });
    ben.disconnect();
    await expect.poll(async () => (await subscription.presenceStats()).numClients).toBe(1);
  });

  it.each([
    ['who asks for it', 'moves:a', { joinLeave: true }],
    ['everybody where the channel says so', 'told:a', {}],
  ])('is told of those who come and go: %s', async (_, channel, options) => {
    const ada = await connect('moves');
    const subscription = ada.newSubscription(channel, options);
    const moves: string[] = [];
    const left = new Promise<void>((resolve) => {
      subscription.on('join', ({ info }) => moves.push(`join ${info.client}`));
      subscription.on('leave', ({ info }) => resolve(void moves.push(`leave ${info.client}`)));
    });
    subscription.subscribe();
    await subscription.ready();
    const ben = createClient('/live/moves');
    const id = new Promise<string>((resolve) => ben.once('connected', ({ client }) => resolve(client)));
    ben.connect();
    await subscribe(ben, channel);
    ben.disconnect();
    await left;
    expect(moves).toEqual([`join ${await id}`, `leave ${await id}`]);
  });

  it('is told of nobody who comes or goes without asking', async () => {
    const [ada, ben] = [await connect('quiet'), await connect('quiet')];
    const subscription = await subscribe(ada, 'moves:a');
    const moves: unknown[] = [];
    subscription.on('join', (move) => moves.push(move));
    const marker = receive(subscription, 1);
    await (await subscribe(ben, 'moves:a')).publish('marker');
    await marker;
    expect(moves).toEqual([]);
  });

  it('reads history, forwards, backwards, from a place and in pages', async () => {
    const subscription = await subscribe(await connect('history'), 'a');
    for (const data of [1, 2, 3, 4, 5]) await subscription.publish(data);
    const read = async (options: Parameters<Subscription['history']>[0]) => {
      const { publications, offset } = await subscription.history(options);
      return [publications.map(({ data }) => data), offset];
    };
    const { epoch } = await subscription.history({ limit: 0 });
    expect(await read({ limit: 10 })).toEqual([[1, 2, 3, 4, 5], 5]);
    expect(await read({ limit: 0 })).toEqual([[], 5]);
    expect(await read({ limit: 2, since: { offset: 2, epoch } })).toEqual([[3, 4], 5]);
    expect(await read({ limit: 2, reverse: true })).toEqual([[5, 4], 5]);
    await expect(read({ limit: 1, since: { offset: 2, epoch: 'another' } })).rejects.toMatchObject({ code: 112 });
  });

  it.each([
    ['publish', 103, (client: Centrifuge) => client.publish('api:a', 1)],
    ['publish', 103, (client: Centrifuge) => client.publish('subscribers:a', 1)],
    ['publish', 102, (client: Centrifuge) => client.publish('nowhere:a', 1)],
    ['presence', 108, (client: Centrifuge) => client.presence('plain:a')],
    ['history', 108, (client: Centrifuge) => client.history('plain:a')],
    ['rpc', 108, (client: Centrifuge) => client.rpc('method', {})],
  ])('is told that it can not %s: %i', async (_, code, call) => {
    await expect(call(await connect('refused'))).rejects.toMatchObject({ code });
  });

  it('is told that a channel does not exist', async () => {
    const subscription = (await connect('unknown')).newSubscription('nowhere:a');
    const ended = new Promise<{ code: number }>((resolve) => subscription.on('unsubscribed', resolve));
    subscription.subscribe();
    expect((await ended).code).toBe(102);
  });

  it('sends many commands in one frame', async () => {
    const client = createClient('/live/batch');
    const subscriptions = Array.from({ length: 20 }, (_, i) => client.newSubscription(`plain:${i}`));
    for (const subscription of subscriptions) subscription.subscribe();
    client.connect();
    await Promise.all(subscriptions.map((subscription) => subscription.ready()));
    const received = Promise.all(subscriptions.map((subscription) => receive(subscription, 1)));
    client.startBatching();
    const published = subscriptions.map((subscription, i) => subscription.publish(i));
    client.stopBatching();
    await Promise.all(published);
    expect(await received).toEqual(subscriptions.map((_, i) => [i]));
  });
});

describe('a client that comes back', () => {
  /** What a subscription is told when it is there again. */
  async function comeBack(client: Centrifuge, subscription: Subscription): Promise<SubscribedContext> {
    const subscribed = new Promise<SubscribedContext>((resolve) => subscription.once('subscribed', resolve));
    client.connect();
    return subscribed;
  }

  it('gets what it missed, once and in order, and goes on from there', async () => {
    const [ada, ben] = [await connect('recover'), await connect('recover')];
    const [adas, bens] = [await subscribe(ada, 'a'), await subscribe(ben, 'a')];
    const first = receive(bens, 1);
    await adas.publish(0);
    await first;
    ben.disconnect();
    for (const data of [1, 2, 3]) await adas.publish(data);
    const missed = receive(bens, 4);
    expect(await comeBack(ben, bens)).toMatchObject({ recovered: true, wasRecovering: true });
    await adas.publish(4);
    expect(await missed).toEqual([1, 2, 3, 4]);
  });

  it('is told so where it missed more than is kept', async () => {
    const [ada, ben] = [await connect('lost'), await connect('lost')];
    const bens = await subscribe(ben, 'small:a');
    ben.disconnect();
    for (const data of [1, 2, 3]) await ada.publish('small:a', data);
    expect(await comeBack(ben, bens)).toMatchObject({ recovered: false, wasRecovering: true });
    const next = receive(bens, 1);
    await ada.publish('small:a', 4);
    expect(await next).toEqual([4]);
  });

  it('gets the newest publication where the channel is a cache', async () => {
    const ada = await connect('cache');
    for (const data of [1, 2, 3]) await ada.publish('cache:a', data);
    const subscription = ada.newSubscription('cache:a', { since: { offset: 0, epoch: '' } });
    const newest = receive(subscription, 1);
    subscription.subscribe();
    expect(await newest).toEqual([3]);
  });
});

describe('a room of several protocols', () => {
  it('takes what a client publishes on its default channel to bare sockets, as text and JSON', async () => {
    const [raw, client] = [await connectRaw('mixed'), await connect('mixed')];
    for (const [data, text] of [
      ['plain', 'plain'],
      [{ a: [1] }, '{"a":[1]}'],
      [5, '5'],
    ]) {
      const arrived = once(raw, 'message');
      await client.publish('main', data);
      expect(String((await arrived)[0])).toBe(text);
    }
  });

  it('takes what bare sockets send to clients: text, JSON and bytes', async () => {
    const [raw, client] = [await connectRaw('mixed2'), await connect('mixed2')];
    const subscription = await subscribe(client, 'main');
    const received = receive(subscription, 5);
    for (const message of ['plain', '{"a":[1]}', '{ not json', '5', Buffer.from([0, 255])]) raw.send(message);
    expect(await received).toEqual(['plain', { a: [1] }, '{ not json', '5', 'AP8=']);
  });
});

describe('what is not of the protocol', () => {
  it.each(['{', '[]', '7', 'hello', '{"id":-1}', '{"id":1,"publish":{"channel":"a","data":1}}', Buffer.from('{}')])(
    'costs the connection: %s',
    async (frame) => {
      const socket = await openSocket('/live/bad/connection/websocket');
      socket.send(frame);
      const [code, reason] = await once(socket, 'close');
      expect([code, String(reason)]).toEqual([3501, 'bad request']);
    },
  );

  it.each([
    ['{"id":2,"subscribe":{}}', 107],
    ['{"id":2,"subscribe":{"channel":7}}', 107],
    ['{"id":2,"publish":{"channel":"a"}}', 107],
    ['{"id":2,"connect":{}}', 107],
    ['{"id":2,"fly":{}}', 104],
  ])('is told so where a command is: %s', async (command, code) => {
    const socket = await openSocket('/live/bad/connection/websocket');
    socket.send(`{"id":1,"connect":{}}\n${command}`);
    const [data] = await once(socket, 'message');
    expect(JSON.parse(String(data).split('\n')[1] ?? '')).toMatchObject({ id: 2, error: { code } });
    socket.terminate();
  });
});
