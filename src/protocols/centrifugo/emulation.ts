/**
 * Centrifugo's transports for clients without WebSocket: a stream for what they get, and requests of their own for what
 * they send (https://centrifugal.dev/docs/transports/http_stream, …/transports/sse).
 */
import * as v from 'valibot';
import { Rejected } from '../../config/errors.ts';
import { COMMENT, formatEvent } from '../../util/event-stream.ts';
import { parseJson } from '../../util/json.ts';
import { utf8Length } from '../../util/text.ts';
import type { Framing } from '../framing.ts';
import { parseFrame } from './codec.ts';

/** What a server of this protocol sends as a ping, and to which nobody has to answer who was not asked to. */
const PING = '{}';

/** `http_stream`: a line for each reply or push. */
export const lines: Framing = {
  contentType: 'application/x-ndjson',
  opening: '',
  frame: (text) => `${text}\n`,
  keepAlive: `${PING}\n`,
  farewell: (code, reason) => `${disconnectPush(code, reason)}\n`,
};

/** `sse`: an event for each frame. */
export const events: Framing = {
  contentType: 'text/event-stream',
  opening: COMMENT,
  frame: (data) => formatEvent({ data }),
  keepAlive: formatEvent({ data: PING }),
  farewell: (code, reason) => formatEvent({ data: disconnectPush(code, reason) }),
};

function disconnectPush(code: number, reason: string): string {
  return JSON.stringify({ push: { disconnect: { code, reason } } });
}

/**
 * Checks what a stream is to begin with: one connect command and nothing else, since a page may have a browser ask for
 * any URL, and to ask must not publish anything.
 */
export function checkConnect(frame: string, maxBytes: number): string | Rejected {
  if (utf8Length(frame) > maxBytes) return new Rejected('ERR_MESSAGE_TOO_LARGE');
  const [command, ...others] = parseFrame(frame);
  const isConnect = command?.method === 'connect' && others.length === 0;
  return isConnect ? frame : new Rejected('ERR_CONNECT_COMMAND');
}

/** What a client sends to a connection of which it gets the stream. */
export interface Emulated {
  session: string;
  /** A frame of commands. */
  data: string;
}

const EmulationRequest = v.object({ session: v.pipe(v.string(), v.nonEmpty()), data: v.string() });

/** Bytes of a body whose data may have `maxBytes`: quotes are escaped in it, and by some clients all that is not ASCII. */
export function maxEmulationBytes(maxBytes: number): number {
  return 3 * maxBytes + 1024;
}

/** Takes the body of an emulation request apart. `node` is not looked at: the path says which room it is. */
export function parseEmulation(body: string, maxBytes: number): Emulated | Rejected {
  const { success, output } = v.safeParse(EmulationRequest, parseJson(body));
  if (!success) return new Rejected('ERR_EMULATION_REQUEST');
  return utf8Length(output.data) > maxBytes ? new Rejected('ERR_MESSAGE_TOO_LARGE') : output;
}
