import type { ChannelOptions } from '../../config/channels.ts';
import { fitsRecord, type SubscriptionRecord, subscriptionOf } from '../../room/connection.ts';
import { type Recovery, recover, recoverNewest } from '../../room/history.ts';
import type { Hub } from '../../room/hub.ts';
import type { Position, Publication } from '../../room/publication.ts';
import { maySubscribe } from '../../room/rights.ts';
import { type Call, expiry, type Handler, knownOptions, verifyToken } from './call.ts';
import { encodePublication, encodeQuoted, type Method, type Params } from './codec.ts';
import { CommandError } from './errors.ts';
import { readSubscriptionToken, type SubscriptionToken, withGrace } from './tokens.ts';
import { userOf } from './who.ts';

/** Channels that one connection may subscribe to. */
const MAX_CHANNELS = 128;
/** Publications in one reply. */
export const MAX_PUBLICATIONS = 1000;
/** The flag of a subscribe command that wants an error rather than a subscription that missed something. */
const REJECT_UNRECOVERED = 2;

/** What a subscription is asked for with. */
export type Wanted = Pick<
  Params<'subscribe'>,
  'channel' | 'recover' | 'recoverable' | 'positioned' | 'join_leave' | 'delta' | 'offset' | 'epoch' | 'flag'
>;

/** A subscription that is asked for with nothing in particular. */
export const FRESH: Omit<Wanted, 'channel'> = {
  recover: false,
  recoverable: false,
  positioned: false,
  join_leave: false,
  delta: '',
  offset: 0,
  epoch: '',
  flag: 0,
};

export function subscribe(call: Call<'subscribe'>): void | Promise<void> {
  const { hub, connection, params } = call;
  if (params.token !== '' && hub.tokens !== null) return subscribeWithToken(call);
  knownOptions(hub, params.channel);
  if (!maySubscribe(hub, connection, params.channel)) throw new CommandError('permissionDenied');
  call.replies.result(call.id, 'subscribe', enterChannel(call, params, {}));
}

/** A token for a channel is permission enough. */
async function subscribeWithToken(call: Call<'subscribe'>): Promise<void> {
  const { info, expiresAt } = await readToken(call);
  const more = { info, expiresAt: withGrace(expiresAt) ?? undefined };
  const told = expiry(expiresAt, call.hub.now());
  call.replies.result(call.id, 'subscribe', enterChannel(call, call.params, more, told));
}

/** The token of a call, if it is for this member and this channel. */
async function readToken(call: Call<'subscribe' | 'sub_refresh'>): Promise<SubscriptionToken> {
  const { connection, params } = call;
  const statement = await verifyToken(call, params.token);
  const token = typeof statement === 'string' ? statement : readSubscriptionToken(statement);
  if (token === 'expired') throw new CommandError('tokenExpired');
  if (token === 'unavailable') throw new CommandError('internal');
  if (token === 'invalid' || token.channel !== params.channel || token.userId !== userOf(connection))
    throw new CommandError('permissionDenied');
  return token;
}

/**
 * Subscribes a member, whoever said that it may.
 *
 * @returns the protocol's `SubscribeResult`, in JSON
 */
export function enterChannel(
  { hub, connection }: Pick<Call<Method>, 'hub' | 'connection'>,
  wanted: Wanted,
  more: Pick<SubscriptionRecord, 'serverSide' | 'expiresAt' | 'info'>,
  told: object = {},
): string {
  const { channel } = wanted;
  const options = knownOptions(hub, channel);
  if (hub.isSubscribed(connection, channel)) throw new CommandError('alreadySubscribed');
  const negotiated = options.delta && wanted.delta === 'fossil' ? ({ delta: true } as const) : {};
  const subscription = { channel, joinLeave: watches(options, wanted), ...negotiated, ...more };
  checkSubscriptions([...connection.record.subscriptions, subscription]);
  const result = resultOf(hub, options, wanted, { ...negotiated, ...told });
  hub.addSubscription(connection, subscription);
  return result;
}

