import { DISCONNECTS } from '../../config/disconnects.ts';
import type { Encoder } from '../../room/channel.ts';
import type { RoomProtocol } from '../protocol.ts';
import { encodePair1, encodeSp } from './publications.ts';
import type { SpRoom } from './sp-room.ts';
import { parseSaid } from './text.ts';

/**
 * How SP peers write what is published on the default channel. Pages that ask and answer are on no channel. A peer that
 * is too slow for its messages loses those and not its connection (`nn_dist_send` of nanomsg, `pub0_sock_send` of nng):
 * a socket of nanomsg never comes back from a Close.
 */
export const SP_ENCODERS = {
  sp: { encode: encodeSp, lossy: true },
  sp_pair1: { encode: encodePair1, lossy: true },
  sp_text: { encode: () => null },
} satisfies Record<string, Encoder>;

/** The protocols of a room's SP peers. */
export function spProtocols(room: SpRoom): Record<keyof typeof SP_ENCODERS, RoomProtocol> {
  const sp = spProtocol(room);
  return {
    sp: { ...sp, ...SP_ENCODERS.sp },
    sp_pair1: { ...sp, ...SP_ENCODERS.sp_pair1 },
    sp_text: { ...textProtocol(room), ...SP_ENCODERS.sp_text },
  };
}

/** The scalability protocols of nanomsg and nng over WebSocket: a message is one message (RFC sp-websocket-mapping-01). */
function spProtocol(room: SpRoom): Pick<RoomProtocol, 'enter' | 'receive'> {
  return {
    enter(_, connection) {
      const { role } = connection.record;
      if (role !== undefined) room.enter(connection, role);
    },

    receive(_, connection, message) {
      const { role } = connection.record;
      if (role !== undefined) room.receive(connection, role, message);
    },
  };
}

/** Requests and replies in text: everybody may ask, and who says so is asked too. */
function textProtocol(room: SpRoom): Pick<RoomProtocol, 'enter' | 'receive'> {
  return {
    enter: (_, connection) => room.enter(connection, 'req'),

    receive(hub, connection, message) {
      const said = typeof message === 'string' ? parseSaid(message) : null;
      if (said === null) return hub.disconnect(connection, DISCONNECTS.badRequest);
      // {"ask":"time","id":1}
      if ('ask' in said) return room.receive(connection, 'req', said.ask);
      // {"answer":"12:00","id":"AAAAB4AAAAE="}
      if ('answer' in said) return room.receive(connection, 'rep', said.answer);
      // {"serve":true}
      if (!said.serve) return room.shut(connection, 'rep');
      if (!room.rightsOf(connection, 'rep').hears) return hub.disconnect(connection, DISCONNECTS.permissionDenied);
      room.open(connection, 'rep');
    },
  };
}
