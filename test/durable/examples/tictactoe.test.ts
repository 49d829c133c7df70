import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { SEAT_MS } from '../../../src/examples/tictactoe/rules.ts';
import { type Client, evict, ROOM } from '../client.ts';
import { join, nextJson, refusalOf } from './join.ts';

afterEach(() => void vi.useRealTimers());

const ADA = '?player=ada-token';
const BEN = '?player=ben-token';

type View = { you: string | null; cells: (string | null)[]; turn: string | null; outcome: unknown; seats: unknown };

/** The first view that is as it is waited for. */
async function until(client: Client, isIt: (view: View) => boolean): Promise<View> {
  const view = (await nextJson(client)) as View;
  return isIt(view) ? view : until(client, isIt);
}

const drawn = ({ cells }: View) => cells.map((cell) => cell ?? '.').join('');
const shows = (cells: string) => (view: View) => drawn(view) === cells;

async function seated(room: string): Promise<[Client, Client]> {
  const ada = await join('tictactoe', room, { query: ADA });
  const ben = await join('tictactoe', room, { query: BEN });
  ada.send('{"type":"sit"}');
  await until(ada, ({ you }) => you === 'X');
  ben.send('{"type":"sit"}');
  await until(ben, ({ you }) => you === 'O');
  return [ada, ben];
}

const put = (cell: number) => JSON.stringify({ type: 'move', cell });

it('plays a game to its end and a rematch, with the room asleep in between, for all who watch', async () => {
  const [ada, ben] = await seated('game');
  const eve = await join('tictactoe', 'game');
  expect((await until(eve, () => true)).you).toBeNull();
  for (const [player, cell, cells] of [
    [ada, 0, 'X........'],
    [ben, 3, 'X..O.....'],
    [ada, 1, 'XX.O.....'],
  ] as const) {
    player.send(put(cell));
    await until(eve, shows(cells));
  }
  await evict('game');
  ben.send(put(4));
  await until(eve, shows('XX.OO....'));
  await evict('game');
  ada.send(put(2));
  expect(await until(eve, shows('XXXOO....'))).toMatchObject({
    turn: null,
    outcome: { winner: 'X', line: [0, 1, 2] },
  });
  await evict('game');
  ben.send('{"type":"rematch"}');
  expect(await until(eve, shows('.........'))).toMatchObject({ turn: 'O', outcome: null });
});

it('refuses an illegal move with its reason, and loses nothing by it', async () => {
  const [ada, ben] = await seated('illegal');
  ada.send(put(4));
  await until(ben, shows('....X....'));
  await until(ada, shows('....X....'));
  ada.send(put(0));
  expect(await nextJson(ada)).toEqual({ error: { code: 'ERR_NOT_YOUR_TURN', detail: 'it is the turn of O' } });
  ben.send(put(4));
  expect(await nextJson(ben)).toMatchObject({ error: { code: 'ERR_CELL_TAKEN' } });
  ben.send(put(9));
  expect(await nextJson(ben)).toMatchObject({ error: { code: 'ERR_MESSAGE' } });
  ben.send(put(0));
  expect(await until(ada, shows('O...X....'))).toMatchObject({ turn: 'X' });
});

it('gives a player who comes back the same seat and board, also where the room slept', async () => {
  const [ada, ben] = await seated('back');
  ada.send(put(4));
  await until(ben, shows('....X....'));
  await evict('back');
  ada.socket.close(1000);
  await until(ben, ({ seats }) => JSON.stringify(seats) === '{"X":"away","O":"here"}');
  ben.send(put(0));
  await until(ben, shows('O...X....'));
  const again = await join('tictactoe', 'back', { query: ADA });
  const view = { you: 'X', turn: 'X', seats: { X: 'here', O: 'here' } };
  expect(await until(again, shows('O...X....'))).toMatchObject(view);
  again.send(put(8));
  await until(ben, shows('O...X...X'));
});

it('frees the seat of a player who is away for a minute, and not before, also where the room slept', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const [ada, ben] = await seated('free');
  ada.socket.close(1000);
  await until(ben, ({ seats }) => JSON.stringify(seats) === '{"X":"away","O":"here"}');
  await evict('free');
  const eve = await join('tictactoe', 'free', { query: '?player=eve-token' });
  await until(eve, () => true);
  vi.setSystemTime(Date.now() + SEAT_MS - 1);
  expect(await runDurableObjectAlarm(ROOM.getByName('free'))).toBe(true);
  eve.send('{"type":"sit"}');
  expect(await nextJson(eve)).toMatchObject({ error: { code: 'ERR_SEATS_TAKEN' } });
  vi.setSystemTime(Date.now() + 1);
  expect(await runDurableObjectAlarm(ROOM.getByName('free'))).toBe(true);
  expect(await nextJson(eve)).toMatchObject({ seats: { X: 'free', O: 'here' } });
  eve.send('{"type":"sit"}');
  expect(await nextJson(eve)).toMatchObject({ you: 'X', seats: { X: 'here', O: 'here' } });
});

it.each(['?player=short', `?player=${'x'.repeat(65)}`, '?player=has%20space', '?player='])(
  'refuses an upgrade with %s',
  async (query) => {
    const refusal = [400, 'A player is 8 to 64 letters, digits, "_" and "-".\n'];
    expect(await refusalOf('tictactoe', { query })).toEqual(refusal);
  },
);
