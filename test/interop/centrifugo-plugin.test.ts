import { Centrifuge, type PublicationContext } from 'centrifuge';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Arrivals } from '../support/arrivals.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let router: Router;
let clients: Centrifuge[] = [];
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
});
afterEach(() => {
  for (const client of clients) client.disconnect();
  clients = [];
});
afterAll(() => router.stop());

/** A stock client in a room of the plug-in's. */
async function connect(path: string, query = ''): Promise<Centrifuge> {
  const client = new Centrifuge(`ws://${router.host}${path}/connection/websocket${query}`, { websocket: WebSocket });
  clients.push(client);
  client.connect();
  await client.ready();
  return client;
}

/** A connection of the plug-in's own, which hears what it broadcasts. */
async function open(path: string): Promise<Arrivals> {
  const client = new Arrivals(`ws://${router.host}${path}`);
  for (const _ of ['hello', 'second']) await client.next();
  return client;
}

describe('a stock client in the room of a plug-in', () => {
  it('gets what onRpc answers, or its error', async () => {
    const client = await connect('/probe/rpc');
    expect(await client.rpc('echo', { a: 1 })).toEqual({ data: { room: 'probe/rpc', data: { a: 1 } } });
    await expect(client.rpc('refuse', {})).rejects.toMatchObject({ code: 1234, message: 'not today' });
    await expect(client.rpc('throw', {})).rejects.toMatchObject({ code: 100 });
    expect(await client.rpc('nothing', {})).toEqual({ data: null });
  });

  it('is told to onRpc as who it is', async () => {
    const client = await connect('/guarded/rpc', `?token=${await signToken({ sub: 'ben' })}`);
    expect(await client.rpc('who', {})).toEqual({ data: 'ben' });
  });

  it('sends to onSend', async () => {
    const [client, ada] = [await connect('/probe/send'), await open('/probe/send')];
    await client.send({ a: 1 });
    expect(await ada.next()).toBe('sent {"a":1}');
  });

  it('publishes what onPublish has seen, and not what it refuses', async () => {
    const [client, ada] = [await connect('/probe/veto'), await open('/probe/veto')];
    const subscription = client.newSubscription('news');
    const heard: unknown[] = [];
    subscription.on('publication', ({ data }: PublicationContext) => heard.push(data));
    subscription.subscribe();
    await subscription.ready();
    await expect(subscription.publish('no')).rejects.toMatchObject({ code: 103 });
    await subscription.publish('yes');
    expect([await ada.next(), await ada.next()]).toEqual(['publishes "no" on news', 'publishes "yes" on news']);
    await expect.poll(() => heard).toEqual(['yes']);
  });

  it('gets what the plug-in publishes', async () => {
    const [client, ada] = [await connect('/probe/publish'), await open('/probe/publish')];
    const subscription = client.newSubscription('main');
    const publication = new Promise<unknown>((resolve) => subscription.on('publication', ({ data }) => resolve(data)));
    subscription.subscribe();
    await subscription.ready();
    ada.send('publish hello');
    expect([await publication, await ada.next()]).toEqual(['hello', 'published hello']);
  });

  it('is published to by the server API without asking the plug-in', async () => {
    const [client, ada] = [await connect('/probe/api'), await open('/probe/api')];
    const subscription = client.newSubscription('news');
    const publication = new Promise<unknown>((resolve) => subscription.on('publication', ({ data }) => resolve(data)));
    subscription.subscribe();
    await subscription.ready();
    await fetch(`http://${router.host}/probe/api/api/publish`, {
      method: 'POST',
      headers: { 'X-API-Key': 'new-key' },
      body: JSON.stringify({ channel: 'news', data: 'no' }),
    });
    expect(await publication).toBe('no');
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
  });
});
