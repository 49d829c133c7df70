import { type End, InspectedConnection, type InspectOptions, type Report, type Side } from '../bridge/inspect.ts';
import { removeHopByHop } from '../util/hop-by-hop.ts';
import { switchProtocols } from './socket.ts';

export interface Inspection extends InspectOptions {
  /** The route's name, for the log. */
  route: string;
  /** Told once, when the connection is over. */
  onEnd(): void;
}

/** Joins a client and the origin that took it, so that each message goes through our hands. */
export function inspect(origin: WebSocket, headers: Headers, { route, onEnd, ...options }: Inspection): Response {
  const { response, socket: client } = switchProtocols(headers.get('Sec-WebSocket-Protocol'), carried(headers));
  const ends = { client: endOf(client), origin: endOf(origin) };
  const connection = new InspectedConnection(ends, options, {
    now: Date.now,
    after,
    onEnd(report) {
      onEnd();
      console.log(sentence(route, report));
    },
  });
  listen('client', client, connection);
  listen('origin', origin, connection);
  return response;
}

/** What an origin says with its 101 beside the switch itself, such as a cookie. */
function carried(headers: Headers): Headers {
  const kept = new Headers(headers);
  removeHopByHop(kept);
  for (const name of [...kept.keys()]) if (name.startsWith('sec-websocket-')) kept.delete(name);
  return kept;
}

function endOf(socket: WebSocket): End {
  return {
    send: (message) => socket.send(message),
    close(code, reason) {
      try {
        socket.close(code, reason);
      } catch {
        // It broke a moment ago, and the event that tells so is on its way.
      }
    },
    get bufferedAmount() {
      return (socket as { bufferedAmount?: number }).bufferedAmount;
    },
  };
}

function listen(side: Side, socket: WebSocket, connection: InspectedConnection): void {
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => connection.receive(side, data as string | ArrayBuffer));
  // The code alone does not tell: anybody can send a Close with 1006.
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    if (wasClean) connection.closed(side, code, reason);
    else connection.vanished(side);
  });
  // Frames that are none end a connection without a close event.
  socket.addEventListener('error', () => connection.vanished(side));
  // A Close is the other side's to answer.
  socket.accept({ allowHalfOpen: true });
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function sentence(route: string, { ms, client, origin, by, close: [code] }: Report): string {
  const said = [client, origin].map(({ messages, bytes }) => `${messages} messages, ${bytes} bytes`);
  const parts = [`client ${said[0]}`, `origin ${said[1]}`, `ended by ${by} with ${code ?? 'no code'}`];
  return `A connection through ${route} is over after ${(ms / 1000).toFixed(1)} s: ${parts.join('; ')}`;
}
