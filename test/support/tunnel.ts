/** A tunnel in plain Node between a client that remembers everything and a TCP service of real streams. */
import { type FrameKind, type Framing, plainFraming } from '../../src/bridge/framing.ts';
import { Tunnel, type TunnelOptions } from '../../src/bridge/tunnel.ts';
import { concat } from '../../src/util/bytes.ts';
import type { ClientSocket, Message } from '../../src/util/client-socket.ts';
import { Gate } from './gate.ts';
import { TcpService } from './tcp-service.ts';

const encoder = new TextEncoder();

/** Bytes that say what they are: text as UTF-8. */
export function bytes(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? encoder.encode(content) : new Uint8Array(content);
}

const PATTERN = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => at % 251);

/** So many bytes, up to 1 MiB, each telling its place. */
export function numbered(count: number): Uint8Array<ArrayBuffer> {
  return PATTERN.slice(0, count);
}

export class TunnelClient implements ClientSocket {
  /** Copies, as the runtime makes them. */
  readonly sent: (Message | Uint8Array)[] = [];
  readonly closes: [code?: number, reason?: string][] = [];
  /** What was sent after the close, which nothing may be. */
  late = 0;
  isGone = false;
  bufferedAmount?: number;

  send(message: Message | Uint8Array): void {
    if (this.closes.length > 0) this.late += 1;
    if (this.isGone || this.closes.length > 0) throw new TypeError("Can't call WebSocket send() after close().");
    this.sent.push(typeof message === 'string' ? message : message.slice());
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    if (this.isGone) throw new TypeError('WebSocket already closed');
  }

  /** The bytes of what was sent, text as UTF-8. */
  get received(): Uint8Array {
    return concat(this.sent.map((message) => bytes(message as string | Uint8Array)));
  }
}

export type TunnelChanges = Partial<TunnelOptions> & { frames?: FrameKind; framing?: Framing };

export class TestTunnel {
  readonly gate = new Gate();
  readonly clock = this.gate.clock;
  readonly client = new TunnelClient();
  readonly service = new TcpService((work) => this.gate.pass(work));
  readonly tunnel: Tunnel;
  ended = 0;
  readonly #arriving: (() => void)[] = [];

  constructor({ frames = 'binary', ...changes }: TunnelChanges = {}) {
    const options = { framing: plainFraming(frames), halfCloses: false };
    const limits = { maxMessageBytes: 32 * 1024 * 1024, maxBufferedBytes: 1024 * 1024 };
    const times = { idleMs: 0, lifetimeMs: 0, expiresInMs: null };
    const { now, after } = this.clock;
    const onClosed = () => {
      this.ended += 1;
    };
    const port = { now, after, holdBack: this.gate.holdBack, onClosed };
    this.tunnel = new Tunnel(this.client, this.service, { ...options, ...limits, ...times, ...changes }, port);
    this.tunnel.start();
  }

  /** The client sends a message. */
  send(content: string | Uint8Array): void {
    const message = typeof content === 'string' ? content : bytes(content).buffer;
    this.#arrive(() => this.tunnel.receive(message));
  }

  /** The client sends a Close, or is gone. */
  close(): void {
    this.#arrive(() => this.tunnel.clientClosed());
  }

  vanish(): void {
    this.#arrive(() => this.tunnel.clientVanished());
  }

  /** What the client has sent and nobody has taken yet. */
  get untaken(): number {
    return this.#arriving.length;
  }

  /** Of what a client sends only the first waits before the gate; the next is read when that is through. */
  #arrive(event: () => void): void {
    if (this.#arriving.push(event) === 1) this.#enterNext();
  }

  #enterNext(): void {
    this.gate.enter(() => {
      this.#arriving.shift()?.();
      if (this.#arriving.length > 0) this.#enterNext();
    });
  }

  settle(): Promise<void> {
    return this.gate.settle();
  }

  advance(ms: number): Promise<void> {
    return this.gate.advance(ms);
  }
}
