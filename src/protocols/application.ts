import { DISCONNECTS } from '../config/disconnects.ts';
import type { RoomProtocol } from './protocol.ts';
import { raw } from './raw/raw.ts';

/** The protocol of connections to what stands behind the room, which gets their messages as they are. */
export const application = {
  enter: (hub, connection) => hub.application?.enter?.(connection),

  receive(hub, connection, message) {
    if (hub.application?.receive) return hub.application.receive(connection, message);
    // The route table has changed since the connection came in.
    hub.disconnect(connection, DISCONNECTS.serviceRestart);
  },

  encode: raw.encode,
} satisfies RoomProtocol;
