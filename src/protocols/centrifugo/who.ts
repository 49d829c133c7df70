import { type Connection, subscriptionOf } from '../../room/connection.ts';
import type { PublisherInfo } from '../../room/publication.ts';

export function userOf({ record: { identity } }: Connection): string {
  return identity?.userId ?? '';
}

/** What others get to know of a member on a channel. */
export function infoOf(connection: Connection, channel: string): PublisherInfo {
  const { identity, id } = connection.record;
  return {
    userId: identity?.userId ?? '',
    connectionId: id,
    info: identity?.claims.info,
    channelInfo: subscriptionOf(connection, channel)?.info,
  };
}

/** `ClientInfo` of the protocol. What is undefined is left out of JSON. */
export function clientInfo({ userId, connectionId, info, channelInfo }: PublisherInfo) {
  return { user: userId, client: connectionId, conn_info: info, chan_info: channelInfo };
}

export function presenceOf(channel: string, subscribers: readonly Connection[]) {
  const infos = subscribers.map((member) => [member.record.id, clientInfo(infoOf(member, channel))]);
  return { presence: Object.fromEntries(infos) };
}

export function statsOf(subscribers: readonly Connection[]) {
  return { num_clients: subscribers.length, num_users: new Set(subscribers.map(userOf)).size };
}
