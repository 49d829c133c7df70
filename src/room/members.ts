import type { Identity } from '../config/auth.ts';
import { Rejected } from '../config/errors.ts';
import type { Limits } from '../config/limits.ts';
import { Tally } from '../util/tally.ts';
import {
  type Admission,
  type Connection,
  type ConnectionId,
  type ConnectionInfo,
  describe,
  expiriesOf,
} from './connection.ts';

/** After how many seconds somebody whom a full room refused may try again. */
const RETRY_SECONDS = 10;

/** Who in a room is meant. */
export interface Who {
  userId?: string;
  connectionId?: ConnectionId;
}

/** The connections of a room. All of it is a cache, filled from the sockets' attachments after hibernation. */
export class Members {
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #users = new Tally();
  readonly #addresses = new Tally();

  get size(): number {
    return this.#connections.size;
  }

  /** Whether there is room for one more; null where there is. */
  check({ limits, identity, address }: Admission): Rejected | null {
    const again = { 'Retry-After': String(RETRY_SECONDS) };
    if (this.size >= limits.maxConnections) return new Rejected('ERR_ROOM_FULL', again);
    const ofAddress = address === null ? 0 : this.#addresses.count(address);
    const tooMany = !this.takesUser(identity, limits) || ofAddress >= limits.maxConnectionsPerAddress;
    return tooMany ? new Rejected('ERR_TOO_MANY_CONNECTIONS', again) : null;
  }

  /** Whether there may be one more of a user. */
  takesUser(identity: Identity | null, limits: Limits): boolean {
    return !identity?.userId || this.#users.count(identity.userId) < limits.maxConnectionsPerUser;
  }

  add(connection: Connection): void {
    const { id, identity, address } = connection.record;
    this.#connections.set(id, connection);
    if (identity?.userId) this.#users.add(identity.userId);
    if (address !== null) this.#addresses.add(address);
  }

  /** Takes a connection away; false where it was not there. */
  delete({ record: { id, identity, address } }: Connection): boolean {
    if (!this.#connections.delete(id)) return false;
    if (identity?.userId) this.#users.remove(identity.userId);
    if (address !== null) this.#addresses.remove(address);
    return true;
  }

  /** Those who are meant. */
  find({ userId, connectionId }: Who): Connection[] {
    return [...this.#connections.values()].filter(({ record }) =>
      userId === undefined ? record.id === connectionId : record.identity?.userId === userId,
    );
  }

  list(): ConnectionInfo[] {
    return [...this.#connections.values()].map(({ record }) => describe(record));
  }

  /** Those whose time is over, or that of one of their subscriptions. */
  expiredBy(now: number): Connection[] {
    return [...this.#connections.values()].filter(({ record }) => expiriesOf(record).some((time) => time <= now));
  }

  /** When the first of them, or of their subscriptions, expires, in milliseconds since 1970; null where none does. */
  get nextExpiry(): number | null {
    const times = [...this.#connections.values()].flatMap(({ record }) => expiriesOf(record));
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
  }
}
