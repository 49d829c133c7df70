/** The client's end of a tunnel, as the load generator sees it: it asks, and so many bytes come back. */
import { Client } from './client.ts';
import { textFrame } from './frames.ts';

/** Bytes after which a client says how many it has received, where it does. */
const STEP_BYTES = 256 * 1024;

interface PipeOptions {
  port: number;
  /** Whether it offers `tunnel.signalbox`, and says what it has received. */
  acknowledges: boolean;
  onLost(error: Error): void;
}

export class Pipe {
  readonly #client: Client;
  #answered = 0;
  /** Bytes that came since it was opened, and those that it has told of. */
  #received = 0;
  #told = -STEP_BYTES;
  #onBytes: (count: number) => void = () => {};

  constructor({ port, acknowledges, onLost }: PipeOptions) {
    const onMessages = (count: number) => {
      if (acknowledges) this.#acknowledge(count);
      this.#onBytes(count);
    };
    const subprotocol = acknowledges ? 'tunnel.signalbox' : undefined;
    this.#client = new Client({ port, path: '/tunnel', subprotocol, unit: 'byte', onMessages, onLost });
  }

  /** Resolves once the service is there. */
  get opened(): Promise<void> {
    return this.#client.opened;
  }

  /** How often it had its answer. */
  get delivered(): number {
    return this.#answered;
  }

  /** Asks until a time, so many times at once. Resolves with the milliseconds that each answer took. */
  async ask(frames: Buffer, answerBytes: number, inFlight: number, until: number): Promise<number[]> {
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const latencies: number[] = [];
    const askedAt: number[] = [];
    const askNext = () => {
      askedAt.push(performance.now());
      this.#client.send(frames);
    };
    let received = 0;
    this.#onBytes = (count) => {
      const now = performance.now();
      for (received += count; received >= answerBytes; received -= answerBytes) {
        latencies.push(now - (askedAt.shift() ?? now));
        if (now < until) askNext();
      }
      if (askedAt.length === 0) resolve();
    };
    for (let n = 0; n < inFlight; n++) askNext();
    await answered;
    this.#answered += latencies.length;
    return latencies;
  }

  #acknowledge(count: number): void {
    this.#received += count;
    if (this.#received - this.#told < STEP_BYTES) return;
    this.#told = this.#received;
    this.#client.send(textFrame(String(this.#received)));
  }
}
