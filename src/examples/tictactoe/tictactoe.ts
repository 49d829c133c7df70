import * as v from 'valibot';
import { definePlugin, type PluginConnection, type PluginRoom } from '../../plugin/plugin.ts';
import { attend, type Game, Illegal, move, NEW_GAME, nextFree, rematch, sit, viewOf } from './rules.ts';

const Cell = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8));
/** `{"type":"sit"}`, `{"type":"move","cell":4}` or `{"type":"rematch"}` */
const Message = v.variant('type', [
  v.strictObject({ type: v.literal('sit') }),
  v.strictObject({ type: v.literal('move'), cell: Cell }),
  v.strictObject({ type: v.literal('rematch') }),
]);

/** What a player is known by, which it shows each time it connects; null for who only watches. */
type Player = string | null;
type Table = PluginRoom<Player>;

/** A game for two, and for all who watch. The room sees to the rules. */
export default definePlugin({
  name: 'tictactoe',
  state: null as Player,
  message: Message,

  onConnect(connection, { url }, room) {
    const player = url.searchParams.get('player');
    if (player !== null && !/^[\w-]{8,64}$/.test(player)) {
      return new Response('A player is 8 to 64 letters, digits, "_" and "-".\n', { status: 400 });
    }
    connection.state = player;
    keep(room, gameOf(room), [connection, ...room.connections()]);
    return undefined;
  },

  onMessage(connection, message, room) {
    const game = next(gameOf(room), connection.state, message);
    if (game instanceof Illegal) connection.send(JSON.stringify({ error: game }));
    else keep(room, game);
  },

  onClose: (_connection, _ending, room) => keep(room, gameOf(room)),
  onAlarm: (room) => keep(room, gameOf(room)),
});

function next(game: Game, player: Player, message: v.InferOutput<typeof Message>): Game | Illegal {
  if (message.type === 'sit') return sit(game, player);
  return message.type === 'move' ? move(game, player, message.cell) : rematch(game, player);
}

function gameOf(room: Table): Game {
  return room.storage.kv.get<Game>('game') ?? NEW_GAME;
}

/** Keeps a game, with what there is to say of its players, and shows it to all who are there. */
function keep(room: Table, changed: Game, present: PluginConnection<Player>[] = room.connections()): void {
  const game = attend(changed, (player) => present.some(({ state }) => state === player), Date.now());
  room.storage.kv.put('game', game);
  room.alarm.set(nextFree(game));
  for (const connection of present) connection.send(JSON.stringify(viewOf(game, connection.state)));
}
