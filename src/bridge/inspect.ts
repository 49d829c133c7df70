import { MAX_POOL } from '../config/bridge.ts';
import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import type { Limits } from '../config/limits.ts';
import { type CloseArguments, sanitizeClose } from '../util/close.ts';
import { takeMessage } from '../util/message-rate.ts';
import { messageBytes } from '../util/text.ts';
import { fullBucket, type TokenBucket } from '../util/token-bucket.ts';

/** One end of an inspected connection. The runtime's WebSocket is one, accepted so that it does not answer a Close itself. */
export interface End {
  /** Hands a message over to be written. Never waits; throws once the socket was closed from our side. */
  send(message: string | ArrayBuffer): void;
  /** Sends a Close. Throws for codes that may not be sent. */
  close(code?: number, reason?: string): void;
  /** Bytes handed over that are not written yet; missing on runtimes that can't tell. */
  readonly bufferedAmount?: number;
}

export type Side = 'client' | 'origin';

export interface InspectOptions {
  limits: Limits;
  /** Milliseconds without a message from either side after which both are closed; 0 for no end. */
  idleMs: number;
  /** When the credential expires that opened the connection, in milliseconds since 1970; null for no end. */
  expiresAt: number | null;
}

/** What an inspected connection asks of the world around it. */
export interface InspectPort {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something later; what comes back prevents that. */
  after(ms: number, run: () => void): () => void;
  /** Told once, when the connection is over. */
  onEnd(report: Report): void;
}

interface Count {
  messages: number;
  bytes: number;
}

/** What went through a connection. */
export interface Report {
  ms: number;
  /** What each side sent. */
  client: Count;
  origin: Count;
  /** Who ended it, and the close that the other side was sent: no code for a Close without one. */
  by: Side | 'router';
  close: CloseArguments;
}

/** How long the other side may take to answer a Close, in milliseconds. It may have messages to finish. */
const LINGER_MS = 10_000;

/** What the other side is told of one that went away without a Close. */
const VANISHED: Record<Side, Disconnect> = { client: DISCONNECTS.clientGone, origin: DISCONNECTS.serviceFailed };

/** A client and an origin, joined message by message: what the client sends is counted and bounded. */
export class InspectedConnection {
  readonly #ends: Record<Side, End>;
  readonly #options: InspectOptions;
  readonly #port: InspectPort;
  readonly #startedAt: number;
  #lastActive: number;
  readonly #allowance: { messages: TokenBucket; bytes: TokenBucket };
  readonly #counts: Record<Side, Count> = { client: { messages: 0, bytes: 0 }, origin: { messages: 0, bytes: 0 } };
  /** The close that was carried first, until it is answered; null while both sides talk. */
  #closing: { by: Side; close: CloseArguments } | null = null;
  #isOver = false;
  /** What prevents each of them. */
  readonly #timers = new Map<'idle' | 'expiry' | 'linger', () => void>();

  constructor(ends: Record<Side, End>, options: InspectOptions, port: InspectPort) {
    this.#ends = ends;
    this.#options = options;
    this.#port = port;
    this.#startedAt = port.now();
    this.#lastActive = this.#startedAt;
    const { messageBurst, bytesPerSecond } = options.limits;
    this.#allowance = {
      messages: fullBucket(messageBurst, this.#startedAt),
      bytes: fullBucket(10 * bytesPerSecond, this.#startedAt),
    };
    if (options.idleMs > 0) this.#watchIdle(options.idleMs);
    if (options.expiresAt !== null) this.#watchExpiry(options.expiresAt);
  }

  /** Takes a whole message of one side, and hands it to the other. */
  receive(from: Side, message: string | ArrayBuffer): void {
    if (this.#isOver) return;
    this.#lastActive = this.#port.now();
    const size = messageBytes(message);
    if (from === 'client' && !this.#takes(size)) return;
    this.#counts[from].messages++;
    this.#counts[from].bytes += size;
    const to = this.#ends[opposite(from)];
    if ((to.bufferedAmount ?? 0) > this.#options.limits.maxBufferedBytes) this.#end(DISCONNECTS.slow);
    else to.send(message);
  }

  /** A side has sent a Close: it goes on to the other side, which answers it. */
  closed(from: Side, code: number, reason: string): void {
    this.#carry(from, sanitizeClose(code, reason), false);
  }

  /** A side is gone without a Close. */
  vanished(from: Side): void {
    this.#carry(from, this.#closing?.close ?? toArguments(VANISHED[from]), true);
  }

  #carry(from: Side, close: CloseArguments, isLast: boolean): void {
    const first = this.#closing;
    if (this.#isOver || first?.by === from) return;
    this.#close(opposite(from), close);
    if (first !== null || isLast) this.#finish(first?.by ?? from, first?.close ?? close);
    else this.#awaitAnswer(from, close);
  }

  #awaitAnswer(by: Side, close: CloseArguments): void {
    this.#closing = { by, close };
    this.#after('linger', LINGER_MS, () => {
      this.#close(by, close);
      this.#finish(by, close);
    });
  }

  /** Whether the client may send so much more; closes both sides where that is what it costs. */
  #takes(size: number): boolean {
    const { limits } = this.#options;
    const excess = takeMessage(limits, this.#allowance, size, this.#lastActive);
    if (excess === null) return true;
    return excess !== 'messageTooBig' && limits.overRate === 'drop' ? false : this.#end(DISCONNECTS[excess]);
  }

  #watchIdle(ms: number): void {
    this.#after('idle', ms, () => {
      const left = this.#options.idleMs - (this.#port.now() - this.#lastActive);
      if (left > 0) this.#watchIdle(left);
      else this.#end(DISCONNECTS.idle);
    });
  }

  #watchExpiry(at: number): void {
    this.#after('expiry', Math.min(Math.max(0, at - this.#port.now()), MAX_POOL.timerMs), () => {
      if (this.#port.now() < at) this.#watchExpiry(at);
      else this.#end(DISCONNECTS.expired);
    });
  }

  #after(timer: 'idle' | 'expiry' | 'linger', ms: number, run: () => void): void {
    this.#timers.set(timer, this.#port.after(ms, run));
  }

  /** Closes both sides for a reason of the router's own. */
  #end(disconnect: Disconnect): false {
    const close = toArguments(disconnect);
    for (const side of ['client', 'origin'] as const) this.#close(side, close);
    this.#finish('router', close);
    return false;
  }

  #close(side: Side, close: CloseArguments): void {
    // Once a Close was carried, the side that it went to has had its own.
    if (this.#closing !== null && this.#closing.by !== side) return;
    this.#ends[side].close(...close);
  }

  #finish(by: Report['by'], close: CloseArguments): void {
    this.#isOver = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#port.onEnd({ ms: this.#port.now() - this.#startedAt, ...this.#counts, by, close });
  }
}

function opposite(side: Side): Side {
  return side === 'client' ? 'origin' : 'client';
}

function toArguments({ code, reason }: Disconnect): CloseArguments {
  return [code, reason];
}
