import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';

type Arrival = string | Buffer | { code: number; reason: string };

/** A stock client that hands over what arrives in order, also what came right after the 101. */
export class Arrivals {
  readonly socket: WebSocket;
  /** The answer to the upgrade, whatever it is, with its body where it refused. */
  readonly answer: Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>;
  readonly #arrived: Arrival[] = [];
  #wake: () => void = () => {};

  constructor(url: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, protocols, { headers });
    this.answer = new Promise((resolve) => {
      const told = (response: IncomingMessage, body: string) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      this.socket.on('upgrade', (response) => told(response, ''));
      this.socket.on('unexpected-response', async (_, response) => told(response, await textOf(response)));
    });
    this.socket.on('error', () => {});
    this.socket.on('message', (data, isBinary) => this.#arrive(isBinary ? (data as Buffer) : String(data)));
    this.socket.on('close', (code, reason) => this.#arrive({ code, reason: String(reason) }));
  }

  send(message: string | Buffer): void {
    this.socket.send(message);
  }

  /** What arrives next: a message, or the close. */
  async next(): Promise<Arrival> {
    while (this.#arrived.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#arrived.shift() as Arrival;
  }

  #arrive(arrival: Arrival): void {
    this.#arrived.push(arrival);
    this.#wake();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}
