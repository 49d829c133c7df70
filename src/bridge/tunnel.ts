import { MAX_POOL } from '../config/bridge.ts';
import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import type { ClientSocket, Message } from '../util/client-socket.ts';
import { utf8Length } from '../util/text.ts';
import { Brake, type BrakePort } from './brake.ts';
import { Downlink } from './downlink.ts';
import type { Framing } from './framing.ts';
import { SendWindow } from './send-window.ts';
import { Uplink } from './uplink.ts';

/** A TCP connection, as far as a tunnel uses it. */
export interface TcpStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends it both ways. */
  close(): void;
}

/** What a tunnel asks of the world around it. */
export interface TunnelPort extends BrakePort {
  /** Milliseconds since 1970. */
  now(): number;
  /** Told once, as the client's connection is closed. What it sent may still be on its way to the service. */
  onClosed(): void;
}

export interface TunnelOptions {
  framing: Framing;
  /**
   * Whether an empty binary message is the end of the stream in its direction, while the other one goes on, and text of the
   * client says how many bytes of payload it has received.
   */
  halfCloses: boolean;
  /** Bytes of one message of the client. */
  maxMessageBytes: number;
  /** Bytes that may wait for the client before the service is read no further. */
  maxBufferedBytes: number;
  /** Milliseconds in which nothing has to come from either side, and milliseconds that it may last at all; 0 for no end. */
  idleMs: number;
  lifetimeMs: number;
  /** Milliseconds until the credential expires that the client came with; null where it does not. */
  expiresInMs: number | null;
}

/**
 * Bytes that wait for the service: above `high` the client is held back, at `low` it is let go again. Above `most` the tunnel
 * is closed, since what holds the client back is not tight; that is half of the memory that an object has.
 */
export const QUEUE = { low: 512 * 1024, high: 2 * 1024 * 1024, most: 64 * 1024 * 1024 };

/** Milliseconds that one side may go on to take or send what is left, when the other one is gone. */
const LINGER_MS = 10_000;

type Timer = 'idle' | 'lifetime' | 'expiry' | 'linger';

/** A client's messages, and the bytes of a TCP service: joined. */
export class Tunnel {
  readonly #socket: ClientSocket;
  readonly #stream: TcpStream;
  readonly #options: TunnelOptions;
  readonly #port: TunnelPort;
  readonly #brake: Brake;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #window: SendWindow;
  /** Whether more may come from the service. */
  #isReading = true;
  /** `flushing` while what the closed connection left is written. */
  #state: 'open' | 'flushing' | 'over' = 'open';
  /** What the client is told when both directions have ended. */
  #verdict: Disconnect = DISCONNECTS.ended;
  #hasClientEnded = false;
  #received = 0;
  #lastActive: number;
  readonly #cancels: Partial<Record<Timer, () => void>> = {};

