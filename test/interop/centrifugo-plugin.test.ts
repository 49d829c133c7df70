import type { PublicationContext } from 'centrifuge';
import { describe, expect, it } from 'vitest';
import { Arrivals } from '../support/arrivals.ts';
import { connectTo, receive, router, setUpClients, subscribe } from '../support/centrifugo.ts';
import { callServer } from '../support/server-api.ts';
import { signToken } from '../support/tokens-for-table.ts';

setUpClients();

/** A connection of the plug-in's own, which hears what it broadcasts. */
async function open(path: string): Promise<Arrivals> {
  const client = new Arrivals(`ws://${router.host}${path}`);
  for (const _ of ['hello', 'second']) await client.next();
  return client;
}

describe('a stock client in the room of a plug-in', () => {
  it('gets what onRpc answers, or its error', async () => {
    const client = await connectTo('/probe/rpc');
    expect(await client.rpc('echo', { a: 1 })).toEqual({ data: { room: 'probe/rpc', data: { a: 1 } } });
    await expect(client.rpc('refuse', {})).rejects.toMatchObject({ code: 1234, message: 'not today' });
    await expect(client.rpc('throw', {})).rejects.toMatchObject({ code: 100 });
    expect(await client.rpc('nothing', {})).toEqual({ data: null });
  });

  it('is told to onRpc as who it is', async () => {
    const client = await connectTo('/guarded/rpc', { query: `?token=${await signToken({ sub: 'ben' })}` });
    expect(await client.rpc('who', {})).toEqual({ data: 'ben' });
  });

  it('sends to onSend', async () => {
    const [client, ada] = [await connectTo('/probe/send'), await open('/probe/send')];
    await client.send({ a: 1 });
    expect(await ada.next()).toBe('sent {"a":1}');
  });

  it('publishes what onPublish has seen, and not what it refuses', async () => {
    const [client, ada] = [await connectTo('/probe/veto'), await open('/probe/veto')];
    const subscription = await subscribe(client, 'news');
    const heard: unknown[] = [];
    subscription.on('publication', ({ data }: PublicationContext) => heard.push(data));
    await expect(subscription.publish('no')).rejects.toMatchObject({ code: 103 });
    await subscription.publish('yes');
    expect([await ada.next(), await ada.next()]).toEqual(['publishes "no" on news', 'publishes "yes" on news']);
    await expect.poll(() => heard).toEqual(['yes']);
  });

  it('gets what the plug-in publishes', async () => {
    const [client, ada] = [await connectTo('/probe/publish'), await open('/probe/publish')];
    const publication = receive(await subscribe(client, 'main'), 1);
    ada.send('publish hello');
    expect([await publication, await ada.next()]).toEqual([['hello'], 'published hello']);
  });

  it('is published to by the server API without asking the plug-in', async () => {
    const [client, ada] = [await connectTo('/probe/api'), await open('/probe/api')];
    const publication = receive(await subscribe(client, 'news'), 1);
    await callServer(`${router.host}/probe/api`, 'publish', { channel: 'news', data: 'no' });
    expect(await publication).toEqual(['no']);
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
  });
});
