/** One WebSocket connection of the load generator, straight on TCP: the cheaper a client, the more of them fit a core. */
import { connect, type Socket } from 'node:net';
import { FrameCounter } from './frames.ts';

/** All sockets read into one buffer: what is read has been looked at before the next read. */
const READ_BUFFER = Buffer.alloc(64 * 1024);
const HEAD_END = '\r\n\r\n';

export interface ClientOptions {
  port: number;
  path: string;
  /** Told how many messages have just arrived. */
  onMessages(count: number): void;
  /** Told that the connection ended, or can't be understood. */
  onLost(error: Error): void;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #socket: Socket;
  readonly #frames = new FrameCounter();
  readonly #opened = Promise.withResolvers<void>();
  /** What has come of the handshake's answer; null once it is complete. */
  #answer: string | null = '';

  constructor(options: ClientOptions) {
    this.#options = options;
    const onread = { buffer: READ_BUFFER, callback: (size: number) => this.#read(size) };
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

  #read(size: number): boolean {
    try {
      const count = this.#answer === null ? this.#frames.count(READ_BUFFER, size) : this.#readAnswer(size);
      if (count > 0) this.#options.onMessages(count);
    } catch (error) {
      this.#lose(error as Error);
    }
    return true;
  }

  /** Reads up to the end of the handshake's answer, and counts the messages behind it. */
  #readAnswer(size: number): number {
    const answer = this.#answer + READ_BUFFER.toString('latin1', 0, size);
    const end = answer.indexOf(HEAD_END);
    this.#answer = end === -1 ? answer : null;
    if (end === -1) return 0;
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`The server refused an upgrade: ${answer.split('\r')[0]}`);
    this.#opened.resolve();
    const rest = Buffer.from(answer.slice(end + HEAD_END.length), 'latin1');
    return this.#frames.count(rest, rest.length);
  }

  #lose(error: Error): void {
    this.#opened.reject(error);
    this.#options.onLost(error);
  }
}

function handshake({ port, path }: ClientOptions): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  return lines.join('\r\n') + HEAD_END;
}
