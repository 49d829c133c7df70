import { expect, it } from 'vitest';
import { type Client, connect, evict } from './client.ts';

const SETTINGS = { application: { kind: 'plugin', name: 'probe' } } as const;

function open(room: string, url = 'https://example.com/probe', headers: HeadersInit = {}): Promise<Client> {
  const asked = new Request(url, { headers });
  return connect(room, { protocol: 'application' }, null, SETTINGS, asked);
}

it('gets what was sent before the 101 right after it, in order', async () => {
  const ada = await open('before', undefined, { 'X-Test': 'yes' });
  expect(await ada.next()).toBe('hello before yes');
  expect(await ada.next()).toBe('second');
});

it('onClose runs once for a close that wakes the room', async () => {
  const [ada, ben] = [await open('close'), await open('close')];
  for (const client of [ada, ben]) for (const _ of [1, 2]) await client.next();
  await evict('close');
  ben.socket.close(3001, 'bye');
  expect(await ada.next()).toBe('close 1 3001 bye true');
  expect(await ben.next()).toEqual({ code: 3001, reason: 'bye' });
  ada.send('a');
  expect(await ada.next()).toBe('1 a');
});
