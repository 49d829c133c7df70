import { DISCONNECTS } from '../config/disconnects.ts';
import type { Message } from '../util/client-socket.ts';

/** What the room gets to see where the client goes away (RFC 6455 section 7.4.1). */
const GOING_AWAY = 1001;

/** What goes into a stream: text stands for its UTF-8. */
export type Chunk = string | Uint8Array;

/** How what comes over a socket stands in a stream. Of what is empty nothing is written. */
export interface SocketFraming {
  opening: Chunk;
  frame(message: Message): Chunk;
  /** What shows that the stream is still there: every so often, or where nothing else came for so long. */
  keepAlive: { data: Chunk; mode: 'interval' | 'idle'; intervalMs: number } | null;
  /** The last word of a room that closes with a code of its own (3000 and above). */
  farewell(code: number, reason: string): Chunk;
}

/**
 * What comes over a socket, as a stream: it ends where the socket closes, and the socket is closed where the client goes
 * away, or reads too slowly. Accepts the socket.
 */
export function streamOfSocket(
  socket: WebSocket,
  framing: SocketFraming,
  maxBufferedBytes: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const source = new SocketSource(socket, framing);
  // Of a client that goes away either this tells or `cancel`, depending on what stands in between.
  signal.addEventListener('abort', () => source.cancel());
  return new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes }));
}

class SocketSource implements UnderlyingSource<Uint8Array> {
  readonly #socket: WebSocket;
  readonly #framing: SocketFraming;
  readonly #encoder = new TextEncoder();
  #keepAlive: number | null = null;
  #open = true;

  constructor(socket: WebSocket, framing: SocketFraming) {
    this.#socket = socket;
    this.#framing = framing;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { opening, frame } = this.#framing;
    this.#socket.addEventListener('message', ({ data }) => this.#write(controller, frame(data)));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#end(controller, code, reason));
    this.#socket.addEventListener('error', () => this.#end(controller));
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.accept();
    this.#awaitSilence(controller);
    this.#write(controller, opening);
  }

  /** Nobody reads any more. */
  cancel(): void {
    if (this.#stop()) this.#socket.close(GOING_AWAY);
  }

  #awaitSilence(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { keepAlive } = this.#framing;
    if (keepAlive === null) return;
    clearInterval(this.#keepAlive);
    this.#keepAlive = setInterval(() => this.#enqueue(controller, keepAlive.data), keepAlive.intervalMs);
  }

  #write(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Chunk): void {
    this.#enqueue(controller, chunk);
    if (this.#open && this.#framing.keepAlive?.mode === 'idle') this.#awaitSilence(controller);
  }

  #enqueue(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Chunk): void {
    if (!this.#open || chunk.length === 0) return;
    if ((controller.desiredSize ?? 0) >= 0) controller.enqueue(this.#toBytes(chunk));
    else if (this.#stop()) {
      const { code, reason } = DISCONNECTS.slow;
      this.#socket.close(code, reason);
      // What waits is let go of: a client that comes back gets it anew.
      controller.error(new Error(reason));
    }
  }

  /** The room has closed the socket, or is gone. */
  #end(controller: ReadableStreamDefaultController<Uint8Array>, code = 0, reason = ''): void {
    if (!this.#stop()) return;
    const farewell = code >= 3000 ? this.#toBytes(this.#framing.farewell(code, reason)) : null;
    if (farewell?.length) controller.enqueue(farewell);
    controller.close();
  }

  #toBytes(chunk: Chunk): Uint8Array {
    return typeof chunk === 'string' ? this.#encoder.encode(chunk) : chunk;
  }

  /** False where it has ended already. */
  #stop(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    clearInterval(this.#keepAlive);
    return wasOpen;
  }
}
