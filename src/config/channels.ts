/** How the channels of one namespace behave. Plain data. The names are Centrifugo's, in this project's spelling. */
export interface ChannelOptions {
  /** Publications that are kept, the newest ones. 0 keeps none. @default 0 */
  historySize: number;
  /** Seconds that a publication is kept. @default 300 */
  historyTtl: number;
  /** Whether every subscription may be recovered, also of clients that do not ask for it. @default false */
  forceRecovery: boolean;
  /** What a client that comes back gets: all that it missed, or only the newest publication. @default 'stream' */
  recoveryMode: 'stream' | 'cache';
  /** Whether members may see who is subscribed. @default false */
  presence: boolean;
  /** Whether subscribers who ask for it are told of those who come and go. @default false */
  joinLeave: boolean;
  /** Whether all of them are told, without asking. @default false */
  forcePushJoinLeave: boolean;
  /** Whether subscribers who ask for it get only what changed since the publication before. @default false */
  delta: boolean;
  /**
   * Who may subscribe: members that may by their identity, or only who shows a subscription token for the channel or was
   * put there by the server.
   * @default 'members'
   */
  subscribe: 'members' | 'token';
  /** Who may publish: members that may by their identity, only those of them who are subscribed, or only the API. @default 'members' */
  publish: 'members' | 'subscribers' | 'api';
}

export const DEFAULT_CHANNEL_OPTIONS: ChannelOptions = {
  historySize: 0,
  historyTtl: 300,
  forceRecovery: false,
  recoveryMode: 'stream',
  presence: false,
  joinLeave: false,
  forcePushJoinLeave: false,
  delta: false,
  subscribe: 'members',
  publish: 'members',
};

/** The most that may be kept of a channel. It stands in the room's SQLite, which holds 10 GB for all of its channels. */
export const MAX_HISTORY = { size: 100_000, ttl: 365 * 24 * 60 * 60 };

/** What stands in a table for the namespaces that are not in it. */
const ANY = '*';

/**
 * Options by namespace: by what stands before the first `:` in a channel's name, and `''` for names without one. Under `'*'`
 * are those of all namespaces that have none of their own.
 */
export type Namespaces = Readonly<Record<string, ChannelOptions>>;

/** What a room goes by that was told nothing. */
export const DEFAULT_NAMESPACES: Namespaces = { '': DEFAULT_CHANNEL_OPTIONS };

/** The options of a channel; null where its namespace is not known. */
export function optionsOf(namespaces: Namespaces, channel: string): ChannelOptions | null {
  const colon = channel.indexOf(':');
  const name = colon === -1 ? '' : channel.slice(0, colon);
  return (Object.hasOwn(namespaces, name) ? namespaces[name] : namespaces[ANY]) ?? null;
}
