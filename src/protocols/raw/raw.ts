import { DISCONNECTS } from '../../config/disconnects.ts';
import { DEFAULT_CHANNEL } from '../../room/hub.ts';
import { plainData } from '../../room/publication.ts';
import { mayPublish, maySubscribe } from '../../room/rights.ts';
import type { RoomProtocol } from '../protocol.ts';

/**
 * The protocol of a bare `WebSocket`: every message goes, as it is, to everybody else on the room's default channel, and
 * to its sender too where the route says `echo`. There is nothing to learn and nothing to escape.
 */
export const raw = {
  enter(hub, connection) {
    if (maySubscribe(hub, connection)) hub.subscribe(connection, DEFAULT_CHANNEL);
  },

  receive(hub, connection, message) {
    // There is no way to say no to a bare socket but to close it.
    if (!mayPublish(hub, connection)) return hub.disconnect(connection, DISCONNECTS.permissionDenied);
    const draft = { data: message, json: false, publisher: null, tags: null };
    const verdict = hub.judge(connection, DEFAULT_CHANNEL, draft);
    if (verdict === 'busy' && connection.record.limits.overRate === 'close')
      hub.disconnect(connection, DISCONNECTS.originUnavailable);
    if (verdict !== 'publish') return;
    hub.publish(DEFAULT_CHANNEL, draft, connection.record.echo ? null : connection, (publication) => {
      if (publication === null) hub.disconnect(connection, DISCONNECTS.internalError);
    });
  },

  encode: (_, publication) => plainData(publication),
} satisfies RoomProtocol;
