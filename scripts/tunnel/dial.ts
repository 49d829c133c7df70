import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type Outcome, refusal, unreachable } from './outcome.ts';

/** The subprotocol in which either side can end its direction, and says what it has received. */
const SUBPROTOCOL = 'tunnel.signalbox';

/** Bytes of a refusal that are read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Opens a tunnel, which is paused until somebody listens; or says why there is none. */
export function dial(url: string, headers: Record<string, string>): Promise<WebSocket | Outcome> {
  const socket = new WebSocket(url, SUBPROTOCOL, { headers, perMessageDeflate: false });
  return new Promise((resolve) => {
    socket.on('open', () => {
      socket.pause();
      resolve(socket);
    });
    socket.on('unexpected-response', async (request, response) => {
      resolve(refusal(response.statusCode ?? 0, await readBody(response)));
      request.destroy();
    });
    // After the opening, too: each error is followed by a close, which says all there is to say.
    socket.on('error', (error) => resolve(unreachable(error)));
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk;
      if (body.length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // The status has come, and is the better half.
  }
  return body;
}
