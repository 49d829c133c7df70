import { type ChannelOptions, DEFAULT_NAMESPACES, type Namespaces, optionsOf } from '../config/channels.ts';
import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import type { Rejected } from '../config/errors.ts';
import { type CloseArguments, NO_CODE } from '../util/close.ts';
import { toSendable } from '../util/text.ts';
import type { Application, Verdict } from './application.ts';
import type { Encoders, Move, Removal, Subscription } from './channel.ts';
import { Channels } from './channels.ts';
import {
  type Admission,
  type Connection,
  type ConnectionInfo,
  type SubscriptionRecord,
  subscriptionOf,
} from './connection.ts';
import { type HistoryStore, STREAM_TTL_MS } from './history.ts';
import type { IdempotencyStore } from './idempotency.ts';
import { Journal, type Stores } from './journal.ts';
import { Members, type Who } from './members.ts';
import { BROKEN, type Ending, type HubPort, type Message, type TokenVerifier } from './ports.ts';
import type { Draft, Position, Publication } from './publication.ts';

/** The channel that a room's members are on who know no channels. */
export const DEFAULT_CHANNEL = 'main';

/** What is known of somebody who has shown who it is. */
export type Known = Pick<Admission, 'identity' | 'grants' | 'expiresAt'>;

/** What a room decides: who may join, what may be said, who gets it. It knows nothing of the runtime it lives in. */
export class Hub {
  readonly #port: HubPort;
  readonly #encoders: Encoders;
  readonly #members = new Members();
  readonly #journal: Journal;
  readonly #channels: Channels;
  readonly history: HistoryStore;
  readonly #idempotency: IdempotencyStore;
  /** How channels behave, by namespace. */
  namespaces: Namespaces;
  /** Null where nobody looks at tokens. */
  tokens: TokenVerifier | null = null;
  /** What stands behind the room; null where its members have it for themselves. */
  application: Application | null = null;

