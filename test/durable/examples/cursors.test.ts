import { expect, it } from 'vitest';
import { type Client, evict } from '../client.ts';
import { join, nextJson } from './join.ts';

const at = (x: number, y: number) => JSON.stringify({ x, y });

/** A member, and the id that it has. */
async function enter(room: string): Promise<[Client, string, unknown]> {
  const client = await join('cursors', room);
  const { you, cursors } = (await nextJson(client)) as { you: string; cursors: unknown };
  return [client, you, cursors];
}

it('shows who comes where the others are, also after the room slept', async () => {
  const [ada, adaId, seen] = await enter('field');
  expect(seen).toEqual({});
  ada.send(at(0.25, 1));
  expect(await nextJson(ada)).toEqual({ cursors: { [adaId]: { x: 0.25, y: 1 } } });
  await evict('field');
  const [ben, benId, there] = await enter('field');
  expect(there).toEqual({ [adaId]: { x: 0.25, y: 1 } });
  ben.send(at(0, 0));
  expect(await nextJson(ada)).toEqual({ cursors: { [benId]: { x: 0, y: 0 } } });
});

it('takes a pointer away that leaves the field, and that of somebody who leaves the room', async () => {
  const [[ada], [ben, benId], [cyd, cydId]] = [await enter('left'), await enter('left'), await enter('left')];
  ben.send(at(1, 1));
  expect(await nextJson(ada)).toEqual({ cursors: { [benId]: { x: 1, y: 1 } } });
  ben.send('null');
  expect(await nextJson(ada)).toEqual({ cursors: { [benId]: null } });
  cyd.send(at(0, 1));
  expect(await nextJson(ada)).toEqual({ cursors: { [cydId]: { x: 0, y: 1 } } });
  await evict('left');
  cyd.socket.close(1000);
  expect(await nextJson(ada)).toEqual({ cursors: { [cydId]: null } });
  expect((await enter('left'))[2]).toEqual({});
});

it('gathers what comes too fast, of which the last one counts', async () => {
  const [[ada], [ben, benId]] = [await enter('fast'), await enter('fast')];
  for (let i = 0; i <= 100; i++) ben.send(at(i / 100, 0));
  const xs: number[] = [];
  while (xs.at(-1) !== 1) {
    const { cursors } = (await nextJson(ada)) as { cursors: Record<string, { x: number }> };
    xs.push(cursors[benId]?.x ?? Number.NaN);
  }
  expect(xs[0]).toBe(0);
  expect(xs.length).toBeLessThan(50);
  expect(xs).toEqual(xs.toSorted((a, b) => a - b));
});

it.each(['{"x":1.01,"y":0}', '{"x":-1,"y":0}', '{"x":0}', '{"x":null,"y":0}', 'x'])('takes no %s', async (message) => {
  const [ada] = await enter('hostile');
  ada.send(message);
  expect(await nextJson(ada)).toMatchObject({ error: { code: 'ERR_MESSAGE' } });
});
