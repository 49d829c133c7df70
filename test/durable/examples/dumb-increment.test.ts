import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS } from '../../../src/config/channels.ts';
import { ask, type Client, connect, evict, ROOM } from '../client.ts';
import { join, refusalOf, settingsOf } from './join.ts';

afterEach(() => void vi.useRealTimers());

const headers = { 'Sec-WebSocket-Protocol': 'other, dumb-increment-protocol' };

async function take(client: Client, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push(await client.next());
  return taken;
}

it.each<HeadersInit>([{}, { 'Sec-WebSocket-Protocol': 'other' }])('refuses who offers %j', async (offer) => {
  const refusal = [403, 'Offer dumb-increment-protocol.\n'];
  expect(await refusalOf('dumb-increment', { headers: offer })).toEqual(refusal);
});

it('chooses its subprotocol', async () => {
  const asked = new Request('https://example.com/', { headers });
  const changes = { protocol: 'application' } as const;
  const answer = await ask('chosen', changes, null, settingsOf('dumb-increment'), asked);
  expect(answer.headers.get('Sec-WebSocket-Protocol')).toBe('dumb-increment-protocol');
  answer.webSocket?.accept();
  answer.webSocket?.close(1000);
});

it('counts for each connection by itself', async () => {
  const ada = await join('dumb-increment', 'each', { headers });
  expect(await take(ada, 3)).toEqual(['0', '1', '2']);
  const ben = await join('dumb-increment', 'each', { headers });
  expect(await take(ben, 2)).toEqual(['0', '1']);
  expect(await take(ada, 2)).toEqual(['3', '4']);
  for (const client of [ada, ben]) client.socket.close(1000);
});

it('goes back to zero for "reset\\n", and for nothing else', async () => {
  const ada = await join('dumb-increment', 'reset', { headers });
  expect(await take(ada, 2)).toEqual(['0', '1']);
  const bytes = Uint8Array.from('reset\n', (letter) => letter.charCodeAt(0)).buffer;
  for (const other of ['reset', 'reset\r\n', 'RESET\n', bytes]) ada.send(other);
  expect(await take(ada, 3)).toEqual(['2', '3', '4']);
  ada.send('reset\n');
  expect(await take(ada, 2)).toEqual(['0', '1']);
  ada.socket.close(1000);
});

describe('in a room that lost its timer with its memory', () => {
  // The runtime lets no object go that has a timer, so the test keeps them itself.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }));

  async function tick(room: string, times: number): Promise<void> {
    await runInDurableObject(ROOM.getByName(room), () => void vi.advanceTimersByTime(50 * times));
  }

  async function lose(room: string): Promise<void> {
    await evict(room);
    vi.clearAllTimers();
  }

  it('goes on where it was when its alarm rings', async () => {
    const ada = await join('dumb-increment', 'alarm', { headers });
    await tick('alarm', 3);
    expect(await take(ada, 3)).toEqual(['0', '1', '2']);
    await lose('alarm');
    vi.setSystemTime(Date.now() + 10_000);
    expect(await runDurableObjectAlarm(ROOM.getByName('alarm'))).toBe(true);
    await tick('alarm', 2);
    expect(await take(ada, 2)).toEqual(['3', '4']);
  });

  it('goes on where it was when the end of somebody wakes it', async () => {
    const [ada, ben] = [
      await join('dumb-increment', 'end', { headers }),
      await join('dumb-increment', 'end', { headers }),
    ];
    await tick('end', 2);
    expect(await take(ada, 2)).toEqual(['0', '1']);
    expect(await take(ben, 2)).toEqual(['0', '1']);
    await lose('end');
    ben.socket.close(1000);
    expect(await ben.next()).toEqual({ code: 1000, reason: '' });
    await tick('end', 2);
    expect(await take(ada, 2)).toEqual(['2', '3']);
  });
});

it('keeps its one timer when the table says something new of the room', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const ada = await join('dumb-increment', 'table', { headers });
  const settings = { ...settingsOf('dumb-increment'), namespaces: { news: DEFAULT_CHANNEL_OPTIONS } };
  const asked = new Request('https://example.com/', { headers });
  const ben = await connect('table', { protocol: 'application' }, null, settings, asked);
  expect(vi.getTimerCount()).toBe(1);
  await runInDurableObject(ROOM.getByName('table'), () => void vi.advanceTimersByTime(100));
  for (const client of [ada, ben]) expect(await take(client, 2)).toEqual(['0', '1']);
});

it('keeps no room awake that nobody is in', async () => {
  const ada = await join('dumb-increment', 'empty', { headers });
  expect(await take(ada, 1)).toEqual(['0']);
  ada.socket.close(1000);
  let last: unknown;
  do last = await ada.next();
  while (typeof last === 'string');
  expect(last).toEqual({ code: 1000, reason: '' });
  await runDurableObjectAlarm(ROOM.getByName('empty'));
  expect(await runDurableObjectAlarm(ROOM.getByName('empty'))).toBe(false);
});