  constructor(socket: ClientSocket, stream: TcpStream, options: TunnelOptions, port: TunnelPort) {
    this.#socket = socket;
    this.#stream = stream;
    this.#options = options;
    this.#port = port;
    this.#lastActive = port.now();
    this.#brake = new Brake(port, () => this.#isJammed());
    this.#window = new SendWindow(socket, options.maxBufferedBytes, port.after);
    this.#uplink = new Uplink(stream.writable, this.#brake, port.after, () => this.#onWriteFailed());
    this.#downlink = new Downlink(stream.readable, this.#brake, {
      onBytes: (bytes) => this.#deliver(bytes),
      onEnd: () => this.#onServiceEnded(),
      onFailure: () => this.#fail(DISCONNECTS.serviceFailed),
    });
  }

  /** Bytes of payload that came from the client, and that went to it. */
  get bytes(): { up: number; down: number } {
    return { up: this.#received, down: this.#window.sent };
  }

  start(): void {
    const { idleMs, lifetimeMs, expiresInMs } = this.#options;
    if (idleMs > 0) this.#watchIdle(idleMs);
    if (lifetimeMs > 0) this.#setTimer('lifetime', lifetimeMs, () => this.#fail(DISCONNECTS.lifetime));
    if (expiresInMs !== null) this.#setTimer('expiry', expiresInMs, () => this.#fail(DISCONNECTS.expired));
    this.#downlink.start();
  }

  /** Takes a whole message of the client. */
  receive(message: Message): void {
    if (this.#state !== 'open') return;
    this.#lastActive = this.#port.now();
    const { framing, halfCloses, maxMessageBytes } = this.#options;
    if (sizeOf(message) > maxMessageBytes) {
      this.#fail(DISCONNECTS.messageTooBig);
      return;
    }
    const isTaken =
      halfCloses && typeof message === 'string'
        ? this.#window.acknowledge(message)
        : this.#pass(framing.decode(message));
    if (!isTaken) this.#fail(DISCONNECTS.unexpectedMessage);
    this.#brake.notice();
  }

  /** False for what may not come. */
  #pass(bytes: Uint8Array | null): boolean {
    if (bytes === null || this.#hasClientEnded) return false;
    this.#received += bytes.length;
    if (bytes.length > 0) this.#write(bytes);
    else if (this.#options.halfCloses) this.#onClientEnded();
    return true;
  }

  #write(bytes: Uint8Array): void {
    this.#uplink.write(bytes);
    if (this.#uplink.queued > QUEUE.most) this.#fail(DISCONNECTS.serviceStalled);
    else if (this.#uplink.queued > QUEUE.high) void this.#brake.pull();
  }

  /** Whether the client should send no more. Not where only the client can help: its acknowledgement comes behind its bytes. */
  #isJammed(): boolean {
    return this.#uplink.isOpen && this.#uplink.queued > QUEUE.low && !this.#window.needsAcknowledgement;
  }

  /** The other direction goes on, unless it has ended before. */
  #onClientEnded(): void {
    this.#hasClientEnded = true;
    void this.#uplink.end();
    if (!this.#isReading) this.#finish();
  }

  /** The client has sent a Close: the service is told that no more comes, and what it still sends is delivered. */
  clientClosed(): void {
    if (this.#state !== 'open') return;
    this.#onClientEnded();
    if (this.#isReading) this.#setTimer('linger', LINGER_MS, () => this.#finish());
  }

  /** The client is gone without a word. */
  clientVanished(): void {
    this.#fail(DISCONNECTS.ended);
  }

  #deliver(bytes: Uint8Array): void | Promise<void> {
    this.#brake.notice();
    // What comes after the close is read and dropped, so that the service goes on to take what the client sent.
    if (this.#state !== 'open') return;
    this.#lastActive = this.#port.now();
    this.#send(this.#options.framing.encode(bytes));
    return this.#window.send(bytes.length);
  }

  #send(message: Message | Uint8Array | null): void {
    if (message === null) return;
    try {
      this.#socket.send(message);
    } catch {
      // The runtime has closed the socket and its close event has not reached us yet.
      this.clientVanished();
    }
  }

  #onServiceEnded(): void {
    if (this.#state !== 'open') return;
    this.#isReading = false;
    const { framing, halfCloses } = this.#options;
    this.#send(framing.end());
    if (halfCloses && this.#uplink.isOpen) this.#send(new ArrayBuffer(0));
    else this.#finish();
  }

  /** The service takes no more. It may have said why, so what it sent is read to its end. */
  #onWriteFailed(): void {
    if (this.#state !== 'open') return;
    this.#verdict = DISCONNECTS.serviceFailed;
    if (this.#isReading) this.#setTimer('linger', LINGER_MS, () => this.#finish());
    else this.#finish();
  }

  /** Closes the connection. What the client has sent is still written, if the service takes it in time. */
  #finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'flushing';
    this.#closeSocket(this.#verdict);
    this.#setTimer('linger', LINGER_MS, this.#drop);
    void this.#uplink.end().then(this.#drop);
  }

  #fail(disconnect: Disconnect): void {
    if (this.#state !== 'open') return;
    this.#drop();
    this.#closeSocket(disconnect);
  }

  #closeSocket({ code, reason }: Disconnect): void {
    for (const cancel of Object.values(this.#cancels)) cancel();
    this.#window.shut();
    try {
      this.#socket.close(code, reason);
    } catch {
      // The runtime has closed it already.
    }
    this.#port.onClosed();
  }

  readonly #drop = (): void => {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#cancels.linger?.();
    this.#uplink.abort();
    this.#stream.close();
  };

  #setTimer(name: Timer, ms: number, task: () => void): void {
    this.#cancels[name]?.();
    const left = ms - MAX_POOL.timerMs;
    const next = left > 0 ? () => this.#setTimer(name, left, task) : task;
    this.#cancels[name] = this.#port.after(Math.min(ms, MAX_POOL.timerMs), next);
  }

  /** Looks again when the idle time would be over: nothing has to be done per message. */
  #watchIdle(ms: number): void {
    this.#setTimer('idle', ms, () => {
      const left = this.#lastActive + this.#options.idleMs - this.#port.now();
      if (left > 0) this.#watchIdle(left);
      else this.#fail(DISCONNECTS.idle);
    });
  }
}

function sizeOf(message: Message): number {
  return typeof message === 'string' ? utf8Length(message) : message.byteLength;
}
