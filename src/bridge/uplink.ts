import { concat } from '../util/bytes.ts';
import type { Brake, BrakePort } from './brake.ts';
import { Pause } from './pause.ts';

/** Bytes that are joined into one write, at most: a service that reads in turns gets more out of each. */
const MAX_CHUNK = 256 * 1024;

/** What keeping one message costs besides its bytes, about: a client of tiny messages would fill the memory unseen. */
const MESSAGE_COST = 256;

/**
 * The way from a client to a TCP service. What comes while something is being written is joined into the next write; whose
 * messages come several at a time is waited for, shortly.
 */
export class Uplink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #brake: Pick<Brake, 'begin' | 'notice'>;
  readonly #onFailure: () => void;
  readonly #pause: Pause;
  readonly #ended: Promise<void>;
  #waiting: Uint8Array[] = [];
  #waitingCost = 0;
  /** Where messages are joined, for one write after the other: memory of its own would be zeroed for each. */
  #space = new Uint8Array();
  /** Bytes that are being written; 0 for none. */
  #writing = 0;
  #state: 'open' | 'ending' | 'closed' = 'open';

  /** `onFailure` is told, once, that a write has failed: nothing more can go up then. */
  constructor(
    writable: WritableStream<Uint8Array>,
    brake: Pick<Brake, 'begin' | 'notice'>,
    after: BrakePort['after'],
    onFailure: () => void,
  ) {
    this.#writer = writable.getWriter();
    this.#ended = this.#writer.closed.then(undefined, () => {});
    this.#brake = brake;
    this.#onFailure = onFailure;
    this.#pause = new Pause(after, () => this.#begin());
  }

  /** Whether more may come to be written. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Bytes that are not written yet, and what keeping them costs. */
  get queued(): number {
    return this.#waitingCost + this.#writing;
  }

  /** Takes bytes, which are its own from then on. */
  write(bytes: Uint8Array): void {
    if (this.#state !== 'open' || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#waitingCost += bytes.length + MESSAGE_COST;
    this.#pause.came(bytes.length);
    this.#advance();
  }

  /** Ends the stream once everything is written; resolves then, or when it has failed. What the service sends goes on. */
  end(): Promise<void> {
    if (this.#state === 'open') this.#state = 'ending';
    this.#pause.end();
    this.#advance();
    this.#brake.notice();
    return this.#ended;
  }

  /**
   * Drops what is not written. The stream itself is left to who closes the connection: workerd, told to abort it, would keep the
   * connection until the whole tunnel is forgotten.
   */
  abort(): void {
    this.#state = 'closed';
    this.#pause.end();
    this.#waiting = [];
    this.#waitingCost = 0;
    this.#brake.notice();
  }

  #advance(): void {
    const pauses = this.#writing === 0 && this.#state === 'open' && this.#pause.lasts(this.#waitingCost);
    if (!pauses) this.#begin();
  }

  #begin(): void {
    if (this.#writing === 0) this.#brake.begin(this.#writeNext);
  }

  /** Begins the next write, if there is something to write; else the stream's end, if it is time. */
  readonly #writeNext = (): void => {
    if (this.#waiting.length === 0) this.#close();
    else {
      const chunk = this.#takeChunk();
      this.#writing = chunk.length;
      this.#writer.write(chunk).then(this.#onWritten, this.#onFailed);
    }
  };

  readonly #onWritten = (): void => {
    this.#writing = 0;
    if (this.#waiting.length === 0) this.#onDrained();
    if (this.#waiting.length > 0 || this.#state === 'ending') this.#advance();
    this.#brake.notice();
  };

  #onDrained(): void {
    this.#space = new Uint8Array();
    this.#pause.drained();
  }

  readonly #onFailed = (): void => {
    if (this.#state === 'closed') return;
    this.#writing = 0;
    this.abort();
    this.#onFailure();
  };

  #close(): void {
    if (this.#state !== 'ending') return;
    this.#state = 'closed';
    this.#writer.close().catch(() => {});
  }

  /** What waits, joined, up to what one write takes, and at least one message. */
  #takeChunk(): Uint8Array {
    let [count, size] = [0, 0];
    for (const { length } of this.#waiting) {
      if (count > 0 && size + length > MAX_CHUNK) break;
      count += 1;
      size += length;
    }
    this.#waitingCost -= size + count * MESSAGE_COST;
    const parts = this.#waiting.splice(0, count);
    return parts.length === 1 && parts[0] ? parts[0] : this.#join(parts);
  }

  #join(parts: readonly Uint8Array[]): Uint8Array {
    const joined = concat(parts, this.#space);
    if (joined.length > this.#space.length) this.#space = joined;
    return joined;
  }
}
