import { DISCONNECTS } from '../../config/disconnects.ts';
import { charge } from '../../room/rate.ts';
import type { RoomProtocol } from '../protocol.ts';
import type { Call } from './call.ts';
import {
  type Command,
  encodeDeltaPush,
  encodeMovePush,
  encodePush,
  encodeUnsubscribePush,
  joinFrames,
  type Method,
  parseFrame,
  parseParams,
} from './codec.ts';
import { HANDLERS } from './commands.ts';
import { CommandError } from './errors.ts';
import { Replies } from './replies.ts';
import { infoOf } from './who.ts';

/**
 * Centrifugo's client protocol, version 2, in JSON (https://centrifugal.dev/docs/transports/client_protocol): what its
 * SDKs speak.
 */
export const centrifugo: RoomProtocol = {
  enter(hub, connection) {
    const { greeted, identity, expiresAt } = connection.record;
    const owesToken = hub.tokens?.required === true && !greeted && identity === null;
    if (owesToken && expiresAt === null) hub.prolong(connection, hub.now() + GREETING_MS);
  },

  receive(hub, connection, message) {
    // The first command has been counted with its frame.
    return advance({ hub, connection, replies: new Replies(hub, connection) }, parseFrame(message), 0);
  },

  encode: encodePush,
  encodeDelta: encodeDeltaPush,
  encodeMove: (channel, move, who) => encodeMovePush(channel, move, infoOf(who, channel)),
  encodeUnsubscribe: encodeUnsubscribePush,
  join: joinFrames,
};

/** How long somebody unknown may be in a room that wants to know, in milliseconds. */
const GREETING_MS = 25_000;

/** A client whose commands are being done. */
type Session = Pick<Call<Method>, 'hub' | 'connection' | 'replies'>;

/** Does the commands of a frame, one after the other, each for its price in messages. Nobody waits unless one of them does. */
function advance(session: Session, commands: Iterator<Command | null>, price: number): void | Promise<void> {
  const { hub, connection, replies } = session;
  for (let next = commands.next(); !next.done; next = commands.next()) {
    const isWithinRate = charge(hub, connection, price);
    price = 1;
    const work = isWithinRate ? obey(session, next.value) : undefined;
    if (work) {
      // What is ready must not come after what others publish meanwhile.
      replies.flush();
      return work.then(() => advance(session, commands, price));
    }
    if (!connection.open) return;
  }
  replies.end();
}

function obey(session: Session, command: Command | null): void | Promise<void> {
  const { hub, connection, replies } = session;
  if (!connection.open) return;
  if (command === null) return hub.disconnect(connection, DISCONNECTS.badRequest);
  const { id, method, params } = command;
  // Nothing but an answer to a ping has neither.
  if (method === null && id === 0) return;
  if (!connection.record.greeted && method !== 'connect') return hub.disconnect(connection, DISCONNECTS.badRequest);
  try {
    if (method === null) throw new CommandError('methodNotFound');
    return run({ ...session, id }, method, params)?.catch((error: unknown) => answerError(error, id, replies));
  } catch (error) {
    answerError(error, id, replies);
  }
}

function run<M extends Method>(call: Omit<Call<M>, 'params'>, method: M, given: unknown): void | Promise<void> {
  const params = parseParams(method, given);
  if (params === null) throw new CommandError('badRequest');
  return HANDLERS[method]({ ...call, params });
}

function answerError(error: unknown, id: number, replies: Replies): void {
  if (!(error instanceof CommandError)) throw error;
  replies.error(id, error.reply);
}
