import { definePlugin, type PluginRoom } from '../../plugin/plugin.ts';

const SUBPROTOCOL = 'dumb-increment-protocol';
const TICK_MS = 50;
/** A timer is gone when its room is moved or restarted. Within this time the alarm starts it again. */
const WATCH_MS = 10_000;

type Counters = PluginRoom<number>;
/** Does not survive an eviction: a room that is built anew has none. */
const timers = new WeakMap<Counters, ReturnType<typeof setInterval>>();

/** The protocol `dumb-increment-protocol` of libwebsockets' test server: each connection gets a counter of its own. */
export default definePlugin({
  name: 'dumb-increment',
  /** The number that the connection gets next. */
  state: 0,

  onConnect(_, { offered }, room) {
    if (!offered.includes(SUBPROTOCOL)) return new Response(`Offer ${SUBPROTOCOL}.\n`, { status: 403 });
    keepTicking(room);
    return { subprotocol: SUBPROTOCOL };
  },

  onMessage(connection, message, room) {
    if (message === 'reset\n') connection.state = 0;
    keepTicking(room);
  },

  onClose: (_connection, _ending, room) => tickForSomebody(room),
  onAlarm: (room) => tickForSomebody(room),
});

function tickForSomebody(room: Counters): void {
  if (room.connections().length > 0) keepTicking(room);
  else stopTicking(room);
}

function keepTicking(room: Counters): void {
  if (!timers.has(room))
    timers.set(
      room,
      setInterval(() => tick(room), TICK_MS),
    );
  if (room.alarm.time === null) room.alarm.set(Date.now() + WATCH_MS);
}

function stopTicking(room: Counters): void {
  const timer = timers.get(room);
  if (timer !== undefined) clearInterval(timer);
  timers.delete(room);
  room.alarm.set(null);
}

function tick(room: Counters): void {
  for (const connection of room.connections()) {
    connection.send(String(connection.state));
    connection.state += 1;
  }
}
