import {
  type Centrifuge,
  type ConnectedContext,
  type DisconnectedContext,
  type JoinContext,
  type PublicationContext,
  type ServerSubscribedContext,
  type SubscribedContext,
  UnauthorizedError,
} from 'centrifuge';
import { describe, expect, it } from 'vitest';
import { connectTo, createClient, next, router, setUpClients, subscribe } from '../support/centrifugo.ts';
import { callServer } from '../support/server-api.ts';
import { signToken } from '../support/tokens-for-table.ts';

setUpClients();

const connect = async (path: string, claims: object = {}) => connectTo(path, { token: await signToken({ ...claims }) });

async function call(path: string, name: string, params: object): Promise<unknown> {
  return (await callServer(`${router.host}${path}`, name, params)).reply;
}

/** A time so many seconds from now, as tokens and the server API have it. The client renews after a whole second at the earliest. */
const inSeconds = (seconds: number) => Date.now() / 1000 + seconds;

describe('a client with a token', () => {
  it('is who the token says: in presence, join and publications', async () => {
    const path = '/tokens/who';
    const watcher = await subscribe(await connect(path, { sub: 'ben' }), 'a');
    const [joined, published] = [next<JoinContext>(watcher, 'join'), next<PublicationContext>(watcher, 'publication')];
    const ada = createClient(path, { token: await signToken({ info: { name: 'Ada' } }) });
    const connected = next<ConnectedContext>(ada, 'connected');
    ada.connect();
    const { client } = await connected;
    const channelInfo = { token: await signToken({ channel: 'a', info: { seat: 7 } }) };
    const subscription = await subscribe(ada, 'a', channelInfo);
    const who = { user: 'ada', client, connInfo: { name: 'Ada' }, chanInfo: { seat: 7 } };
    expect((await joined).info).toEqual(who);
    await subscription.publish('x');
    expect((await published).info).toEqual(who);
    expect((await watcher.presence()).clients[client]).toMatchObject(who);
  });

  it.each([
    ['signed by somebody else', async () => `${(await signToken()).slice(0, -4)}AAAA`],
    ['that is for a channel', () => signToken({ channel: 'a' })],
    ['that is none', async () => 'nonsense'],
  ])('%s is disconnected, and stays away', async (_, make) => {
    const client = createClient('/tokens/bad', { token: await make() });
    const disconnected = next<DisconnectedContext>(client, 'disconnected');
    client.connect();
    expect(await disconnected).toEqual({ code: 3500, reason: 'invalid token' });
  });

  it('is refused without one where one is required', async () => {
    const client = createClient('/tokens/none');
    const disconnected = next<DisconnectedContext>(client, 'disconnected');
    client.connect();
    expect(await disconnected).toEqual({ code: 101, reason: 'unauthorized' });
  });

  it('gets another one where its own has expired', async () => {
    const tokens = [signToken({ sub: 'ada' })];
    const client = createClient('/tokens/expired', {
      token: await signToken({ exp: inSeconds(-60) }),
      getToken: () => tokens.pop() ?? Promise.reject(new UnauthorizedError('')),
    });
    client.connect();
    await client.ready();
    expect(tokens).toEqual([]);
  });

  it('renews it when it expires, on the same connection', async () => {
    const path = '/tokens/renews';
    const states: string[] = [];
    // A client that asks for a second renewal has been told that the first one was good.
    const client = await new Promise<Centrifuge>((resolve) => {
      let renewals = 0;
      const client = createClient(path, {
        async getToken() {
          if (renewals === 2) resolve(client);
          return signToken({ exp: inSeconds(++renewals > 2 ? 60 : 0.5) });
        },
      });
      client.on('state', ({ newState }) => states.push(newState));
      client.connect();
    });
    await (await subscribe(client, 'a')).publish('after two renewals');
    expect(states).toEqual(['connecting', 'connected']);
  });

  it('that may not have another one stops by itself', async () => {
    const client = createClient('/tokens/unauthorized', {
      getToken: () => Promise.reject(new UnauthorizedError('')),
    });
    const disconnected = next<DisconnectedContext>(client, 'disconnected');
    client.connect();
    expect(await disconnected).toEqual({ code: 1, reason: 'unauthorized' });
  });

  it('need not be somebody where that is allowed', async () => {
    const path = '/guests/lobby';
    const guest = createClient(path);
    const connected = next<ConnectedContext>(guest, 'connected');
    guest.connect();
    const subscription = await subscribe(guest, 'a');
    const nobody = await connect(path, { sub: undefined, info: 'guest' });
    await subscribe(nobody, 'a');
    const { clients: present } = await subscription.presence();
    const { client } = await connected;
    expect(present[client]).toMatchObject({ user: '', client });
    expect(Object.values(present).map(({ user, connInfo }) => [user, connInfo])).toEqual([
      ['', undefined],
      ['', 'guest'],
    ]);
  });
});

