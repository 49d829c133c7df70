import * as v from 'valibot';
import { definePlugin, type PluginRoom } from '../../plugin/plugin.ts';

/** Moves are sent to everybody at most this often, however many there are: what comes between is gathered. */
const PACE_MS = 40;

const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** `{"x":0.5,"y":0.25}`, as shares of the field's width and height; `null` for a pointer that has left it. */
const Message = v.nullable(v.strictObject({ x: Share, y: Share }));

type Pointer = v.InferOutput<typeof Message>;
/** By the connection's id. */
type Pointers = Record<string, Pointer>;
type Field = PluginRoom<Pointer>;

/** What was gathered since the last message; there while the next one has to wait. Does not survive an eviction. */
const gathered = new WeakMap<Field, Pointers>();

/** Shows everybody where the pointers of all others are. */
export default definePlugin({
  name: 'cursors',
  /** Where its pointer is, also after the room slept. */
  state: null as Pointer,
  message: Message,

  onConnect(connection, _, room) {
    const shown = room.connections().filter(({ state }) => state !== null);
    const cursors = Object.fromEntries(shown.map(({ id, state }) => [id, state]));
    connection.send(JSON.stringify({ you: connection.id, cursors }));
  },

  onMessage(connection, pointer, room) {
    connection.state = pointer;
    show(room, { [connection.id]: pointer });
  },

  onClose({ id, state }, _, room) {
    if (state !== null) show(room, { [id]: null });
  },
});

function show(room: Field, moved: Pointers): void {
  const waiting = gathered.get(room);
  if (waiting) Object.assign(waiting, moved);
  else send(room, moved);
}

function send(room: Field, cursors: Pointers): void {
  room.broadcast(JSON.stringify({ cursors }));
  gathered.set(room, {});
  setTimeout(() => sendGathered(room), PACE_MS);
}

function sendGathered(room: Field): void {
  const moved = gathered.get(room) ?? {};
  gathered.delete(room);
  if (Object.keys(moved).length > 0) send(room, moved);
}
