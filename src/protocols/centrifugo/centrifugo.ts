import { DISCONNECTS } from '../../config/disconnects.ts';
import type { Connection } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import type { RoomProtocol } from '../protocol.ts';
import {
  type Command,
  encodeMovePush,
  encodePush,
  encodeUnsubscribePush,
  joinFrames,
  type Method,
  parseFrame,
  parseParams,
} from './codec.ts';
import { type Call, clientInfo, HANDLERS } from './commands.ts';
import { CommandError } from './errors.ts';
import { Replies } from './replies.ts';

/**
 * Centrifugo's client protocol, version 2, in JSON (https://centrifugal.dev/docs/transports/client_protocol): what its
 * SDKs speak.
 */
export const centrifugo: RoomProtocol = {
  receive(hub, connection, message) {
    const replies = new Replies(hub, connection);
    let count = 0;
    for (const command of parseFrame(message)) {
      // The frame has been counted as one message already.
      if (count++ > 0 && !hub.charge(connection, 1)) continue;
      if (command === null) hub.disconnect(connection, DISCONNECTS.badRequest);
      else obey(hub, connection, command, replies);
      if (!connection.open) return;
    }
    replies.end();
  },

  encode: encodePush,
  encodeMove: (channel, move, who) => encodeMovePush(channel, move, clientInfo(who)),
  encodeUnsubscribe: encodeUnsubscribePush,
  join: joinFrames,
};

function obey(hub: Hub, connection: Connection, { id, method, params }: Command, replies: Replies): void {
  if (!connection.open) return;
  // Nothing but an answer to a ping has neither.
  if (method === null && id === 0) return;
  if (!connection.record.greeted && method !== 'connect') {
    hub.disconnect(connection, DISCONNECTS.badRequest);
    return;
  }
  try {
    if (method === null) throw new CommandError('methodNotFound');
    run({ hub, connection, id, replies }, method, params);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    replies.error(id, error.reply);
  }
}

function run<M extends Method>(call: Omit<Call<M>, 'params'>, method: M, given: unknown): void {
  const params = parseParams(method, given);
  if (params === null) throw new CommandError('badRequest');
  HANDLERS[method]({ ...call, params });
}