/** Throws where one of the channels that the server wants to put somebody on can't be, or all of them are too much. */
export function checkServerSide(
  { hub, connection }: Pick<Call<Method>, 'hub' | 'connection'>,
  channels: readonly { channel: string; info?: unknown }[],
): void {
  const subscriptions = channels.map(({ channel, info }) => {
    const joinLeave = watches(knownOptions(hub, channel), FRESH);
    return { channel, joinLeave, serverSide: true as const, info };
  });
  checkSubscriptions([...connection.record.subscriptions, ...subscriptions]);
}

function watches({ joinLeave, forcePushJoinLeave }: ChannelOptions, wanted: Pick<Wanted, 'join_leave'>): boolean {
  return joinLeave && (forcePushJoinLeave || wanted.join_leave);
}

function checkSubscriptions(subscriptions: readonly SubscriptionRecord[]): void {
  if (subscriptions.length > MAX_CHANNELS || !fitsRecord(subscriptions)) throw new CommandError('limitExceeded');
}

export const unsubscribe: Handler<'unsubscribe'> = ({ hub, connection, id, params, replies }) => {
  if (subscriptionOf(connection, params.channel)?.serverSide) throw new CommandError('badRequest');
  hub.removeSubscription(connection, params.channel);
  replies.result(id, 'unsubscribe');
};

export function subRefresh(call: Call<'sub_refresh'>): Promise<void> {
  if (call.hub.tokens === null) throw new CommandError('notAvailable');
  return prolong(call);
}

async function prolong(call: Call<'sub_refresh'>): Promise<void> {
  const { hub, connection, id, params, replies } = call;
  const { info, expiresAt } = await readToken(call);
  const subscription = subscriptionOf(connection, params.channel);
  if (subscription === null || subscription.serverSide) throw new CommandError('permissionDenied');
  const renewed = { ...subscription, info, expiresAt: withGrace(expiresAt) ?? undefined };
  checkSubscriptions(connection.record.subscriptions.map((kept) => (kept === subscription ? renewed : kept)));
  hub.keepSubscription(connection, renewed);
  replies.result(id, 'sub_refresh', JSON.stringify(expiry(expiresAt, hub.now())));
}

function resultOf(hub: Hub, options: ChannelOptions, wanted: Wanted, told: { delta?: true }): string {
  const keeps = options.historySize > 0 && (options.forceRecovery || wanted.recoverable || wanted.positioned);
  if (!keeps) return JSON.stringify(told);
  const position = hub.position(wanted.channel);
  const basics = { recoverable: true, positioned: true, ...told };
  if (!wanted.recover) return withPublications([], position, basics);
  const { recovered, publications } = recovery(hub, options, wanted);
  if (!recovered && (wanted.flag & REJECT_UNRECOVERED) !== 0) throw new CommandError('unrecoverablePosition');
  // The client moves on from where it was with each publication that it gets.
  const from = recovered && options.recoveryMode === 'stream' ? { ...position, offset: wanted.offset } : position;
  const fields = { ...basics, recovered, was_recovering: true };
  return withPublications(publications, from, fields, told.delta ? encodeQuoted : encodePublication);
}

function recovery(hub: Hub, { recoveryMode }: ChannelOptions, { channel, offset, epoch }: Wanted): Recovery {
  const since = { offset, epoch };
  return recoveryMode === 'cache'
    ? recoverNewest(hub.history, channel, since, hub.now())
    : recover(hub.history, channel, since, MAX_PUBLICATIONS, hub.now());
}

/** A result that holds publications, which are written into it as they are. */
export function withPublications(
  publications: readonly Publication[],
  position: Position,
  fields: object = {},
  encode = encodePublication,
): string {
  const rest = JSON.stringify({ ...fields, ...position }).slice(1);
  return `{"publications":[${publications.map(encode).join(',')}],${rest}`;
}
