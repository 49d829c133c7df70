/** A WebSocket origin as people run them: Node's HTTP server and `ws`, which echoes. It can be killed, and come back. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export class SocketOrigin {
  #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly port: number;
  /** The requests that came, upgrades among them, oldest first. */
  readonly seen: IncomingMessage[] = [];
  /** The connections that were made, oldest first. */
  readonly connections: WebSocket[] = [];
  /** What is answered to a request that is no upgrade. */
  onRequest: RequestListener = (_, response) => response.end('page');
  /** Which of the subprotocols that are offered is chosen. */
  choose: (offer: string[]) => string | false = (offer) => offer[0] ?? false;
  /** The status with which an upgrade is refused; null to take it. */
  admit: (request: IncomingMessage) => number | null | Promise<number | null> = () => null;
  /** Headers that go with the 101. */
  readonly headers: string[] = [];
  #waiting: ((socket: WebSocket) => void)[] = [];

  private constructor(server: Server) {
    this.#server = this.#wire(server);
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(): Promise<SocketOrigin> {
    return new SocketOrigin(await listen(0));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get last(): IncomingMessage {
    const request = this.seen.at(-1);
    if (request === undefined) throw new Error('The origin was not asked for anything');
    return request;
  }

  /** The connection that is made next. */
  next(): Promise<WebSocket> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Goes away without a word, with all its connections. */
  async kill(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Comes back where it was. */
  async revive(): Promise<void> {
    this.#server = this.#wire(await listen(this.port));
  }

  #wire(server: Server): Server {
    const sockets = new WebSocketServer({
      server,
      perMessageDeflate: { threshold: 0 },
      handleProtocols: (offer) => this.choose([...offer]),
      verifyClient: ({ req }: { req: IncomingMessage }, done: (admitted: boolean, status?: number) => void) =>
        void Promise.resolve(this.admit(req)).then((status) => done(status === null, status ?? undefined)),
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      this.seen.push(request);
      this.onRequest(request, response);
    });
    sockets.on('headers', (lines) => lines.push(...this.headers));
    sockets.on('connection', (socket, request) => {
      this.seen.push(request);
      this.connections.push(socket);
      socket.on('error', () => {});
      socket.on('message', (data, binary) => socket.send(data, { binary }));
      this.#waiting.shift()?.(socket);
    });
    return server;
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
