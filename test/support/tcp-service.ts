/** A TCP service of real Web Streams, which says and takes what a test says. */
import type { TcpStream } from '../../src/bridge/tunnel.ts';
import { concat } from '../../src/util/bytes.ts';

/** What tells the end of a read or a write. */
type Pass = <T>(work: Promise<T>) => Promise<T>;

export class TcpService implements TcpStream {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
  /** What was written, write by write. */
  readonly writes: Uint8Array[] = [];
  /** What has become of the stream towards the service. */
  state: 'open' | 'ended' | 'aborted' = 'open';
  closes = 0;
  #bytes: ReadableByteStreamController | null = null;
  #stall: { promise: Promise<void>; resolve: () => void } | null = null;
  #fault: Error | null = null;

  constructor(pass: Pass = (work) => work) {
    this.readable = withReader(
      new ReadableStream({
        type: 'bytes',
        start: (controller) => {
          this.#bytes = controller;
        },
      }),
      pass,
    );
    this.writable = withWriter(
      new WritableStream<Uint8Array>({
        write: (chunk) => this.#take(chunk),
        close: () => {
          this.state = 'ended';
        },
        abort: () => {
          this.state = 'aborted';
        },
      }),
      pass,
    );
  }

  get taken(): Uint8Array {
    return concat(this.writes);
  }

  close(): void {
    this.closes += 1;
    this.goOn();
    this.#fault ??= new Error('closed');
    this.#quietly((bytes) => bytes.error(this.#fault));
  }

  say(bytes: Uint8Array): void {
    // A byte stream takes the buffer away from whoever gave it.
    if (bytes.length > 0) this.#quietly((controller) => controller.enqueue(bytes.slice()));
  }

  end(): void {
    this.#quietly((bytes) => {
      bytes.close();
      bytes.byobRequest?.respond(0);
    });
  }

  /** Breaks both ways. */
  reset(): void {
    this.break();
    this.#quietly((bytes) => bytes.error(this.#fault));
  }

  /** Takes no more: the next write fails. */
  break(): void {
    this.#fault ??= new Error('reset');
    this.goOn();
  }

  /** Reads nothing until `goOn`. */
  stall(): void {
    this.#stall ??= Promise.withResolvers();
  }

  goOn(): void {
    this.#stall?.resolve();
    this.#stall = null;
  }

  async #take(chunk: Uint8Array): Promise<void> {
    await this.#stall?.promise;
    if (this.#fault) throw this.#fault;
    this.writes.push(chunk.slice());
  }

  /** A stream that has ended or failed does not do so again. */
  #quietly(act: (bytes: ReadableByteStreamController) => void): void {
    try {
      if (this.#bytes) act(this.#bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

function withReader(stream: ReadableStream<Uint8Array>, pass: Pass): ReadableStream<Uint8Array> {
  const getReader = stream.getReader.bind(stream) as (options: { mode: 'byob' }) => ReadableStreamBYOBReader;
  const wrapped = () => {
    const reader = getReader({ mode: 'byob' });
    const read = reader.read.bind(reader);
    return Object.assign(reader, { read: (view: Uint8Array<ArrayBuffer>) => pass(read(view)) });
  };
  return Object.assign(stream, { getReader: wrapped }) as ReadableStream<Uint8Array>;
}

function withWriter(stream: WritableStream<Uint8Array>, pass: Pass): WritableStream<Uint8Array> {
  const getWriter = stream.getWriter.bind(stream);
  const wrapped = () => {
    const writer = getWriter();
    const write = writer.write.bind(writer);
    return Object.assign(writer, { write: (chunk: Uint8Array) => pass(write(chunk)) });
  };
  return Object.assign(stream, { getWriter: wrapped });
}
