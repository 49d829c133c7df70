import type { RoomProtocolName } from '../config/config.ts';
import type { Connection, ConnectionId } from './connection.ts';
import { Fanout } from './fanout.ts';
import type { ClientSocket, HubPort, Message } from './ports.ts';
import type { Publication } from './publication.ts';

/** Somebody came to a channel, or went. */
export type Move = 'join' | 'leave';

/** Why somebody was taken off a channel: the server said so, or the credential for it has expired. */
export type Removal = 'server' | 'expired';

/** How a protocol writes what is published. */
export interface Encoder {
  /** The frame in which its clients get a publication. Called once per publication, however many subscribers there are. */
  encode(channel: string, publication: Publication): Message;
  /** The frame that tells a client that it was taken off a channel; missing where clients know no channels. */
  encodeUnsubscribe?(channel: string, why: Removal): Message;
  /** The frame that tells clients of somebody who came or went; missing where clients are not told. */
  encodeMove?(channel: string, move: Move, who: Connection): Message;
  /** Makes one frame of several, where the protocol lets them share one. */
  join?(frames: readonly Message[]): Message;
}

export type Encoders = Readonly<Record<RoomProtocolName, Encoder>>;

/** A member on a channel. */
export class Subscription {
  readonly connection: Connection;
  /** Read once for each delivery, so they stand here and not behind others. */
  readonly socket: ClientSocket;
  readonly maxBufferedBytes: number;
  open = true;

  constructor(connection: Connection) {
    this.connection = connection;
    this.socket = connection.socket;
    // A runtime that can't tell what waits need not be asked at each delivery.
    const tells = 'bufferedAmount' in connection.socket;
    this.maxBufferedBytes = tells ? connection.record.limits.maxBufferedBytes : Number.POSITIVE_INFINITY;
  }
}

type Fanouts = Map<RoomProtocolName, Fanout<Subscription>>;

/** A named stream in a room, and who is on it. It is there while somebody is. */
export class Channel {
  readonly name: string;
  readonly #port: HubPort;
  readonly #encoders: Encoders;
  readonly #onStuck: (subscription: Subscription, why: 'slow' | 'failed') => void;
  readonly #subscriptions = new Map<ConnectionId, Subscription>();
  readonly #fanouts: Fanouts = new Map();
  /** Those who are told of who comes and goes. */
  readonly #watchers: Fanouts = new Map();

  constructor(
    name: string,
    port: HubPort,
    encoders: Encoders,
    onStuck: (subscription: Subscription, why: 'slow' | 'failed') => void,
  ) {
    this.name = name;
    this.#port = port;
    this.#encoders = encoders;
    this.#onStuck = onStuck;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Who is on it, in the order in which they came. */
  get subscribers(): Connection[] {
    return [...this.#subscriptions.values()].map(({ connection }) => connection);
  }

  subscriptionOf(connection: Connection): Subscription | null {
    return this.#subscriptions.get(connection.record.id) ?? null;
  }

  /** Adds a member, who gets what is published from now on, and is told of others if it watches. */
  add(connection: Connection, watches: boolean): void {
    const subscription = new Subscription(connection);
    this.#subscriptions.set(connection.record.id, subscription);
    this.#fanoutFor(connection, this.#fanouts).add(subscription);
    if (watches) this.#fanoutFor(connection, this.#watchers).add(subscription);
  }

  /** Takes a member away, who gets nothing more; false where it was not there. */
  delete(connection: Connection): boolean {
    const subscription = this.subscriptionOf(connection);
    if (subscription === null) return false;
    subscription.open = false;
    this.#subscriptions.delete(connection.record.id);
    this.#fanoutFor(connection, this.#watchers).delete(subscription);
    return this.#fanoutFor(connection, this.#fanouts).delete(subscription);
  }

  /** Sends a publication to every subscriber except `except`: in one order for all, encoded once per protocol. */
  deliver(publication: Publication, except: Connection | null): void {
    const left = except === null ? null : this.subscriptionOf(except);
    for (const [protocol, fanout] of this.#fanouts) {
      if (fanout.size === 0) continue;
      const own = except?.record.protocol === protocol ? left : null;
      fanout.publish(this.#encoders[protocol].encode(this.name, publication), own);
    }
  }

  /** Tells those who watch that somebody came or went; nobody is told of themselves. */
  announce(move: Move, who: Connection): void {
    for (const [protocol, fanout] of this.#watchers) {
      const frame = fanout.size > 0 ? this.#encoders[protocol].encodeMove?.(this.name, move, who) : undefined;
      if (frame !== undefined) fanout.publish(frame, this.subscriptionOf(who));
    }
  }

  #fanoutFor({ record: { protocol } }: Connection, fanouts: Fanouts): Fanout<Subscription> {
    const known = fanouts.get(protocol);
    if (known) return known;
    const encoder = this.#encoders[protocol];
    const fanout = new Fanout(this.#port, this.#onStuck, encoder.join?.bind(encoder));
    fanouts.set(protocol, fanout);
    return fanout;
  }
}
