import type { Action } from '../config/auth.ts';
import type { RoomProtocolName } from '../config/config.ts';
import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import { Rejected } from '../config/errors.ts';
import { may } from '../config/permissions.ts';
import { Tally } from '../util/tally.ts';
import { utf8Length } from '../util/text.ts';
import { takeToken } from '../util/token-bucket.ts';
import { type Admission, type Connection, type ConnectionId, type ConnectionInfo, describe } from './connection.ts';
import { Fanout } from './fanout.ts';
import type { HubPort, Message } from './ports.ts';

/** Something published in the room. */
export interface Publication {
  readonly data: Message;
}

/** The frame in which a protocol sends a publication. Called once per publication, however many members there are. */
export type Encode = (publication: Publication) => Message;

/** The channel that a room's members are on who know no channels. */
export const DEFAULT_CHANNEL = 'main';

/** After how many seconds somebody whom a full room refused may try again. */
const RETRY_SECONDS = 10;

/** Who in a room is meant. */
export interface Who {
  userId?: string;
  connectionId?: ConnectionId;
}

/** What a room decides: who may join, what may be said, who gets it. It knows nothing of the runtime it lives in. */
export class Hub {
  readonly #port: HubPort;
  readonly #encoders: Record<RoomProtocolName, Encode>;
  // The members: caches all of them, filled from the sockets' attachments after hibernation.
  readonly #members = new Map<ConnectionId, Connection>();
  readonly #users = new Tally();
  readonly #addresses = new Tally();
  /** Those who get what is published, by the protocol they speak. */
  readonly #fanouts = new Map<RoomProtocolName, Fanout>();

  constructor(port: HubPort, encoders: Record<RoomProtocolName, Encode>) {
    this.#port = port;
    this.#encoders = encoders;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Whether there is room for one more; null where there is. Asked while the upgrade is still HTTP. */
  checkRoom({ limits, identity, address }: Admission): Rejected | null {
    const again = { 'Retry-After': String(RETRY_SECONDS) };
    if (this.size >= limits.maxConnections) return new Rejected('ERR_ROOM_FULL', again);
    const ofUser = identity === null ? 0 : this.#users.count(identity.userId);
    const ofAddress = address === null ? 0 : this.#addresses.count(address);
    const tooMany = ofUser >= limits.maxConnectionsPerUser || ofAddress >= limits.maxConnectionsPerAddress;
    return tooMany ? new Rejected('ERR_TOO_MANY_CONNECTIONS', again) : null;
  }

  /** Makes a connection a member: it gets what is published from now on. */
  join(connection: Connection): void {
    this.restore(connection);
    if (connection.record.expiresAt !== null) this.#port.wakeAt(connection.record.expiresAt);
  }

  /** Makes a connection a member again that was one before the room slept. What it waits for has been asked for already. */
  restore(connection: Connection): void {
    const { id, identity, address } = connection.record;
    connection.open = true;
    this.#members.set(id, connection);
    if (identity) this.#users.add(identity.userId);
    if (address !== null) this.#addresses.add(address);
    if (this.may(connection, 'subscribe')) this.#fanoutOf(connection).add(connection);
  }

  /** Ends a membership. Nothing happens if it has ended already. */
  leave(connection: Connection): void {
    const { id, identity, address } = connection.record;
    if (!this.#members.delete(id)) return;
    connection.open = false;
    if (identity) this.#users.remove(identity.userId);
    if (address !== null) this.#addresses.remove(address);
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

  /** Who is in the room. */
  list(): ConnectionInfo[] {
    return [...this.#members.values()].map(({ record }) => describe(record));
  }

  /** Disconnects those who are meant; how many there were. */
  disconnectAll(who: Who, disconnect: Disconnect): number {
    const meant = [...this.#members.values()].filter(({ record }) =>
      who.userId === undefined ? record.id === who.connectionId : record.identity?.userId === who.userId,
    );
    for (const connection of meant) this.disconnect(connection, disconnect);
    return meant.length;
  }

  /** When the first connection expires, in milliseconds since 1970; null where none does. */
  get nextExpiry(): number | null {
    const times = [...this.#members.values()].flatMap(({ record: { expiresAt } }) => expiresAt ?? []);
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
  }

  /** Does what was to be done by now: disconnects those whose credential has expired. */
  wake(): void {
    for (const connection of this.#members.values()) {
      if (this.#isExpired(connection)) this.disconnect(connection, DISCONNECTS.expired);
    }
    if (this.nextExpiry !== null) this.#port.wakeAt(this.nextExpiry);
  }

  /** Whether a member may do something on a channel. */
  may(connection: Connection, action: Action, channel = DEFAULT_CHANNEL): boolean {
    return may(connection.record.grants, action, channel);
  }

  /** Whether a message of a member is within its limits. One that is not costs what the limits say. */
  takes(connection: Connection, message: Message): boolean {
    // What a member sent before it learnt that it is closed.
    if (!connection.open) return false;
    const { limits } = connection.record;
    const size = typeof message === 'string' ? utf8Length(message) : message.byteLength;
    if (this.#isExpired(connection)) return this.#refuse(connection, DISCONNECTS.expired);
    if (size > limits.maxMessageBytes) return this.#refuse(connection, DISCONNECTS.messageTooBig);
    const excess = this.#overRate(connection, size);
    if (excess === null) return true;
    return limits.overRate === 'close' && this.#refuse(connection, excess);
  }

  /** Sends a publication to every member except `except`: in one order for all, encoded once per protocol. */
  publish(publication: Publication, except: Connection | null): void {
    for (const [name, fanout] of this.#fanouts) {
      if (fanout.size > 0) fanout.publish(this.#encoders[name](publication), except);
    }
  }

  #refuse(connection: Connection, disconnect: Disconnect): false {
    this.disconnect(connection, disconnect);
    return false;
  }

  #isExpired({ record: { expiresAt } }: Connection): boolean {
    return expiresAt !== null && expiresAt <= this.#port.now();
  }

  /** Takes a message and its bytes out of a member's buckets; what it is over where it is. */
  #overRate({ record: { limits }, messages, bytes }: Connection, size: number): Disconnect | null {
    const { messageBurst, messagesPerSecond, bytesPerSecond } = limits;
    const now = this.#port.now();
    if (!takeToken(messages, messageBurst, messagesPerSecond, now)) return DISCONNECTS.messageRate;
    return takeToken(bytes, 10 * bytesPerSecond, bytesPerSecond, now, size) ? null : DISCONNECTS.byteRate;
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
