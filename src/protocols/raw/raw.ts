import { DISCONNECTS } from '../../config/disconnects.ts';
import { DEFAULT_CHANNEL } from '../../room/hub.ts';
import type { RoomProtocol } from '../protocol.ts';

/**
 * The protocol of a bare `WebSocket`: every message goes, as it is, to everybody else on the room's default channel, and
 * to its sender too where the route says `echo`. There is nothing to learn and nothing to escape.
 */
export const raw = {
  enter(hub, connection) {
    if (hub.maySubscribe(connection)) hub.subscribe(connection, DEFAULT_CHANNEL);
  },

  receive(hub, connection, message) {
    // There is no way to say no to a bare socket but to close it.
    if (!hub.mayPublish(connection, DEFAULT_CHANNEL)) return hub.disconnect(connection, DISCONNECTS.permissionDenied);
    const draft = { data: message, json: false, publisher: null, tags: null };
    if (hub.judge(connection, DEFAULT_CHANNEL, draft) !== 'publish') return;
    hub.publish(DEFAULT_CHANNEL, draft, connection.record.echo ? null : connection, (publication) => {
      if (publication === null) hub.disconnect(connection, DISCONNECTS.internalError);
    });
  },

  /** A text in JSON is sent as that text; all other JSON as it stands. */
  encode(_, { data, json }) {
    return json && typeof data === 'string' && data.startsWith('"') ? (JSON.parse(data) as string) : data;
  },
} satisfies RoomProtocol;
