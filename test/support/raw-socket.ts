/** A TCP socket as a hostile or an odd client would use it: bytes out, bytes in, nothing understood by itself. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

export interface Answer {
  status: number;
  /** Names in lower case; a repeated one keeps its last value. */
  headers: Record<string, string>;
  body: string;
  /** All that came before the body, as it came. */
  head: Buffer;
}

export class RawSocket {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // A reset is an end too: what matters is what came before it.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  write(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  /** Reads nothing more, so that what comes piles up in front of it. */
  pause(): void {
    this.#socket.pause();
  }

  /** Goes away without a word, as a machine that loses its network. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Takes `count` bytes, or fewer where the other end closes before. */
  async read(count: number): Promise<Buffer> {
    await this.#until(() => this.#received.length >= count);
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(taken.length);
    return taken;
  }

  /** Takes the head of an HTTP answer and the body that its Content-Length tells of. */
  async readAnswer(): Promise<Answer> {
    await this.#until(() => this.#received.includes(HEAD_END));
    const head = await this.read(this.#received.indexOf(HEAD_END) + HEAD_END.length);
    const [statusLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()]));
    const body = await this.read(Number(headers['content-length'] ?? 0));
    return { status: Number(statusLine.split(' ')[1]), headers, body: body.toString(), head };
  }

  /** Takes one frame of a server, which are never masked: its first byte and its payload. Up to 65,535 bytes. */
  async readFrame(): Promise<{ first: number; payload: Buffer }> {
    const [first = 0, length = 0] = await this.read(2);
    const size = length === 126 ? (await this.read(2)).readUInt16BE() : length;
    return { first, payload: await this.read(size) };
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}

/** The lines of a good upgrade, RFC 6455 section 1.2. */
export const GOOD_UPGRADE = [
  'Host: chat.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

export function requestHead(requestLine: string, lines: readonly string[]): string {
  return [requestLine, ...lines, '', ''].join('\r\n');
}

/** A frame of a client, masked as RFC 6455 section 5.3 wants it. Up to 125 bytes. */
export function clientFrame(first: number, payload: string | Uint8Array): Buffer {
  const data = Buffer.from(payload);
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([first, 0x80 | data.length]), mask, masked]);
}
