import type { RoomProtocolName } from '../config/config.ts';
import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import { Rejected } from '../config/errors.ts';
import type { Limits } from '../config/limits.ts';
import { utf8Length } from '../util/text.ts';
import { takeToken } from '../util/token-bucket.ts';
import type { Connection } from './connection.ts';
import { Fanout } from './fanout.ts';
import type { HubPort, Message } from './ports.ts';

/** Something published in the room. */
export interface Publication {
  readonly data: Message;
}

/** The frame in which a protocol sends a publication. Called once per publication, however many members there are. */
export type Encode = (publication: Publication) => Message;

/** After how many seconds somebody whom a full room refused may try again. */
const ROOM_FULL_RETRY_SECONDS = 10;

/** What a room decides: who may join, what may be said, who gets it. It knows nothing of the runtime it lives in. */
export class Hub {
  readonly #port: HubPort;
  readonly #encoders: Record<RoomProtocolName, Encode>;
  /** The members, by the protocol they speak. A cache: after hibernation it is filled from the sockets' attachments. */
  readonly #fanouts = new Map<RoomProtocolName, Fanout>();

  constructor(port: HubPort, encoders: Record<RoomProtocolName, Encode>) {
    this.#port = port;
    this.#encoders = encoders;
  }

  get size(): number {
    let size = 0;
    for (const fanout of this.#fanouts.values()) size += fanout.size;
    return size;
  }

  /** Whether there is room for one more; null where there is. Asked while the upgrade is still HTTP. */
  checkRoom(limits: Limits): Rejected | null {
    if (this.size < limits.maxConnections) return null;
    return new Rejected('ERR_ROOM_FULL', { 'Retry-After': String(ROOM_FULL_RETRY_SECONDS) });
  }

  /** Makes a connection a member: it gets what is published from now on. */
  join(connection: Connection): void {
    connection.open = true;
    this.#fanoutOf(connection).add(connection);
  }

  /** Ends a membership. Nothing happens if it has ended already. */
  leave(connection: Connection): void {
    connection.open = false;
    this.#fanoutOf(connection).delete(connection);
  }

  /** Ends a membership and closes its connection. Nothing happens if it has ended already. */
  disconnect(connection: Connection, { code, reason }: Disconnect): void {
    if (!connection.open) return;
    this.leave(connection);
    try {
      connection.socket.close(code, reason);
    } catch {
      // The runtime has closed the socket already, and its close event is on the way.
    }
  }

  /** Whether a message of a member is within its limits. One that is not costs what the limits say. */
  takes(connection: Connection, message: Message): boolean {
    const { limits } = connection.record;
    // What a member sent before it learnt that it is closed.
    if (!connection.open) return false;
    if (exceeds(message, limits.maxMessageBytes)) {
      this.disconnect(connection, DISCONNECTS.messageTooBig);
      return false;
    }
    if (takeToken(connection.bucket, limits.messageBurst, limits.messagesPerSecond, this.#port.now())) return true;
    if (limits.overRate === 'close') this.disconnect(connection, DISCONNECTS.messageRate);
    return false;
  }

  /** Sends a publication to every member except `except`: in one order for all, encoded once per protocol. */
  publish(publication: Publication, except: Connection | null): void {
    for (const [name, fanout] of this.#fanouts) {
      if (fanout.size > 0) fanout.publish(this.#encoders[name](publication), except);
    }
  }

  #fanoutOf({ record: { protocol } }: Connection): Fanout {
    const known = this.#fanouts.get(protocol);
    if (known) return known;
    const fanout = new Fanout(this.#port, (connection, why) => {
      this.disconnect(connection, why === 'slow' ? DISCONNECTS.slow : DISCONNECTS.internalError);
    });
    this.#fanouts.set(protocol, fanout);
    return fanout;
  }
}

function exceeds(message: Message, maxBytes: number): boolean {
  if (typeof message !== 'string') return message.byteLength > maxBytes;
  // A UTF-16 unit is one to three bytes of UTF-8, so most texts need no counting.
  if (message.length > maxBytes) return true;
  return message.length * 3 > maxBytes && utf8Length(message) > maxBytes;
}