  constructor(port: HubPort, encoders: Encoders, stores: Stores, namespaces = DEFAULT_NAMESPACES) {
    this.#port = port;
    this.#encoders = encoders;
    this.#channels = new Channels(port, encoders, this.giveUp);
    this.#journal = new Journal(stores, port);
    this.history = stores.history;
    this.#idempotency = stores.idempotency;
    this.namespaces = namespaces;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The room's name, as the router writes it. */
  get room(): string {
    return this.#port.room;
  }

  now(): number {
    return this.#port.now();
  }

  /** Whether there is room for one more; null where there is. Asked while the upgrade is still HTTP. */
  checkRoom(admission: Admission): Rejected | null {
    return this.#members.check(admission);
  }

  /** Makes a connection a member. */
  join(connection: Connection): void {
    this.#admit(connection);
    for (const { channel } of connection.record.subscriptions) this.#announce('join', connection, channel);
    this.#awaitExpiry(connection);
  }

  /** Takes a member for who it turns out to be; false where there are too many of that user already. */
  identify(connection: Connection, { identity, grants, expiresAt }: Known): boolean {
    const { record } = connection;
    this.#members.delete(connection);
    const taken = this.#members.takesUser(identity, record.limits);
    if (taken) Object.assign(record, { identity, grants, expiresAt });
    this.#members.add(connection);
    this.#awaitExpiry(connection);
    return taken;
  }

  /** Lets a membership end at another time: milliseconds since 1970, null for no end. */
  prolong(connection: Connection, expiresAt: number | null): void {
    connection.record.expiresAt = expiresAt;
    this.remember(connection);
    this.#awaitExpiry(connection);
  }

  /** Makes a connection a member again that was one before the room slept. What it waits for has been asked for already. */
  restore(connection: Connection): void {
    connection.isRestored = true;
    this.#admit(connection);
  }

  /** Ends a membership. Nothing happens if it has ended already. */
  leave(connection: Connection, ending: Ending = BROKEN): void {
    if (!this.#members.delete(connection)) return;
    connection.open = false;
    for (const channel of connection.channels) this.unsubscribe(connection, channel);
    this.#port.left(connection, ending);
  }

  /** Ends a membership and closes its connection. Nothing happens if it has ended already. */
  disconnect(connection: Connection, { code, reason }: Disconnect): void {
    this.close(connection, [code, reason]);
  }

  /** The same, with a close that is none of ours. */
  close(connection: Connection, close: CloseArguments): void {
    if (!connection.open) return;
    const [code = NO_CODE, reason = ''] = close;
    this.leave(connection, { code, reason, wasClean: true });
    try {
      connection.socket.close(...close);
    } catch {
      // The runtime has closed the socket already, and its close event is on the way.
    }
  }

  /** Disconnects a member that could not be written to, or reads too slowly for a protocol that knows no loss. */
  readonly giveUp = ({ connection }: Pick<Subscription, 'connection'>, why: 'slow' | 'failed'): void => {
    if (why === 'failed') this.disconnect(connection, DISCONNECTS.internalError);
    else if (!this.#encoders[connection.record.protocol].lossy) this.disconnect(connection, DISCONNECTS.slow);
  };

  /** Who is in the room. */
  list(): ConnectionInfo[] {
    return this.#members.list();
  }

  /** Disconnects those who are meant; how many there were. */
  disconnectAll(who: Who, disconnect: Disconnect): number {
    const meant = this.#members.find(who);
    for (const connection of meant) this.disconnect(connection, disconnect);
    return meant.length;
  }

  /** When the first connection expires, in milliseconds since 1970; null where none does. */
  get nextExpiry(): number | null {
    return this.#members.nextExpiry;
  }

  /** Does what was to be done by now: ends connections and subscriptions that have expired, and trims what is kept. */
  wake(): void {
    for (const connection of this.#members.expiredBy(this.now())) this.#expire(connection);
    const now = this.now();
    const isInUse = (channel: string) => this.#channels.has(channel);
    for (const time of [this.nextExpiry, this.history.trim(now, isInUse), this.#idempotency.trim(now)]) {
      if (time !== null) this.#port.wakeAt(time);
    }
  }

  /** What is to become of something that a member may publish: what stands behind the room is asked. */
  judge(connection: Connection, channel: string, draft: Draft): Verdict {
    return this.application?.judge?.(connection, channel, draft) ?? 'publish';
  }

  /** The options of a channel; null where there can be no such channel. */
  optionsOf(channel: string): ChannelOptions | null {
    return optionsOf(this.namespaces, channel);
  }

  /**
   * Ends the streams of channels that keep nothing any more. Where they keep something again later, what was published
   * meanwhile would be missing from them without a sign.
   */
  endUnkept(): void {
    this.history.end((channel) => this.optionsOf(channel)?.historySize === 0);
  }

  /** The newest place in a channel's stream, which is remembered for this. */
  position(channel: string): Position {
    const now = this.now();
    this.#port.wakeAt(now + STREAM_TTL_MS);
    return this.history.position(channel, now);
  }

  /**
   * Puts a member on a channel, of which it gets what is published from now on; one that watches is told of those who come
   * and go, and one that wants deltas gets what changed. They are told of it, unless it was there before the room slept.
   * Nothing happens if it is there.
   */
  subscribe(connection: Connection, name: string, watches = false, delta = false): void {
    if (connection.channels.has(name)) return;
    this.#add(connection, name, watches, delta);
    if (!connection.isRestored) this.#announce('join', connection, name);
  }

  /** Takes a member off a channel. Nothing happens if it is not there. */
  unsubscribe(connection: Connection, name: string): void {
    if (!this.#channels.delete(connection, name)) return;
    this.#announce('leave', connection, name);
  }

  /** Subscribes a member as it asked for it: for after the room slept too, and for others to know. */
  addSubscription(connection: Connection, subscription: SubscriptionRecord): void {
    this.#resume(connection, subscription);
    this.keepSubscription(connection, subscription);
    this.#announce('join', connection, subscription.channel);
  }

  /** Keeps what is new of a subscription. */
  keepSubscription(connection: Connection, subscription: SubscriptionRecord): void {
    const others = connection.record.subscriptions.filter(({ channel }) => channel !== subscription.channel);
    connection.record.subscriptions = [...others, subscription];
    this.remember(connection);
    if (subscription.expiresAt !== undefined) this.#port.wakeAt(subscription.expiresAt);
  }

  /** Ends such a subscription. */
  removeSubscription(connection: Connection, name: string): void {
    this.unsubscribe(connection, name);
    connection.record.subscriptions = connection.record.subscriptions.filter(({ channel }) => channel !== name);
    this.remember(connection);
  }

  /** Lets what stands in a member's record outlast sleep; nothing of who has left, who would be a member again after it. */
  remember(connection: Connection): void {
    if (connection.open) this.#port.remember(connection);
  }

  /** Takes a member off a channel, or off all of them, and tells it so. */
  removeFrom(connection: Connection, channel?: string): void {
    for (const name of channel === undefined ? [...connection.channels] : [channel])
      this.#drop(connection, name, 'server');
  }

  /** Those who are meant. */
  find(who: Who): Connection[] {
    return this.#members.find(who);
  }

  /** The channels that somebody is on, and how many there are on each. */
  get channels(): { name: string; size: number }[] {
    return this.#channels.list();
  }

  /** Sends something to one member, unless it reads too slowly; false where it was not sent. */
  send(connection: Connection, message: Message | Uint8Array): boolean {
    const { socket, record } = connection;
    if (!connection.open) return false;
    if ((socket.bufferedAmount ?? 0) > record.limits.maxBufferedBytes) {
      this.giveUp({ connection }, 'slow');
      return false;
    }
    try {
      socket.send(toSendable(message));
    } catch {
      // The runtime has closed the socket and its close event has not reached us yet.
      this.giveUp({ connection }, 'failed');
    }
    return connection.open;
  }

  isSubscribed(connection: Connection, channel: string): boolean {
    return connection.channels.has(channel);
  }

  /** Who is on a channel. */
  subscribersOf(channel: string): Connection[] {
    return this.#channels.subscribersOf(channel);
  }

  /**
   * Publishes on a channel, to everybody there except `except`. Where the channel has a history, what is published is
   * written first: nobody hears of anything that could be lost. `onPublished` gets null where it could not be written.
   * Nothing happens where there can be no such channel.
   *
   * With an idempotency `key` nothing is published that was published under the same one already: `onPublished` gets where
   * that stands. With `skipHistory` it is not kept, and has no place in the stream; it comes in its turn all the same.
   */
  publish(
    channel: string,
    draft: Draft,
    except: Connection | null = null,
    onPublished: (published: Pick<Publication, 'offset'> | null) => void = () => {},
    { key = null, skipHistory = false }: { key?: string | null; skipHistory?: boolean } = {},
  ): void {
    const options = this.optionsOf(channel);
    if (options === null) return;
    const { historySize: size, historyTtl } = options;
    const isKept = size > 0 && !skipHistory;
    const onWritten = (publication: Publication | null) => {
      if (publication) this.#deliver(channel, publication, except, isKept);
      onPublished(publication);
    };
    if (size === 0 && key === null) {
      onWritten({ ...draft, offset: 0, time: this.now() });
      return;
    }
    const retention = isKept ? { size, ttlMs: historyTtl * 1000 } : null;
    const once = key === null ? undefined : { key, onKnown: (offset: number) => onPublished({ offset }) };
    this.#journal.write({ channel, draft, retention, once, onWritten });
  }

  #deliver(channel: string, publication: Publication, except: Connection | null, isKept: boolean): void {
    if (!this.#channels.has(channel)) return;
    const epoch = isKept ? this.history.position(channel, this.now()).epoch : undefined;
    this.#channels.deliver(channel, publication, except, epoch);
  }

  #admit(connection: Connection): void {
    connection.open = true;
    this.#members.add(connection);
    for (const subscription of connection.record.subscriptions) this.#resume(connection, subscription);
  }

  #resume(connection: Connection, { channel, joinLeave, delta }: SubscriptionRecord): void {
    if (!connection.channels.has(channel)) this.#add(connection, channel, joinLeave, delta);
  }

  #add(connection: Connection, name: string, watches: boolean, delta = false): void {
    if (this.optionsOf(name) !== null) this.#channels.add(connection, name, watches, delta);
  }

  #drop(connection: Connection, name: string, why: Removal): void {
    // A subscription is kept also where there can be no such channel any more.
    if (!connection.channels.has(name) && subscriptionOf(connection, name) === null) return;
    this.removeSubscription(connection, name);
    const notice = this.#encoders[connection.record.protocol].encodeUnsubscribe?.(name, why);
    if (notice !== undefined) this.send(connection, notice);
  }

  #awaitExpiry({ record: { expiresAt } }: Connection): void {
    if (expiresAt !== null) this.#port.wakeAt(expiresAt);
  }

  #expire(connection: Connection): void {
    const { expiresAt, subscriptions } = connection.record;
    const now = this.now();
    if (expiresAt !== null && expiresAt <= now) this.disconnect(connection, DISCONNECTS.expired);
    if (!connection.open) return;
    const over = subscriptions.filter((subscription) => (subscription.expiresAt ?? Number.POSITIVE_INFINITY) <= now);
    for (const { channel } of over) this.#drop(connection, channel, 'expired');
  }

  #announce(move: Move, connection: Connection, channel: string): void {
    if (this.optionsOf(channel)?.joinLeave) this.#channels.announce(move, connection, channel);
  }
}
