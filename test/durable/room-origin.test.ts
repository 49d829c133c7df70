import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, inject, it } from 'vitest';
import type { ResolvedRoomOrigin } from '../../src/config/room-origin.ts';
import { createOriginSettings } from '../support/manual-origin.ts';
import { type Client, connect, evict, ROOM } from './client.ts';

const UP = '{"origin":"up"}';
const DOWN = '{"origin":"down"}';
const base = `http://127.0.0.1:${inject('farOrigin')}`;

/** A bare socket in a room whose origin is at the path of the room's name, and waits long once it has failed. */
function join(room: string, changes: Partial<ResolvedRoomOrigin> = {}): Promise<Client> {
  const given = { url: `${base}/:room`, room: ':room', announce: true, minRetryMs: 3_600_000, maxRetryMs: 3_600_000 };
  return connect(room, {}, null, { application: createOriginSettings({ ...given, ...changes }) });
}

/** The first member of a room whose origin does not take its connection. */
async function joinAlone(room: string, changes: Partial<ResolvedRoomOrigin> = {}): Promise<Client> {
  await setOrigin(room, 'shut');
  const member = await join(room, changes);
  expect(await member.next()).toBe(DOWN);
  return member;
}

async function setOrigin(room: string, state: 'open' | 'shut'): Promise<void> {
  await fetch(`${base}/${room}`, { method: state === 'open' ? 'PUT' : 'DELETE' });
}

/** What arrives next, and then. */
async function next(client: Client, count: number): Promise<unknown[]> {
  const arrived: unknown[] = [];
  for (let i = 0; i < count; i++) arrived.push(await client.next());
  return arrived;
}

/** What a room keeps, of what has this name. */
function kept<T>(room: string, name: string): Promise<T[]> {
  return runInDurableObject(ROOM.getByName(room), (_, { storage }) =>
    [...storage.kv.list<T>({ prefix: `origin/${name}` })].map(([, value]) => value),
  );
}

/** Sends a message to a room without its origin, and lets it fall asleep when the message waits. */
async function sendAndSleep(from: Client, room: string, message: string | ArrayBuffer): Promise<void> {
  const { length } = await kept(room, 'queue/');
  from.send(message);
  await expect.poll(() => kept(room, 'queue/')).toHaveLength(length + 1);
  await evict(room);
}

/** Lets the time come at which a room may dial again. */
async function letTimeCome(room: string): Promise<void> {
  await runInDurableObject(ROOM.getByName(room), (_, { storage }) => {
    storage.kv.put('origin/retry', { ...storage.kv.get<object>('origin/retry'), at: 0 });
  });
}

it('dials its origin when it wakes with members, and says so', async () => {
  const ada = await joinAlone('awake');
  await setOrigin('awake', 'open');
  await letTimeCome('awake');
  await evict('awake');
  ada.send('good morning');
  expect(await next(ada, 2)).toEqual([UP, 'good morning']);
});

it('sleeps while its origin is gone, and what waits is sent once it is back: in order, and once', async () => {
  const ada = await joinAlone('gone');
  const bytes = new Uint8Array([0, 255]).buffer;
  for (const message of ['one', bytes, 'three']) await sendAndSleep(ada, 'gone', message);
  const ben = await join('gone');
  expect(await ben.next()).toBe(DOWN);
  await setOrigin('gone', 'open');
  await letTimeCome('gone');
  await evict('gone');
  await runDurableObjectAlarm(ROOM.getByName('gone'));
  for (const member of [ada, ben]) expect(await next(member, 4)).toEqual([UP, 'one', bytes, 'three']);
  ben.send('four');
  for (const member of [ada, ben]) expect(await member.next()).toBe('four');
  expect(await kept('gone', 'queue/')).toEqual([]);
});

it('counts what waits also after it slept', async () => {
  const ada = await joinAlone('tight', { maxQueuedBytes: 2 * 129 });
  for (const message of ['a', 'b']) await sendAndSleep(ada, 'tight', message);
  ada.send('c');
  expect(await ada.next()).toEqual({ code: 1013, reason: 'origin unavailable' });
});

it('sends what waits also where the close of its last member wakes it', async () => {
  const ada = await joinAlone('last');
  await sendAndSleep(ada, 'last', 'last words');
  await letTimeCome('last');
  await evict('last');
  await setOrigin('last', 'open');
  ada.socket.close(1000);
  expect(await ada.next()).toMatchObject({ code: 1000 });
  await expect.poll(() => kept('last', 'queue/')).toEqual([]);
  // Given up it would have failed once more.
  expect(await kept('last', 'retry')).toMatchObject([{ failures: 1 }]);
});

it('gives up an origin from which nothing comes, also after it slept', async () => {
  const ada = await join('silent', { idleMs: 50 });
  expect(await next(ada, 2)).toEqual([UP, DOWN]);
  await letTimeCome('silent');
  await evict('silent');
  await join('silent', { idleMs: 50 });
  expect(await next(ada, 2)).toEqual([UP, DOWN]);
});

it('goes over to another origin when the route table says so, and back to none', async () => {
  const ada = await join('moved');
  expect(await ada.next()).toBe(UP);
  await setOrigin('elsewhere', 'shut');
  const ben = await join('moved', { url: `${base}/elsewhere` });
  for (const member of [ada, ben]) expect(await member.next()).toBe(DOWN);
  const cy = await connect('moved');
  ada.send('among us');
  for (const member of [ben, cy]) expect(await member.next()).toBe('among us');
});