describe('a private channel', () => {
  const channel = 'private:a';

  it('is refused without a token for it', async () => {
    const subscription = (await connect('/tokens/private')).newSubscription(channel);
    const unsubscribed = next(subscription, 'unsubscribed');
    subscription.subscribe();
    expect(await unsubscribed).toMatchObject({ code: 103, reason: 'permission denied' });
  });

  it('is there for who gets a token for it, again for each channel', async () => {
    const client = await connect('/tokens/get');
    const asked: string[] = [];
    const getToken = async ({ channel }: { channel: string }) => {
      asked.push(channel);
      return signToken({ channel });
    };
    await subscribe(client, channel, { getToken });
    await subscribe(client, 'private:b', { getToken });
    expect(asked).toEqual([channel, 'private:b']);
  });

  it.each([
    ['another user', { sub: 'eve' }],
    ['another channel', { channel: 'private:b' }],
  ])('is refused with a token for %s', async (_, claims) => {
    const token = await signToken({ channel, ...claims });
    const subscription = (await connect('/tokens/others')).newSubscription(channel, { token });
    const unsubscribed = next(subscription, 'unsubscribed');
    subscription.subscribe();
    expect(await unsubscribed).toMatchObject({ code: 103 });
  });

  it('is left by who may not have a token', async () => {
    const getToken = () => Promise.reject(new UnauthorizedError(''));
    const subscription = (await connect('/tokens/may-not')).newSubscription(channel, { getToken });
    const unsubscribed = next(subscription, 'unsubscribed');
    subscription.subscribe();
    expect(await unsubscribed).toMatchObject({ code: 1, reason: 'unauthorized' });
  });

  it('stays while its token is renewed', async () => {
    const path = '/tokens/sub-renews';
    const client = await connect(path);
    const renewedTwice = Promise.withResolvers<void>();
    let renewals = 0;
    const subscription = await subscribe(client, channel, {
      async getToken() {
        if (renewals === 2) renewedTwice.resolve();
        return signToken({ channel, exp: inSeconds(++renewals > 2 ? 60 : 0.5) });
      },
    });
    const states: string[] = [];
    subscription.on('state', ({ newState }) => states.push(newState));
    await renewedTwice.promise;
    const published = next<PublicationContext>(subscription, 'publication');
    await client.publish(channel, 'after two renewals');
    expect((await published).data).toBe('after two renewals');
    expect(states).toEqual([]);
  });
});

describe('a subscription that the server makes', () => {
  it('comes with the token, and is recovered by a client that comes back', async () => {
    const path = '/tokens/claims';
    const claims = { channels: ['a'], subs: { 'private:b': { info: 1 } } };
    const client = createClient(path, { token: await signToken(claims) });
    const subscribed: string[] = [];
    client.on('subscribed', ({ channel }) => subscribed.push(channel));
    client.connect();
    await client.ready();
    expect(subscribed.sort()).toEqual(['a', 'private:b']);

    client.disconnect();
    expect(await call(path, 'publish', { channel: 'a', data: 'missed' })).toHaveProperty('result');
    const [again, published] = [
      new Promise<ServerSubscribedContext>((resolve) =>
        client.on('subscribed', (context) => context.channel === 'a' && resolve(context)),
      ),
      next<PublicationContext>(client, 'publication'),
    ];
    client.connect();
    expect(await again).toMatchObject({ wasRecovering: true, recovered: true });
    expect(await published).toMatchObject({ channel: 'a', data: 'missed', offset: 1 });
  });

  it('comes and goes by the server API', async () => {
    const path = '/tokens/api';
    const client = await connect(path);
    const subscribed = next<ServerSubscribedContext>(client, 'subscribed');
    expect(await call(path, 'subscribe', { user: 'ada', channel: 'private:b' })).toEqual({ result: {} });
    expect(await subscribed).toMatchObject({ channel: 'private:b' });
    const published = next<PublicationContext>(client, 'publication');
    await call(path, 'publish', { channel: 'private:b', data: 1 });
    expect(await published).toMatchObject({ channel: 'private:b', data: 1 });
    const unsubscribed = next(client, 'unsubscribed');
    await call(path, 'unsubscribe', { user: 'ada', channel: 'private:b' });
    expect(await unsubscribed).toEqual({ channel: 'private:b' });
  });
});

describe('the server API', () => {
  it('takes a client off a channel that it subscribed to by itself', async () => {
    const path = '/tokens/off';
    const subscription = await subscribe(await connect(path), 'a');
    const unsubscribed = next(subscription, 'unsubscribed');
    await call(path, 'unsubscribe', { user: 'ada', channel: 'a' });
    expect(await unsubscribed).toMatchObject({ code: 2000, reason: 'server unsubscribe' });
  });

  it('ends a connection, which comes back', async () => {
    const path = '/tokens/refresh';
    const client = await connect(path);
    const [connecting, connected] = [next(client, 'connecting'), next(client, 'connected')];
    expect(await call(path, 'refresh', { user: 'ada', expired: true })).toEqual({ result: {} });
    expect(await connecting).toMatchObject({ code: 3005, reason: 'connection expired' });
    await connected;
  });

  it('lets a connection go on, which hears of it and is not disturbed', async () => {
    const path = '/tokens/prolong';
    const client = await connect(path, { exp: inSeconds(60) });
    const reply = await call(path, 'refresh', { user: 'ada', expire_at: Math.ceil(inSeconds(3600)) });
    expect(reply).toEqual({ result: {} });
    expect(await (await subscribe(client, 'a')).publish('x')).toEqual({});
  });

  it('ends a subscription that it made in its time', async () => {
    const path = '/tokens/time';
    const client = await connect(path);
    const [subscribed, unsubscribed] = [next<SubscribedContext>(client, 'subscribed'), next(client, 'unsubscribed')];
    await call(path, 'subscribe', { user: 'ada', channel: 'a', expire_at: Math.ceil(inSeconds(0)) });
    expect(await subscribed).toMatchObject({ channel: 'a' });
    expect(await unsubscribed).toEqual({ channel: 'a' });
  });
});
