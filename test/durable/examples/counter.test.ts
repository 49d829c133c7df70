import { expect, it } from 'vitest';
import { evict } from '../client.ts';
import { join, nextJson } from './join.ts';

it('is shared by all, and survives sleep', async () => {
  const [ada, ben] = [await join('counter', 'shared'), await join('counter', 'shared')];
  for (const client of [ada, ben]) expect(await nextJson(client)).toEqual({ count: 0 });
  ada.send('{"add":1}');
  for (const client of [ada, ben]) expect(await nextJson(client)).toEqual({ count: 1 });
  await evict('shared');
  ben.send('{"add":1}');
  for (const client of [ada, ben]) expect(await nextJson(client)).toEqual({ count: 2 });
  ben.send('{"add":-1}');
  expect(await nextJson(ada)).toEqual({ count: 1 });
  expect(await nextJson(await join('counter', 'shared'))).toEqual({ count: 1 });
});

it.each(['{"add":2}', '{"add":"1"}', '{}', '1', 'add', '{"add":1,"more":1}'])('takes no %s', async (message) => {
  const ada = await join('counter', 'hostile');
  expect(await nextJson(ada)).toEqual({ count: 0 });
  ada.send(message);
  expect(await nextJson(ada)).toMatchObject({ error: { code: 'ERR_MESSAGE' } });
});
