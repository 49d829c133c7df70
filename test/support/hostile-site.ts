/** A site behind the router that keeps the bytes it gets, and answers with bytes that it was told. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsite';

export class Site {
  readonly #server: Server;
  /** What it was asked, one string per request. */
  readonly #seen: string[] = [];
  /** What it answers as soon as a request has come whole. */
  answer = OK;
  /** Whether it goes away once it has answered. */
  breaksOff = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#talk(socket));
  }

  static async open(): Promise<Site> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Site(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests that came since this was last called, as they came. */
  takeSeen(): string {
    return this.#seen.splice(0).join('');
  }

  reset(): void {
    this.answer = OK;
    this.breaksOff = false;
    this.#seen.length = 0;
  }

  close(): void {
    this.#server.close();
  }

  #talk(socket: Socket): void {
    let request = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!isWhole(request)) return;
      this.#seen.push(request);
      request = '';
      if (this.breaksOff) socket.end(this.answer);
      else socket.write(this.answer);
    });
  }
}

function isWhole(request: string): boolean {
  const [head = '', body] = split(request);
  if (body === null) return false;
  if (/^transfer-encoding:/im.test(head)) return body.endsWith('0\r\n\r\n');
  return body.length >= Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}

function split(request: string): [string, string | null] {
  const end = request.indexOf('\r\n\r\n');
  return end === -1 ? [request, null] : [request.slice(0, end), request.slice(end + 4)];
}

/** The start line, the names of the headers in lower case, and the body of a request. */
export function partsOf(request: string): { start: string; names: string[]; body: string } {
  const [head, body] = split(request);
  const [start = '', ...lines] = head.split('\r\n');
  return { start, names: lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()), body: body ?? '' };
}
