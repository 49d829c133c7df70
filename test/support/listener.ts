import { once } from 'node:events';
import WebSocket, { type ClientOptions } from 'ws';

/** How a connection ended. */
export interface Closed {
  code: number;
  reason: string;
}

/** A WebSocket client that hands over what arrives in order: text, bytes, and the close at last. */
export class Listener {
  readonly socket: WebSocket;
  readonly #arrived: (string | Buffer | Closed)[] = [];
  #arrive: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, binary) => this.#push(binary ? data : String(data)));
    socket.on('close', (code, reason) => this.#push({ code, reason: String(reason) }));
  }

  /** @throws Error where it is not let in, with the status */
  static async open(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Listener> {
    const listener = new Listener(new WebSocket(url, protocols, options));
    await once(listener.socket, 'open');
    return listener;
  }

  send(message: string | Buffer): void {
    this.socket.send(message);
  }

  async next(): Promise<string | Buffer | Closed> {
    for (;;) {
      const arrived = this.#arrived.shift();
      if (arrived !== undefined) return arrived;
      await new Promise<void>((resolve) => {
        this.#arrive = resolve;
      });
    }
  }

  /** What is answered to a message. */
  ask(message: string | Buffer): Promise<string | Buffer | Closed> {
    this.send(message);
    return this.next();
  }

  #push(arrived: string | Buffer | Closed): void {
    this.#arrived.push(arrived);
    this.#arrive();
  }
}
