import { type AnswerParts, toAnswer } from '../grip/answer.ts';
import type { HttpResponseFormat } from '../grip/formats.ts';
import type { Hold } from '../grip/instruct.ts';
import { fromJson } from '../grip/json.ts';
import type { HoldRecord } from '../room/connection.ts';
import { streamOfSocket } from './socket-stream.ts';

/** A request that an application server wants to be held open. */
export interface Held {
  hold: Hold;
  /** What it is answered with: at once in a stream, else where nothing is published in time. */
  answer: AnswerParts & { body: Uint8Array };
  /** Leads into the room, on the client's behalf: the answer has a socket, or says why there is none. */
  enter(record: HoldRecord): Promise<Response>;
  /** Bytes that may wait for a client that reads slowly. */
  maxBufferedBytes: number;
  /** Aborts where the client goes away. */
  signal: AbortSignal;
}

/** Holds a request open at the edge, while the room that it waits for may sleep. To the room it is a socket as any other. */
export async function holdOpen(held: Held): Promise<Response> {
  const { hold, answer, enter } = held;
  const entered = await enter({ mode: hold.mode, channels: hold.channels.map(({ name }) => name) });
  const socket = entered.webSocket;
  if (!socket) return entered;
  if (hold.mode === 'stream') return toAnswer({ ...answer, body: toStream(socket, hold, held) });
  const published = await firstMessage(socket, hold.timeoutMs, held.signal);
  return toAnswer(published === null ? answer : (fromJson(published) as HttpResponseFormat));
}

/** The answer's own body, and what is published after it. */
function toStream(
  socket: WebSocket,
  { keepAlive }: Hold & { mode: 'stream' },
  { answer, maxBufferedBytes, signal }: Held,
) {
  const framing = {
    opening: answer.body,
    frame: (content: string | ArrayBuffer) => (typeof content === 'string' ? content : new Uint8Array(content)),
    keepAlive,
    farewell: () => '',
  };
  return streamOfSocket(socket, framing, maxBufferedBytes, signal);
}

/** The first message on a socket, which is closed then; null where it closes, or the client goes away, or none comes in time. */
async function firstMessage(socket: WebSocket, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(resolve, timeoutMs, null);
  socket.addEventListener('message', ({ data }) => resolve(String(data)));
  for (const end of ['close', 'error'] as const) socket.addEventListener(end, () => resolve(null));
  signal.addEventListener('abort', () => resolve(null));
  socket.accept();
  const first = await promise;
  clearTimeout(timer);
  socket.close(1000);
  return first;
}
