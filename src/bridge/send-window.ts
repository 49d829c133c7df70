import type { ClientSocket } from '../util/client-socket.ts';
import type { BrakePort } from './brake.ts';

/** How often a runtime that can tell is asked how much still waits for the client, in milliseconds. */
const POLL_MS = 10;

/**
 * How much may be sent to a client beyond what it has received: as far as the runtime can tell, and as far as the client
 * does. A client that acknowledges nothing is bound by the runtime's word alone; one that sends `0` at once, from the start.
 */
export class SendWindow {
  readonly #socket: Pick<ClientSocket, 'bufferedAmount'>;
  readonly #maxBytes: number;
  readonly #after: BrakePort['after'];
  #sent = 0;
  /** What the client says that it has received, in bytes; null where it says nothing. */
  #acknowledged: number | null = null;
  #isShut = false;
  /** Whom to tell that there is room again; null where nobody waits. */
  #resume: (() => void) | null = null;
  #cancelPoll: () => void = () => {};

  constructor(socket: Pick<ClientSocket, 'bufferedAmount'>, maxBytes: number, after: BrakePort['after']) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#after = after;
  }

  /** Bytes of payload that were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether only an acknowledgement lets more be sent. */
  get needsAcknowledgement(): boolean {
    return this.#acknowledged !== null && this.#sent - this.#acknowledged > this.#maxBytes;
  }

  /** Counts bytes that are sent now; a promise where the next ones have to wait. */
  send(bytes: number): void | Promise<void> {
    this.#sent += bytes;
    if (this.#hasRoom()) return;
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#look();
    });
  }

  /** Takes the count of bytes received, in decimal. False for what is none, such as more than was sent. */
  acknowledge(text: string): boolean {
    const count = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    if (count < (this.#acknowledged ?? 0) || count > this.#sent) return false;
    this.#acknowledged = count;
    this.#look();
    return true;
  }

  /** Whoever waits waits no more: nothing is sent from now on. */
  shut(): void {
    this.#isShut = true;
    this.#look();
  }

  #hasRoom(): boolean {
    return this.#isShut || (!this.needsAcknowledgement && (this.#socket.bufferedAmount ?? 0) <= this.#maxBytes);
  }

  /** Lets who waits go on, or looks again where nobody would say that there is room. */
  readonly #look = (): void => {
    this.#cancelPoll();
    if (this.#resume === null) return;
    if (this.#hasRoom()) {
      this.#resume();
      this.#resume = null;
    } else if (!this.needsAcknowledgement) this.#cancelPoll = this.#after(POLL_MS, this.#look);
  };
}
