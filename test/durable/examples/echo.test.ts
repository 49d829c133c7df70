import { expect, it } from 'vitest';
import { evict } from '../client.ts';
import { join } from './join.ts';

it('sends each message back as it came, also after the room slept', async () => {
  const ada = await join('echo', 'echo');
  ada.send('text');
  expect(await ada.next()).toBe('text');
  await evict('echo');
  ada.send(new Uint8Array([0, 255]).buffer);
  expect(await ada.next()).toEqual(new Uint8Array([0, 255]).buffer);
  // Elsewhere the room would have answered it.
  ada.send('ping');
  expect(await ada.next()).toBe('ping');
});

it('tells nobody else', async () => {
  const [ada, ben] = [await join('echo', 'alone'), await join('echo', 'alone')];
  ada.send('for me');
  ben.send('mine');
  expect(await ben.next()).toBe('mine');
});
