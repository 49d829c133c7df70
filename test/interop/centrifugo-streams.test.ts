import { once } from 'node:events';
import { Centrifuge, type Options, type PublicationContext } from 'centrifuge';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { keep, next, openSocket, receive, router, setUpClients, subscribe } from '../support/centrifugo.ts';
import { startRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { signToken } from '../support/tokens-for-table.ts';

setUpClients();

let relay: TcpRelay;
beforeAll(async () => {
  relay = await startRelay(router.port);
});
afterAll(() => relay?.stop());

type Transport = 'http_stream' | 'sse';
const TRANSPORTS: Transport[] = ['http_stream', 'sse'];

/** A stock client that has nothing but these transports. */
function createClient(
  transports: readonly ('websocket' | Transport)[],
  base: string,
  { query = '', ...options }: Partial<Options> & { query?: string } = {},
): Centrifuge {
  const endpoints = transports.map((transport) => {
    const scheme = transport === 'websocket' ? 'ws' : 'http';
    return { transport, endpoint: `${scheme}://${base}/connection/${transport}${query}` };
  });
  return keep(
    new Centrifuge(endpoints, {
      websocket: WebSocket,
      eventsource: EventSource,
      emulationEndpoint: `http://${base}/emulation`,
      minReconnectDelay: 10,
      maxReconnectDelay: 50,
      ...options,
    }),
  );
}

async function connect(transport: Transport, room: string): Promise<Centrifuge> {
  const client = createClient([transport], `${router.host}/live/${room}`);
  client.connect();
  await client.ready();
  return client;
}

describe.each(TRANSPORTS)('a client over %s', (transport) => {
  it('publishes to everybody on a channel, itself included', async () => {
    const [ada, ben] = [await connect(transport, 'talk'), await connect(transport, 'talk')];
    const [adas, bens] = [await subscribe(ada, 'a'), await subscribe(ben, 'a')];
    const received = Promise.all([receive(adas, 2), receive(bens, 2)]);
    await adas.publish({ text: 'héllo 🙂', nested: [1, null, { a: 'line\nfeed' }] });
    await bens.publish('just text');
    const both = [{ text: 'héllo 🙂', nested: [1, null, { a: 'line\nfeed' }] }, 'just text'];
    expect(await received).toEqual([both, both]);
  });

  it('speaks with bare sockets in its room', async () => {
    const raw = await openSocket(`/live/mixed-${transport}`);
    const subscription = await subscribe(await connect(transport, `mixed-${transport}`), 'main');
    const received = receive(subscription, 1);
    raw.send('from a socket');
    expect(await received).toEqual(['from a socket']);
    const arrived = once(raw, 'message');
    await subscription.publish({ a: 1 });
    expect(String((await arrived)[0])).toBe('{"a":1}');
    raw.terminate();
  });

  it('asks who is there and what was said, and is told what it can not do', async () => {
    const [ada, ben] = [await connect(transport, `ask-${transport}`), await connect(transport, `ask-${transport}`)];
    const subscription = await subscribe(ada, 'a');
    await subscribe(ben, 'a');
    await subscription.publish(1);
    expect(await subscription.presenceStats()).toEqual({ numClients: 2, numUsers: 1 });
    expect((await subscription.history({ limit: 10 })).publications.map(({ data }) => data)).toEqual([1]);
    await expect(ada.publish('nowhere:a', 1)).rejects.toMatchObject({ code: 102 });
    await expect(ada.rpc('method', {})).rejects.toMatchObject({ code: 108 });
  });

  it('sends more at once than fits in a frame of its own', async () => {
    const [ada, ben] = [await connect(transport, 'many'), await connect(transport, 'many')];
    const received = receive(await subscribe(ben, `plain:${transport}`), 100);
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => ada.publish(`plain:${transport}`, { i, text: 'x'.repeat(1000) })),
    );
    const numbers = (await received).map((data) => (data as { i: number }).i);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('gets what it missed when its connection broke, once and in order', async () => {
    const ada = await connect(transport, `broken-${transport}`);
    const ben = createClient([transport], `${relay.host}/live/broken-${transport}`, { minReconnectDelay: 300 });
    ben.connect();
    const bens = await subscribe(ben, 'a');
    const first = receive(bens, 1);
    await ada.publish('a', 0);
    await first;
    const lost = next(ben, 'connecting');
    relay.breakAll();
    await lost;
    const missed = receive(bens, 4);
    for (const data of [1, 2, 3]) await ada.publish('a', data);
    const again = new Promise((resolve) => bens.once('subscribed', resolve));
    expect(await again).toMatchObject({ recovered: true, wasRecovering: true });
    await ada.publish('a', 4);
    expect(await missed).toEqual([1, 2, 3, 4]);
  });

  it('comes back after a disconnect that says so, and stays away after one that does not', async () => {
    const room = `ended-${transport}`;
    const client = await connect(transport, room);
    await subscribe(client, 'a');
    const disconnect = async (reconnect: boolean) => {
      const [connectionId] = Object.keys((await client.presence('a')).clients);
      const answer = await fetch(`http://${router.host}/api/rooms/live%2F${room}/disconnect`, {
        method: 'POST',
        headers: { Authorization: 'Bearer new-key' },
        body: JSON.stringify({ connectionId, reconnect }),
      });
      expect(await answer.json()).toEqual({ disconnected: 1 });
    };
    const [connecting, connected] = [next<{ code: number }>(client, 'connecting'), next(client, 'connected')];
    await disconnect(true);
    expect((await connecting).code).toBe(3011);
    await connected;
    await subscribe(client, 'a');
    const disconnected = next<{ code: number }>(client, 'disconnected');
    await disconnect(false);
    expect((await disconnected).code).toBe(3503);
  });

  it('reconnects at once where its session is gone', async () => {
    const client = createClient([transport], `${router.host}/live/gone-${transport}`, {
      // What is sent goes to a room that knows nothing of it.
      emulationEndpoint: `http://${router.host}/live/other/emulation`,
    });
    client.connect();
    await client.ready();
    const connecting = next<{ reason: string }>(client, 'connecting');
    client.publish('a', 1).catch(() => {});
    expect((await connecting).reason).toBe('transport closed');
  });

  it('shows who it is by a token, and is refused without one', async () => {
    const base = `${router.host}/tokens/${transport}`;
    const stranger = createClient([transport], base);
    const disconnected = next<{ code: number }>(stranger, 'disconnected');
    stranger.connect();
    expect((await disconnected).code).toBe(101);
    const client = createClient([transport], base, { token: await signToken({ sub: 'ada' }) });
    client.connect();
    const subscription = await subscribe(client, 'a');
    expect(Object.values((await subscription.presence()).clients)).toMatchObject([{ user: 'ada' }]);
  });

  it('shows who it is where the route wants to know', async () => {
    const token = await signToken({ sub: 'ada' });
    const base = `${router.host}/members/${transport}`;
    // A request without an Origin comes from no browser, and this route takes none.
    const headers = { Origin: `http://${router.host}` };
    const withOrigin: typeof fetch = (input, init) =>
      fetch(input, { ...init, headers: { ...init?.headers, ...headers } });
    const client = createClient([transport], base, {
      query: `?token=${token}`,
      fetch: withOrigin,
      eventsource: class extends EventSource {
        constructor(url: string) {
          super(url, { fetch: (input, init) => withOrigin(input, init) });
        }
      },
    });
    client.connect();
    await client.ready();
    const subscription = await subscribe(client, 'a');
    const published = new Promise<PublicationContext>((resolve) => subscription.on('publication', resolve));
    await subscription.publish(1);
    expect((await published).info).toMatchObject({ user: 'ada' });
  });
});

it.each(TRANSPORTS)('a client falls back to %s where WebSockets come to nothing', async (transport) => {
  const client = createClient(['websocket', transport], `${router.host}/live/fallback`);
  const blocked = createClient(['websocket', transport], `${router.host}/live/fallback`, {
    websocket: class extends WebSocket {
      constructor() {
        // A proxy that lets no upgrade through.
        super(`ws://${router.host}/nothing`);
      }
    },
  });
  const transports = [
    next<{ transport: string }>(client, 'connected'),
    next<{ transport: string }>(blocked, 'connected'),
  ];
  client.connect();
  blocked.connect();
  expect((await Promise.all(transports)).map((context) => context.transport)).toEqual(['websocket', transport]);
  const received = receive(await subscribe(client, 'plain:a'), 1);
  await blocked.publish('plain:a', 'hello');
  expect(await received).toEqual(['hello']);
});
