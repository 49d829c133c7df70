/** What a member may do: by what it was permitted on its way in, and by what the channel says. */
import type { Action } from '../config/auth.ts';
import { may } from '../config/permissions.ts';
import type { Connection } from './connection.ts';
import { DEFAULT_CHANNEL, type Hub } from './hub.ts';

/** Whether a member may subscribe to a channel without a token for it. */
export function maySubscribe(hub: Hub, connection: Connection, channel = DEFAULT_CHANNEL): boolean {
  return hub.optionsOf(channel)?.subscribe === 'members' && isPermitted(connection, 'subscribe', channel);
}

export function mayPublish(hub: Hub, connection: Connection, channel = DEFAULT_CHANNEL): boolean {
  const options = hub.optionsOf(channel);
  if (options === null || !isPermitted(connection, 'publish', channel)) return false;
  return options.publish === 'members' || (options.publish === 'subscribers' && hub.isSubscribed(connection, channel));
}

/**
 * Whether a member may see who is on a channel, or what was published on it: only while it is subscribed where it may not
 * subscribe by itself.
 */
export function mayLook(
  hub: Hub,
  connection: Connection,
  action: 'presence' | 'history',
  channel = DEFAULT_CHANNEL,
): boolean {
  const isOpen = hub.optionsOf(channel)?.subscribe === 'members' || hub.isSubscribed(connection, channel);
  return isOpen && isPermitted(connection, action, channel);
}

function isPermitted({ record }: Connection, action: Action, channel: string): boolean {
  return may(record.grants, action, channel);
}
