import { DISCONNECTS } from '../../config/disconnects.ts';
import type { RoomProtocol } from '../protocol.ts';

/**
 * The protocol of a bare `WebSocket`: every message goes, as it is, to everybody else in the room, and to its sender
 * too where the route says `echo`. There is nothing to learn and nothing to escape.
 */
export const raw: RoomProtocol = {
  receive(hub, connection, message) {
    // There is no way to say no to a bare socket but to close it.
    if (!hub.may(connection, 'publish')) return hub.disconnect(connection, DISCONNECTS.permissionDenied);
    hub.publish({ data: message }, connection.record.echo ? null : connection);
  },
  encode: ({ data }) => data,
};
