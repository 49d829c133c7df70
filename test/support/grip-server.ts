/** An application server as people write them: Express, and the middleware of GRIP. It can be killed, and come back. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  HttpResponseFormat,
  HttpStreamFormat,
  type Publisher,
  type WebSocketContext,
  WebSocketMessageFormat,
} from '@fanoutio/grip';
import type { IRequestGrip, IResponseGrip } from '@fanoutio/serve-grip';
import { ServeGrip } from '@fanoutio/serve-grip/node';
import express, { type Express } from 'express';

type Grip<T, G> = T & { grip: G };
type Asked = Grip<IncomingMessage, IRequestGrip> & { query: Record<string, string | undefined>; originalUrl: string };
type Answer = Grip<ServerResponse, IResponseGrip>;

/** A request that came. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Whether its signature is good, as far as the library can tell. */
  signed: boolean;
}

export interface GripConfig {
  control_uri: string;
  control_iss?: string;
  key?: string;
}

/** What is answered to a message of a client; the default is to send it back. */
type Command = (socket: WebSocketContext, argument: string, server: GripServer) => void | Promise<void>;

const COMMANDS: Record<string, Command> = {
  publish: async (_, text, { publisher }) => publisher.publishFormats('room', new WebSocketMessageFormat(text)),
  subscribe: (socket, channel) => socket.subscribe(channel),
  unsubscribe: (socket, channel) => socket.unsubscribe(channel),
  detach: (socket) => socket.detach(),
  control: (socket, json) => socket.sendControl(json),
  bye: (socket, code) => socket.close(Number(code)),
  count(socket) {
    socket.meta.count = String(Number(socket.meta.count ?? 0) + 1);
    socket.send(socket.meta.count);
  },
};

export class GripServer {
  #server: Server;
  readonly #app: Express;
  readonly #sockets = new Set<Socket>();
  #grip: ServeGrip | null = null;
  readonly port: number;
  /** What came, oldest first. */
  readonly seen: Seen[] = [];
  /** The ends of connections that it was told of, each with what its URL says in `room` before it, if anything. */
  readonly ends: string[] = [];
  /** The connections that it let in and was not told the end of. */
  readonly connections = new Set<string>();
  /** Awaited before each answer about a WebSocket. */
  beforeAnswer: () => void | Promise<void> = () => {};

  private constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port;
    this.#app = this.#routes();
    this.#server = this.#wire(server);
  }

  static async open(port = 0): Promise<GripServer> {
    return new GripServer(await listen(port));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Says where its proxy is, and by what they know each other. */
  configure(grip: GripConfig): void {
    this.#grip = new ServeGrip({ grip });
  }

  get publisher(): Publisher {
    if (this.#grip === null) throw new Error('It was not told where its proxy is');
    return this.#grip.getPublisher();
  }

  /** Goes away without a word, with all its connections. */
  async kill(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Comes back where it was, knowing nothing. */
  async revive(): Promise<void> {
    this.connections.clear();
    this.#server = this.#wire(await listen(this.port));
  }

  #wire(server: Server): Server {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', this.#app);
    return server;
  }

  #routes(): Express {
    const app = express();
    app.use(async ({ method, originalUrl, headers }, _, next) => {
      const { isSigned } = await this.publisher.validateGripSig(String(headers['grip-sig']));
      this.seen.push({ method, url: originalUrl, headers, signed: isSigned });
      next();
    });
    app.use((request, response, next) => (this.#grip as ServeGrip)(request, response, next));
    app.get('/stream', (request, response) => stream(request as unknown as Asked, response as unknown as Answer));
    app.get('/poll', (request, response) => poll(request as unknown as Asked, response as unknown as Answer));
    app.use(async (request, response) => {
      const { wsContext } = (request as unknown as Asked).grip;
      if (wsContext) await this.#talk(wsContext, request as unknown as Asked, response as unknown as Answer);
      else
        response.json({
          method: request.method,
          url: request.originalUrl,
          headers: request.headers,
          body: await textOf(request),
        });
    });
    return app;
  }

  async #talk(socket: WebSocketContext, { query }: Asked, response: Answer): Promise<void> {
    await this.beforeAnswer();
    if (socket.isOpening() && query.refuse) {
      response.writeHead(Number(query.refuse), { 'X-Why': 'not you' });
      response.end('Go away.\n');
      return;
    }
    if (query.keep) response.setHeader('Keep-Alive-Interval', query.keep);
    if (socket.isOpening()) this.#greet(socket, query, response);
    while (socket.canRecv()) await this.#hear(socket, query.room);
    response.end();
  }

  #greet(socket: WebSocketContext, { channel, protocol, hello }: Asked['query'], response: Answer): void {
    socket.accept();
    this.connections.add(socket.id);
    if (protocol) response.setHeader('Sec-WebSocket-Protocol', protocol);
    if (channel) socket.subscribe(channel);
    if (hello) socket.send(hello);
  }

  async #hear(socket: WebSocketContext, room?: string): Promise<void> {
    let message: string | Uint8Array | null;
    try {
      message = socket.recvRaw();
    } catch {
      this.#end(socket, 'disconnected', room);
      return;
    }
    if (message === null) {
      this.#end(socket, `closed ${socket.closeCode}`, room);
      socket.close(socket.closeCode ?? 0);
    } else if (typeof message !== 'string') socket.sendBinary(message);
    else await this.#obey(socket, message);
  }

  #end({ id }: WebSocketContext, how: string, room?: string): void {
    this.connections.delete(id);
    this.ends.push(room === undefined ? how : `${room} ${how}`);
  }

  async #obey(socket: WebSocketContext, message: string): Promise<void> {
    const [, name = '', argument = ''] = /^(\w+) ?(.*)$/s.exec(message) ?? [];
    const command = COMMANDS[name];
    if (command) await command(socket, argument, this);
    else socket.send(message);
  }
}

function stream({ query }: Asked, response: Answer): void {
  const instruct = response.grip.startInstruct();
  instruct.addChannel(query.channel ?? 'room');
  instruct.setHoldStream();
  if (query.keep) instruct.setKeepAlive('still here\n', Number(query.keep));
  response.setHeader('Content-Type', 'text/plain');
  response.end('hello\n');
}

function poll({ query }: Asked, response: Answer): void {
  const instruct = response.grip.startInstruct();
  instruct.addChannel(query.channel ?? 'room');
  instruct.setHoldLongPoll(Number(query.timeout ?? 60));
  response.setHeader('Content-Type', 'text/plain');
  response.end('nothing new\n');
}

async function textOf(request: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export { HttpResponseFormat, HttpStreamFormat, WebSocketMessageFormat };
