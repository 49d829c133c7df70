import type { Namespaces } from '../config/channels.ts';
import type { RoomProtocolName, StreamMount } from '../config/config.ts';
import type { Rejected } from '../config/errors.ts';
import type { Admission } from '../room/connection.ts';
import { checkConnect, events, lines } from './centrifugo/emulation.ts';
import type { Framing } from './framing.ts';
import { asWritten, greet } from './sse/edge.ts';

/** A request for a stream, and what the edge knows of who asks. */
export interface StreamRequest {
  query: URLSearchParams;
  headers: Headers;
  /** Empty where there was none. */
  body: string;
  admission: Admission;
  namespaces: Namespaces;
}

/** A way to take part in a room by a streaming answer instead of a socket. */
export interface Stream {
  method: 'GET' | 'POST';
  /** What is spoken with the room. */
  protocol: RoomProtocolName;
  /** Whether the client sends too, by requests of their own. */
  sends: boolean;
  framing: Framing;
  /** What the room is to be told first, or why nothing can be. */
  open(request: StreamRequest): string | Rejected;
}

export const STREAMS: Record<StreamMount, Stream> = {
  http_stream: {
    method: 'POST',
    protocol: 'centrifugo',
    sends: true,
    framing: lines,
    open: ({ body, admission }) => checkConnect(body, admission.limits.maxMessageBytes),
  },
  centrifugo_sse: {
    method: 'GET',
    protocol: 'centrifugo',
    sends: true,
    framing: events,
    open: ({ query, admission }) => checkConnect(query.get('cf_connect') ?? '', admission.limits.maxMessageBytes),
  },
  sse: { method: 'GET', protocol: 'sse', sends: false, framing: asWritten, open: greet },
};
