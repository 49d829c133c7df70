import { DISCONNECTS } from '../config/disconnects.ts';
import type { RoomProtocol } from './protocol.ts';

/**
 * The protocol of a request over HTTP that is held open: it is on the channels that its application server named, and gets
 * what that publishes for it, as it is. What others publish it can't take.
 */
export const held = {
  enter(hub, connection) {
    for (const channel of connection.record.hold?.channels ?? []) hub.subscribe(connection, channel);
  },

  receive: (hub, connection) => hub.disconnect(connection, DISCONNECTS.badRequest),

  encode: () => null,
} satisfies RoomProtocol;
