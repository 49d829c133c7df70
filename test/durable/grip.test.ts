import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SqlSessionStore } from '../../durable/sql-session-store.ts';
import { createApp, type Env } from '../../src/app.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { createSession } from '../../src/grip/session.ts';
import { Client, evict, ROOM } from './client.ts';
import { StreamReader } from './stream-reader.ts';

const { app: APP, control } = inject('grip');
const { GRIP_KEY } = env as unknown as Record<string, string>;
const limits = { minKeepAliveSeconds: 1, retryMs: 500, retryRandomMs: 0, maxRetries: 10 };
const target = { kind: 'grip', url: APP, room: ':room', key: 'GRIP_KEY', publish: 'GRIP_KEY', limits };
const app = createApp(parseConfig({ routes: [{ path: '/:room/*', target }] }));
const UPGRADE = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Each test has a room of its own. */
let room: string;
let opened: Client[];
beforeEach(() => {
  room = crypto.randomUUID();
  opened = [];
});
afterEach(() => {
  for (const { socket } of opened) socket.close(1000);
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return app.fetch(new Request(`https://chat.example.com/${room}${path}`, init), env as unknown as Env);
}

async function connect(query = ''): Promise<Client> {
  const answer = await ask(`/ws?room=${room}${query}`, { headers: UPGRADE });
  const { webSocket } = answer;
  if (!webSocket) throw new Error(`It was answered with ${answer.status}: ${await answer.text()}`);
  const client = new Client(webSocket);
  opened.push(client);
  return client;
}

async function publish(formats: object): Promise<void> {
  const body = JSON.stringify({ items: [{ channel: 'room', formats }] });
  const answer = await ask('/publish/', { method: 'POST', headers: { Authorization: `Bearer ${GRIP_KEY}` }, body });
  expect(await answer.text()).toBe('Published\n');
}

async function told<T>(command: string): Promise<T> {
  return (await fetch(control + command)).json();
}

/** How often the application server was asked about this room. */
const asked = async () => (await told<string[]>('/urls')).filter((url) => url.includes(room)).length;

describe('a room of a GRIP application server that slept', () => {
  it('goes on with its conversations, and what is remembered of them', async () => {
    const ada = await connect('&hello=hi');
    expect(await ada.next()).toBe('hi');
    for (const count of ['1', '2', '3']) {
      ada.send('count');
      expect(await ada.next()).toBe(count);
      await evict(room);
    }
    ada.send('bye 4001');
    expect(await ada.next()).toEqual({ code: 4001, reason: '' });
  });

  it('has its clients on the channels where they were', async () => {
    const [ada, ben] = [await connect('&channel=room'), await connect()];
    ben.send('subscribe room');
    ben.send('subscribed');
    expect(await ben.next()).toBe('subscribed');
    await evict(room);
    await publish({ 'ws-message': { content: 'to both' } });
    expect([await ada.next(), await ben.next()]).toEqual(['to both', 'to both']);
    await evict(room);
    ada.send('unsubscribe room');
    ada.send('unsubscribed');
    expect(await ada.next()).toBe('unsubscribed');
    await evict(room);
    await publish({ 'ws-message': { content: 'to one' } });
    expect(await ben.next()).toBe('to one');
    ada.send('nothing before this');
    expect(await ada.next()).toBe('nothing before this');
  });

  it('tells the application server of a close that wakes it', async () => {
    const ada = await connect();
    await evict(room);
    ada.socket.close(3999);
    expect(await ada.next()).toEqual({ code: 3999, reason: '' });
    await expect.poll(() => told('/ends')).toContain(`${room} closed 3999`);
  });

  it('wakes to keep its connections alive, as the application server asked', async () => {
    await connect('&keep=1');
    await evict(room);
    await expect.poll(asked, { timeout: 5000 }).toBe(2);
    await evict(room);
    await expect.poll(asked, { timeout: 5000 }).toBe(3);
  });

  it('wakes to send an idle client what was left for it', async () => {
    const ada = await connect();
    ada.send('control {"type":"keep-alive","content":"still here","timeout":1}');
    await expect.poll(asked).toBe(2);
    await evict(room);
    expect([await ada.next(), await ada.next()]).toEqual(['still here', 'still here']);
    expect(await asked()).toBe(2);
  });

  it('wakes to tell an application server that was away what came meanwhile', async () => {
    const ada = await connect();
    await told('/kill');
    ada.send('during');
    // It is written once the first attempt has failed.
    await expect.poll(() => waiting()).toBe(1);
    await evict(room);
    await told('/revive');
    expect(await ada.next()).toBe('during');
  });

  it('tells the application server of clients whose connections went with another process', async () => {
    const session = createSession(crypto.randomUUID(), `${APP}/ws?room=${room}`, []);
    session.phase = 'open';
    await runInDurableObject(ROOM.getByName(room), (_, { storage }) =>
      new SqlSessionStore(storage.sql).put(session, null),
    );
    await evict(room);
    const ada = await connect();
    await expect.poll(() => told('/ends')).toContain(`${room} disconnected`);
    expect(await kept()).toHaveLength(1);
    ada.send('hi');
    expect(await ada.next()).toBe('hi');
  });

  it('goes on with requests that are held open', async () => {
    const stream = new StreamReader(await ask('/stream'), '\n');
    expect(await stream.next()).toBe('hello');
    const polled = ask('/poll');
    await expect.poll(async () => (await ROOM.getByName(room).list()).length).toBe(2);
    await evict(room);
    await publish({ 'http-stream': { content: 'new\n' }, 'http-response': { code: 201, body: 'new' } });
    expect(await stream.next()).toBe('new');
    const answer = await polled;
    expect([answer.status, await answer.text()]).toEqual([201, 'new']);
    await evict(room);
    await publish({ 'http-stream': { action: 'close' } });
    expect(await stream.next()).toBeNull();
  });

  it('keeps nothing of a connection that is over', async () => {
    const ada = await connect();
    expect(await kept()).toHaveLength(1);
    ada.send('bye 4001');
    expect(await ada.next()).toMatchObject({ code: 4001 });
    await expect.poll(kept).toEqual([]);
  });
});

/** The ids of what is kept of sessions. */
function kept(): Promise<string[]> {
  return runInDurableObject(ROOM.getByName(room), (_, { storage }) => new SqlSessionStore(storage.sql).ids());
}

/** How many sessions have a time for which they wait. */
function waiting(): Promise<number> {
  const later = Number.MAX_SAFE_INTEGER;
  return runInDurableObject(
    ROOM.getByName(room),
    (_, { storage }) => new SqlSessionStore(storage.sql).dueBy(later).length,
  );
}
