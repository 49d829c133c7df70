import type { TokenFault, TokenStatement } from '../../config/auth.ts';
import type { ChannelOptions } from '../../config/channels.ts';
import type { Connection } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import { mayLook } from '../../room/rights.ts';
import type { Method, Params } from './codec.ts';
import { CommandError } from './errors.ts';
import type { Replies } from './replies.ts';

/** A command that is being done. */
export interface Call<M extends Method> {
  hub: Hub;
  connection: Connection;
  id: number;
  params: Params<M>;
  replies: Replies;
}

/** Does a command and replies, or throws a `CommandError`. Only what has to wait for something gives a promise. */
export type Handler<M extends Method> = (call: Call<M>) => void | Promise<void>;

/** The options of a channel that there can be. */
export function knownOptions(hub: Hub, channel: string): ChannelOptions {
  const options = hub.optionsOf(channel);
  if (options === null) throw new CommandError('unknownChannel');
  return options;
}

/** Throws where a member may not see that of a channel. */
export function checkLook(hub: Hub, connection: Connection, what: 'presence' | 'history', channel: string): void {
  knownOptions(hub, channel);
  if (!mayLook(hub, connection, what, channel)) throw new CommandError('permissionDenied');
}

/** The most seconds that clients are told of: as many as fit in the integers of all their languages. */
const MAX_TTL = 0x7fffffff;

/** Seconds from now to a time, both in milliseconds, as clients are told of when to come with a new token. */
export function secondsUntil(expiresAt: number, now: number): number {
  return Math.min(Math.max(1, Math.ceil((expiresAt - now) / 1000)), MAX_TTL);
}

/** What a client that counts down is told: nothing where there is no end. */
export function expiry(expiresAt: number | null, now: number): { expires?: true; ttl?: number } {
  return expiresAt === null ? {} : { expires: true, ttl: secondsUntil(expiresAt, now) };
}

/** What a token says that a member shows, or what is wrong with it. */
export async function verifyToken(
  { hub, connection }: Pick<Call<Method>, 'hub' | 'connection'>,
  token: string,
): Promise<TokenStatement | TokenFault> {
  const statement = (await hub.tokens?.verify(token)) ?? 'invalid';
  // Somebody who has left meanwhile must not be made a member of anything.
  return connection.open ? statement : 'invalid';
}
