/** Centrifugo's stock clients and a router for them, which a file's tests share. */
import { type EventEmitter, once } from 'node:events';
import {
  Centrifuge,
  type Options,
  type PublicationContext,
  type Subscription,
  type SubscriptionOptions,
} from 'centrifuge';
import { afterAll, afterEach, beforeAll } from 'vitest';
import WebSocket from 'ws';
import { type Router, startRouter } from './router.ts';
import { SECRETS } from './tokens-for-table.ts';

export let router: Router;
let clients: Centrifuge[] = [];

/** Runs a router with the table of tests while a file's tests run. After each of them its clients leave. */
export function setUpClients(): void {
  beforeAll(async () => {
    router = await startRouter('test', SECRETS);
  });
  afterEach(() => {
    for (const client of clients) client.disconnect();
    clients = [];
  });
  afterAll(() => router?.stop());
}

/** Has a client leave after the test. */
export function keep(client: Centrifuge): Centrifuge {
  clients.push(client);
  return client;
}

/** A client in the room of a path, which has not connected yet. It comes back without waiting long. */
export function createClient(
  path: string,
  { query = '', ...options }: Partial<Options> & { query?: string } = {},
): Centrifuge {
  const url = `ws://${router.host}${path}/connection/websocket${query}`;
  return keep(new Centrifuge(url, { websocket: WebSocket, minReconnectDelay: 1, maxReconnectDelay: 10, ...options }));
}

export async function connectTo(...[path, options]: Parameters<typeof createClient>): Promise<Centrifuge> {
  const client = createClient(path, options);
  client.connect();
  await client.ready();
  return client;
}

export async function subscribe(
  client: Centrifuge,
  channel: string,
  options: Partial<SubscriptionOptions> = {},
): Promise<Subscription> {
  const subscription = client.getSubscription(channel) ?? client.newSubscription(channel, options);
  subscription.subscribe();
  await subscription.ready();
  return subscription;
}

/** A bare WebSocket of a path. */
export async function openSocket(path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}${path}`);
  await once(socket, 'open');
  return socket;
}

/** What comes with the next event of that name. */
export function next<T>(emitter: Centrifuge | Subscription, name: string): Promise<T> {
  return new Promise((resolve) => (emitter as unknown as EventEmitter).once(name, resolve));
}

/** The data of the next `count` publications. */
export function receive(subscription: Subscription, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const received: unknown[] = [];
    subscription.on('publication', function take({ data }: PublicationContext) {
      received.push(data);
      if (received.length < count) return;
      subscription.off('publication', take);
      resolve(received);
    });
  });
}
