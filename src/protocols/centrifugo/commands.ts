import type { Action } from '../../config/auth.ts';
import type { ChannelOptions } from '../../config/channels.ts';
import type { Connection, SubscriptionRecord } from '../../room/connection.ts';
import { type Recovery, recover, recoverNewest } from '../../room/history.ts';
import type { Hub } from '../../room/hub.ts';
import type { Draft, Position, Publication } from '../../room/publication.ts';
import { utf8Length } from '../../util/text.ts';
import { encodePublication, type Method, type Params } from './codec.ts';
import { CommandError, REPLY_ERRORS } from './errors.ts';
import type { Replies } from './replies.ts';

/** A command that is being done. */
export interface Call<M extends Method> {
  hub: Hub;
  connection: Connection;
  id: number;
  params: Params<M>;
  replies: Replies;
}

/** Channels that one connection may subscribe to, and bytes that they may take in its record, which is kept with its socket. */
const MAX_CHANNELS = 128;
const MAX_SUBSCRIPTION_BYTES = 7000;
/** Publications in one reply. */
const MAX_PUBLICATIONS = 1000;
/** So many publications or members in a reply count as much as a message: what is asked for costs more than the asking. */
const ITEMS_PER_MESSAGE = 20;
/** The flag of a subscribe command that wants an error rather than a subscription that missed something. */
const REJECT_UNRECOVERED = 2;

/** What this server calls itself. */
const VERSION = 'signalbox';

/** Each command does its work and replies, or throws a `CommandError`. */
export const HANDLERS: { [M in Method]: (call: Call<M>) => void } = {
  connect({ hub, connection, id, replies }) {
    if (connection.record.greeted) throw new CommandError('badRequest');
    connection.record.greeted = true;
    hub.remember(connection);
    // No `ping`: the client then waits for none, and a room need not wake up to send them.
    replies.result(id, 'connect', JSON.stringify({ client: connection.record.id, version: VERSION }));
  },

  subscribe({ hub, connection, id, params, replies }) {
    const options = permitted(hub, connection, 'subscribe', params.channel);
    if (hub.isSubscribed(connection, params.channel)) throw new CommandError('alreadySubscribed');
    const watches = options.joinLeave && (options.forcePushJoinLeave || params.join_leave);
    const subscription = { channel: params.channel, joinLeave: watches };
    checkSubscriptions([...connection.record.subscriptions, subscription]);
    const result = subscribeResult(hub, options, params);
    hub.addSubscription(connection, subscription);
    replies.result(id, 'subscribe', result);
  },

  unsubscribe({ hub, connection, id, params, replies }) {
    hub.removeSubscription(connection, params.channel);
    replies.result(id, 'unsubscribe');
  },

  publish({ hub, connection, id, params, replies }) {
    permitted(hub, connection, 'publish', params.channel);
    if (!hub.mayPublish(connection, params.channel)) throw new CommandError('permissionDenied');
    const draft: Draft = { data: JSON.stringify(params.data), json: true, publisher: infoOf(connection), tags: null };
    // A reply to a subscription of the same frame has to be there before what is published on it.
    replies.flush();
    hub.publish(params.channel, draft, null, (publication) => {
      if (publication) replies.result(id, 'publish');
      else replies.error(id, REPLY_ERRORS.internal);
    });
  },

  presence({ hub, connection, id, params, replies }) {
    permitted(hub, connection, 'presence', params.channel);
    const subscribers = presentOn(hub, params.channel);
    if (!hub.charge(connection, subscribers.length / ITEMS_PER_MESSAGE)) return;
    replies.result(id, 'presence', JSON.stringify(presenceOf(subscribers)));
  },

  presence_stats({ hub, connection, id, params, replies }) {
    permitted(hub, connection, 'presence', params.channel);
    replies.result(id, 'presence_stats', JSON.stringify(statsOf(presentOn(hub, params.channel))));
  },

  history({ hub, connection, id, params, replies }) {
    permitted(hub, connection, 'history', params.channel);
    const { found, position } = readPage(hub, params);
    if (!hub.charge(connection, found.length / ITEMS_PER_MESSAGE)) return;
    replies.result(id, 'history', withPublications(found, position));
  },

  rpc: notAvailable,
  send: () => {},
  refresh: notAvailable,
  sub_refresh: notAvailable,
  ping: ({ id, replies }) => replies.result(id, 'ping'),
};

