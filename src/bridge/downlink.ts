import type { Brake } from './brake.ts';

/** Bytes that one read takes: a service that sends much is read in large pieces. */
const BUFFER_BYTES = 256 * 1024;

/** Bytes from which a read is handed over with its buffer; smaller ones are copied, and the buffer is used again. */
const HANDOVER_BYTES = 32 * 1024;

/** Who takes what a service sends. */
export interface DownlinkPort {
  /** Takes bytes, which are its own from then on. Where it gives a promise, nothing more is read before that resolves. */
  onBytes(bytes: Uint8Array): void | Promise<void>;
  /** The service has ended its stream. */
  onEnd(): void;
  /** The service's stream has broken. */
  onFailure(): void;
}

/** The way from a TCP service to a client: reads what there is, as long as the client keeps up. */
export class Downlink {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #brake: Pick<Brake, 'begin'>;
  readonly #port: DownlinkPort;
  #buffer = new ArrayBuffer(BUFFER_BYTES);

  constructor(readable: ReadableStream<Uint8Array>, brake: Pick<Brake, 'begin'>, port: DownlinkPort) {
    this.#reader = readable.getReader({ mode: 'byob' });
    this.#brake = brake;
    this.#port = port;
  }

  /** Begins to read. To be called once. */
  readonly start = (): void => this.#brake.begin(this.#read);

  readonly #read = (): void => {
    this.#reader.read(new Uint8Array(this.#buffer)).then(this.#onRead, this.#onFailed);
  };

  readonly #onRead = ({ done, value }: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>): void => {
    if (done) {
      this.#port.onEnd();
      return;
    }
    const isLarge = value.length >= HANDOVER_BYTES;
    this.#buffer = isLarge ? new ArrayBuffer(BUFFER_BYTES) : value.buffer;
    const work = this.#port.onBytes(isLarge ? value : value.slice());
    if (work) work.then(this.start);
    else this.start();
  };

  readonly #onFailed = (): void => this.#port.onFailure();
}
