import * as v from 'valibot';
import { optionsOf } from '../../config/channels.ts';
import { Rejected } from '../../config/errors.ts';
import { may } from '../../config/permissions.ts';
import { DEFAULT_CHANNEL } from '../../room/hub.ts';
import { COMMENT, formatEvent } from '../../util/event-stream.ts';
import { Channel } from '../centrifugo/codec.ts';
import type { Framing } from '../framing.ts';
import type { StreamRequest } from '../streams.ts';
import type { Greeting } from './sse.ts';

/** The room writes events, so there is nothing left to do but to say why it closes. */
export const asWritten: Framing = {
  contentType: 'text/event-stream',
  opening: COMMENT,
  frame: (events) => events,
  keepAlive: COMMENT,
  farewell: (code, reason) => formatEvent({ event: 'disconnect', data: JSON.stringify({ code, reason }) }),
};

/** What is asked for: `channel`, and where to go on, which a browser that comes back tells in a header. */
export function greet({ query, headers, admission, namespaces }: StreamRequest): string | Rejected {
  const channel = query.get('channel') ?? DEFAULT_CHANNEL;
  const options = v.is(Channel, channel) ? optionsOf(namespaces, channel) : null;
  if (options === null) return new Rejected('ERR_CHANNEL_UNKNOWN');
  if (options.subscribe !== 'members' || !may(admission.grants, 'subscribe', channel))
    return new Rejected('ERR_PERMISSION_DENIED');
  const since = headers.get('Last-Event-ID') || query.get('since') || null;
  return JSON.stringify({ channel, since } satisfies Greeting);
}