/** One page of a channel's history, and where its stream is. */
export function readPage(hub: Hub, { channel, since, limit, reverse }: Params<'history'>) {
  checkHistory(hub, channel);
  const position = hub.history.position(channel);
  if (since && since.epoch !== '' && since.epoch !== position.epoch) throw new CommandError('unrecoverablePosition');
  const bounded = limit < 0 ? MAX_PUBLICATIONS : Math.min(limit, MAX_PUBLICATIONS);
  const found = hub.history.read(channel, { since: since?.offset, limit: bounded, reverse }, hub.now());
  return { found, position };
}

export function checkHistory(hub: Hub, channel: string): void {
  if (knownOptions(hub, channel).historySize === 0) throw new CommandError('notAvailable');
}

function checkSubscriptions(subscriptions: readonly SubscriptionRecord[]): void {
  const tooMany = subscriptions.length > MAX_CHANNELS;
  if (tooMany || utf8Length(JSON.stringify(subscriptions)) > MAX_SUBSCRIPTION_BYTES)
    throw new CommandError('limitExceeded');
}

function notAvailable(): never {
  throw new CommandError('notAvailable');
}

/** The options of a channel on which a member may do that. */
function permitted(hub: Hub, connection: Connection, action: Action, channel: string): ChannelOptions {
  const options = knownOptions(hub, channel);
  if (!hub.may(connection, action, channel)) throw new CommandError('permissionDenied');
  return options;
}

/** The options of a channel that there can be. */
export function knownOptions(hub: Hub, channel: string): ChannelOptions {
  const options = hub.optionsOf(channel);
  if (options === null) throw new CommandError('unknownChannel');
  return options;
}

/** Who is on a channel, where that may be asked. */
export function presentOn(hub: Hub, channel: string): Connection[] {
  if (!knownOptions(hub, channel).presence) throw new CommandError('notAvailable');
  return hub.subscribersOf(channel);
}

function subscribeResult(hub: Hub, options: ChannelOptions, params: Params<'subscribe'>): string {
  const keeps = options.historySize > 0 && (options.forceRecovery || params.recoverable || params.positioned);
  if (!keeps) return '{}';
  const position = hub.history.position(params.channel);
  const basics = { recoverable: true, positioned: true };
  if (!params.recover) return withPublications([], position, basics);
  const { recovered, publications } = recovery(hub, options, params);
  if (!recovered && (params.flag & REJECT_UNRECOVERED) !== 0) throw new CommandError('unrecoverablePosition');
  // The client moves on from where it was with each publication that it gets.
  const from = recovered && options.recoveryMode === 'stream' ? { ...position, offset: params.offset } : position;
  return withPublications(publications, from, { ...basics, recovered, was_recovering: true });
}

function recovery(
  hub: Hub,
  { recoveryMode }: ChannelOptions,
  { channel, offset, epoch }: Params<'subscribe'>,
): Recovery {
  const since = { offset, epoch };
  return recoveryMode === 'cache'
    ? recoverNewest(hub.history, channel, since, hub.now())
    : recover(hub.history, channel, since, MAX_PUBLICATIONS, hub.now());
}

/** A result that holds publications, which are written into it as they are. */
function withPublications(publications: readonly Publication[], position: Position, fields: object = {}): string {
  const rest = JSON.stringify({ ...fields, ...position }).slice(1);
  return `{"publications":[${publications.map(encodePublication).join(',')}],${rest}`;
}

function userOf({ record: { identity } }: Connection): string {
  return identity?.userId ?? '';
}

function infoOf(connection: Connection) {
  return { userId: userOf(connection), connectionId: connection.record.id };
}

export function presenceOf(subscribers: readonly Connection[]) {
  return { presence: Object.fromEntries(subscribers.map((member) => [member.record.id, clientInfo(member)])) };
}

export function statsOf(subscribers: readonly Connection[]) {
  return { num_clients: subscribers.length, num_users: new Set(subscribers.map(userOf)).size };
}

export function clientInfo(connection: Connection) {
  return { user: userOf(connection), client: connection.record.id };
}
