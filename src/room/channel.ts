import type { SpokenProtocol } from '../config/config.ts';
import type { Connection, ConnectionId } from './connection.ts';
import { Fanout } from './fanout.ts';
import type { ClientSocket, HubPort, Message } from './ports.ts';
import type { Publication } from './publication.ts';

/** Somebody came to a channel, or went. */
export type Move = 'join' | 'leave';

/** Why somebody was taken off a channel: the server said so, or the credential for it has expired. */
export type Removal = 'server' | 'expired';

/** A publication for those who get what changed. */
export interface DeltaFrames {
  /** What changed since the publication before, or all of it. */
  frame: Message;
  /** All of it: for who did not get the publication before. */
  first: Message;
}

/** How a protocol writes what is published. */
export interface Encoder {
  /**
   * The frame in which its clients get a publication. Called once per publication, however many subscribers there are.
   * `epoch` is that of the stream in which the publication is kept; missing where it is kept in none. Null where its clients
   * can't take it, and get nothing.
   */
  encode(channel: string, publication: Publication, epoch?: string): Message | null;
  /**
   * The frames in which clients get a publication who asked for what changed since the one before, which is null where
   * that is not known; missing where clients can't ask for it. Called once per publication, too.
   */
  encodeDelta?(channel: string, publication: Publication, previous: Publication | null): DeltaFrames;
  /** The frame that tells a client that it was taken off a channel; missing where clients know no channels. */
  encodeUnsubscribe?(channel: string, why: Removal): Message;
  /** The frame that tells clients of somebody who came or went; missing where clients are not told. */
  encodeMove?(channel: string, move: Move, who: Connection): Message;
  /** Whether its clients, where they read too slowly, miss what they are too slow for rather than lose their connection. */
  lossy?: true;
  /** Makes one frame of several, where the protocol lets them share one. */
  join?(frames: readonly Message[]): Message;
}

export type Encoders = Readonly<Record<SpokenProtocol, Encoder>>;

/** A member on a channel. */
export class Subscription {
  readonly connection: Connection;
  /** Read once for each delivery, so they stand here and not behind others. */
  readonly socket: ClientSocket;
  readonly maxBufferedBytes: number;
  open = true;
  fresh = true;
  /** What writes publications to it. */
  readonly fanout: Fanout<Subscription>;

  constructor(connection: Connection, fanout: Fanout<Subscription>) {
    this.connection = connection;
    this.fanout = fanout;
    this.socket = connection.socket;
    // A runtime that can't tell what waits need not be asked at each delivery.
    const tells = 'bufferedAmount' in connection.socket;
    this.maxBufferedBytes = tells ? connection.record.limits.maxBufferedBytes : Number.POSITIVE_INFINITY;
  }
}

type Fanouts = Map<SpokenProtocol, Fanout<Subscription>>;

/** A named stream in a room, and who is on it. It is there while somebody is. */
export class Channel {
  readonly name: string;
  readonly #port: HubPort;
  readonly #encoders: Encoders;
  readonly #onStuck: (subscription: Subscription, why: 'slow' | 'failed') => void;
  readonly #subscriptions = new Map<ConnectionId, Subscription>();
  readonly #fanouts: Fanouts = new Map();
  /** Those who get what changed. */
  readonly #deltas: Fanouts = new Map();
  /** What they got last; null where nobody did. */
  #previous: Publication | null = null;
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

  /**
   * Adds a member, who gets what is published from now on: whole, or what changed, if it asked for that. It is told of
   * others if it watches.
   */
  add(connection: Connection, watches: boolean, delta = false): void {
    const fanout = this.#fanoutFor(connection, delta ? this.#deltas : this.#fanouts);
    const subscription = new Subscription(connection, fanout);
    this.#subscriptions.set(connection.record.id, subscription);
    fanout.add(subscription);
    if (watches) this.#fanoutFor(connection, this.#watchers).add(subscription);
  }

  /** Takes a member away, who gets nothing more; false where it was not there. */
  delete(connection: Connection): boolean {
    const subscription = this.subscriptionOf(connection);
    if (subscription === null) return false;
    subscription.open = false;
    this.#subscriptions.delete(connection.record.id);
    this.#fanoutFor(connection, this.#watchers).delete(subscription);
    return subscription.fanout.delete(subscription);
  }

  /** Sends a publication to every subscriber except `except`: in one order for all, encoded once per protocol. */
  deliver(publication: Publication, except: Connection | null, epoch?: string): void {
    const left = except === null ? null : this.subscriptionOf(except);
    for (const [protocol, fanout] of this.#fanouts) {
      if (fanout.size === 0) continue;
      const own = left?.fanout === fanout ? left : null;
      const frame = this.#encoders[protocol].encode(this.name, publication, epoch);
      if (frame !== null) fanout.publish(frame, own);
    }
    if (this.#deltas.size > 0) this.#deliverDeltas(publication, left);
  }

  /** Tells those who watch that somebody came or went; nobody is told of themselves. */
  announce(move: Move, who: Connection): void {
    for (const [protocol, fanout] of this.#watchers) {
      const frame = fanout.size > 0 ? this.#encoders[protocol].encodeMove?.(this.name, move, who) : undefined;
      if (frame !== undefined) fanout.publish(frame, this.subscriptionOf(who));
    }
  }

  #deliverDeltas(publication: Publication, left: Subscription | null): void {
    const previous = this.#previous;
    const deltas = [...this.#deltas].filter(([, { size }]) => size > 0);
    // Who comes later is fresh, so nothing has to be kept for it.
    this.#previous = deltas.length > 0 ? publication : null;
    for (const [protocol, fanout] of deltas) {
      const frames = this.#encoders[protocol].encodeDelta?.(this.name, publication, previous);
      if (frames) fanout.publish(frames.frame, left?.fanout === fanout ? left : null, frames.first);
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
