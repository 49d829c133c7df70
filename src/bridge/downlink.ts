import type { Brake } from './brake.ts';

/**
 * Bytes that one read takes: few at first, since most tunnels are idle and each of them holds its buffer, and many once that
 * was full, since a read costs about as much as it takes to carry 100 KiB.
 */
const BUFFER_BYTES = { small: 16 * 1024, large: 256 * 1024 };

/** Reads in a row that a small buffer would have done for, after which a large one is given up. */
const SMALL_READS = 16;

/** Who takes what a service sends. */
export interface DownlinkPort {
  /**
   * Takes bytes, which are gone when it returns: the next read goes to the same place. Where it gives a promise, nothing more is
   * read before that resolves.
   */
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
  #buffer = new ArrayBuffer(BUFFER_BYTES.small);
  #smallReads = 0;

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
    const work = this.#port.onBytes(value);
    this.#buffer = this.#nextBuffer(value);
    if (work) work.then(this.start);
    else this.start();
  };

  /** The buffer that was read into, which the reader took and gave back; or one of the other size. */
  #nextBuffer({ buffer, length }: Uint8Array<ArrayBuffer>): ArrayBuffer {
    const isSmallRead = length < BUFFER_BYTES.small;
    this.#smallReads = isSmallRead ? this.#smallReads + 1 : 0;
    if (buffer.byteLength === BUFFER_BYTES.small) return isSmallRead ? buffer : new ArrayBuffer(BUFFER_BYTES.large);
    return this.#smallReads < SMALL_READS ? buffer : new ArrayBuffer(BUFFER_BYTES.small);
  }

  readonly #onFailed = (): void => this.#port.onFailure();
}
