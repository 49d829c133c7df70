import * as v from 'valibot';
import { DISCONNECTS } from '../../config/disconnects.ts';
import { type Recovery, recover, recoverNewest } from '../../room/history.ts';
import type { Hub } from '../../room/hub.ts';
import type { Publication } from '../../room/publication.ts';
import { toBase64 } from '../../util/base64.ts';
import { formatEvent } from '../../util/event-stream.ts';
import type { RoomProtocol } from '../protocol.ts';
import { raw } from '../raw/raw.ts';
import { formatPosition, parsePosition } from './position.ts';

/** Publications that a client which comes back may have missed. */
const MAX_MISSED = 1000;

/** What the edge says first, and the only thing that is ever said: the channel, and the position after which to go on. */
const Greeting = v.object({ channel: v.string(), since: v.nullable(v.string()) });
export type Greeting = v.InferOutput<typeof Greeting>;

/**
 * `EventSource`: each publication of one channel is an event, and its `id` the position at which a client goes on that
 * comes back. The room writes the events as they are, the edge only passes them on.
 */
export const sse: RoomProtocol = {
  receive(hub, connection, message) {
    if (connection.record.greeted) return hub.disconnect(connection, DISCONNECTS.badRequest);
    const greeting = v.parse(Greeting, JSON.parse(String(message)));
    connection.record.greeted = true;
    const caughtUp = catchUp(hub, greeting);
    if (caughtUp !== '') hub.send(connection, caughtUp);
    hub.addSubscription(connection, { channel: greeting.channel, joinLeave: false });
  },

  encode: encodePublication,
  encodeUnsubscribe: (channel) => formatEvent({ event: 'unsubscribe', data: JSON.stringify({ channel }) }),
  join: (events) => events.join(''),
};

/**
 * What a client gets before anything new: what it missed, or that something of it is gone; and where the stream is, so
 * that it misses nothing either that comes before its first event.
 */
function catchUp(hub: Hub, { channel, since }: Greeting): string {
  const keeps = (hub.optionsOf(channel)?.historySize ?? 0) > 0;
  const gone = { event: 'gone', data: JSON.stringify({ channel }) };
  if (!keeps) return since === null ? '' : formatEvent(gone);
  const id = formatPosition(hub.position(channel));
  if (since === null) return formatEvent({ id });
  const { recovered, publications, position } = recovery(hub, channel, since);
  if (!recovered) return formatEvent({ id, ...gone });
  return (
    publications.map((missed) => encodePublication(channel, missed, position.epoch)).join('') + formatEvent({ id })
  );
}

function recovery(hub: Hub, channel: string, since: string): Recovery {
  const position = parsePosition(since);
  if (position === null) return { recovered: false, publications: [], position: hub.position(channel) };
  return hub.optionsOf(channel)?.recoveryMode === 'cache'
    ? recoverNewest(hub.history, channel, position, hub.now())
    : recover(hub.history, channel, position, MAX_MISSED, hub.now());
}

/** Text and JSON stand in an event as bare sockets get them; bytes, which can't, in base64 and under a name of their own. */
function encodePublication(channel: string, publication: Publication, epoch?: string): string {
  const id = epoch === undefined ? undefined : formatPosition({ offset: publication.offset, epoch });
  const data = raw.encode(channel, publication);
  return typeof data === 'string'
    ? formatEvent({ id, data })
    : formatEvent({ id, event: 'binary', data: toBase64(new Uint8Array(data)) });
}
