/** One WebSocket connection of the load generator, straight on TCP: the cheaper a client, the more of them fit a core. */
import { connect, type Socket } from 'node:net';
import { countBytes, countFrames, countLines, FrameReader } from './frames.ts';

/** All sockets read into one buffer: what is read has been looked at before the next read. */
const READ_BUFFER = Buffer.alloc(64 * 1024);
const HEAD_END = '\r\n\r\n';
const COUNTERS = { frame: countFrames, line: countLines, byte: countBytes };

export interface ClientOptions {
  port: number;
  path: string;
  /** The subprotocol that it offers; none where it is missing. */
  subprotocol?: string;
  /** What a message is: a frame, or a line of one; or a byte, where frames mean nothing. */
  unit: keyof typeof COUNTERS;
  /** Told how many messages have just arrived. */
  onMessages(count: number): void;
  /** Told that the connection ended, or can't be understood. */
  onLost(error: Error): void;
}

/** A frame that somebody waits for. */
interface Wanted {
  pieces: Buffer[];
  resolve(text: string): void;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #countMessages: typeof countFrames;
  readonly #opened = Promise.withResolvers<void>();
  /** What has come of the handshake's answer; null once it is complete. */
  #answer: string | null = '';
  #wanted: Wanted | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#countMessages = COUNTERS[options.unit];
    const onread = { buffer: READ_BUFFER, callback: (size: number) => this.#read(READ_BUFFER.subarray(0, size)) };
    this.#socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true, onread });
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('close', () => this.#lose(new Error('The server closed a connection')));
    this.#socket.write(handshake(options));
  }

  /** Resolves once the server has switched protocols. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /** Sends a frame, and resolves with the text of the next one that comes, which is not counted. */
  ask(frame: Buffer): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#wanted = { pieces: [], resolve };
    this.send(frame);
    return promise;
  }

  #read(chunk: Buffer): boolean {
    try {
      if (this.#answer !== null) this.#readAnswer(chunk);
      else if (this.#wanted !== null) this.#collect(chunk, this.#wanted);
      else this.#count(chunk);
    } catch (error) {
      this.#lose(error as Error);
    }
    return true;
  }

  /** Reads up to the end of the handshake's answer, and counts the messages behind it. */
  #readAnswer(chunk: Buffer): void {
    const answer = this.#answer + chunk.toString('latin1');
    const end = answer.indexOf(HEAD_END);
    this.#answer = end === -1 ? answer : null;
    if (end === -1) return;
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`The server refused an upgrade: ${answer.split('\r')[0]}`);
    this.#opened.resolve();
    this.#count(Buffer.from(answer.slice(end + HEAD_END.length), 'latin1'));
  }

  #collect(chunk: Buffer, { pieces, resolve }: Wanted): void {
    this.#frames.read(chunk, (from, to, isEnd) => {
      if (this.#wanted === null) throw new Error('The server sent more than it was asked for');
      pieces.push(Buffer.from(chunk.subarray(from, to)));
      if (!isEnd) return;
      this.#wanted = null;
      resolve(Buffer.concat(pieces).toString());
    });
  }

  #count(chunk: Buffer): void {
    const count = this.#countMessages(this.#frames, chunk);
    if (count > 0) this.#options.onMessages(count);
  }

  #lose(error: Error): void {
    this.#opened.reject(error);
    this.#options.onLost(error);
  }
}

function handshake({ port, path, subprotocol }: ClientOptions): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  return lines.join('\r\n') + HEAD_END;
}
