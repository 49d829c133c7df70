/** A gibibyte through a tunnel, one side of which stands still for a while: how much the other side gets rid of meanwhile. */
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

const MIB = 1024 * 1024;
const TOTAL = 1024 * MIB;
const PIECE = MIB / 4;
/** What tunnel, runtime and kernel may take between two sides: a few MiB each, and for a queue without end far too little. */
const MAX_BETWEEN = 64 * MIB;
/** By how much the router may grow, garbage included. */
const MAX_GROWTH = 384 * MIB;
/** Round trips through another tunnel without a piece getting on: who could go on would have had hundreds of turns. */
const ROUND_TRIPS = 200;

/** Takes a piece, and says when it may have the next one. */
type Write = (piece: Buffer, done: (error?: Error | null) => void) => void;

let service: TcpOrigin;
let tunnel: TunnelRoute;
let clients: WebSocket[] = [];

beforeAll(async () => {
  service = await startOrigin();
});
afterEach(async () => {
  for (const client of clients) client.terminate();
  clients = [];
  await service.hangUp();
  await tunnel?.router.stop();
});
afterAll(() => service?.stop());

/** A client and its end of the service. */
async function open(...protocols: string[]): Promise<{ client: WebSocket; socket: Socket }> {
  const connected = new Promise<Socket>((resolve) => {
    service.play = resolve;
  });
  const client = new WebSocket(tunnel.url, protocols, { perMessageDeflate: false });
  clients.push(client);
  const [socket] = await Promise.all([connected, once(client, 'open')]);
  return { client, socket };
}

/** Hands a gibibyte over, no two pieces of it alike. */
class Source {
  /** Bytes that were taken from it. */
  accepted = 0;
  readonly hash: Promise<string>;

  constructor(write: Write) {
    this.hash = this.#run(write);
    // A test that ends before asking for it ends with what went wrong first.
    this.hash.catch(() => {});
  }

  async #run(write: Write): Promise<string> {
    const [piece, hash] = [randomBytes(PIECE), createHash('sha1')];
    while (this.accepted < TOTAL) {
      piece.writeUInt32BE(this.accepted / PIECE);
      hash.update(piece);
      await new Promise<void>((resolve, reject) => write(piece, (error) => (error ? reject(error) : resolve())));
      this.accepted += PIECE;
    }
    return hash.digest('hex');
  }
}

/** What of a gibibyte comes out. */
class Sink {
  received = 0;
  readonly hash: Promise<string>;
  readonly #hash = createHash('sha1');
  readonly #done = Promise.withResolvers<string>();

  constructor() {
    this.hash = this.#done.promise;
  }

  take(bytes: Buffer): void {
    this.received += bytes.length;
    this.#hash.update(bytes);
    if (this.received >= TOTAL) this.#done.resolve(this.#hash.digest('hex'));
  }
}

/**
 * What is accepted of a source before it comes to rest: nothing more was, while another tunnel of the router carried
 * messages there and back. Where it never rests, that is all.
 */
async function acceptedAtRest(source: Source): Promise<number> {
  const { client, socket } = await open();
  socket.pipe(socket);
  let accepted = -1;
  for (let still = 0; still < ROUND_TRIPS && accepted < TOTAL; still++) {
    if (source.accepted > accepted) still = 0;
    accepted = source.accepted;
    const echoed = once(client, 'message');
    client.send('there and back');
    await echoed;
  }
  return accepted;
}

/** The most memory that a process has had, in bytes. */
function peakOf({ pid }: ChildProcess): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** What comes of a gibibyte that goes to somebody who stands still until it is told to go on; the figures. */
async function prove(write: Write, goOn: (sink: Sink) => void): Promise<string> {
  const before = peakOf(tunnel.router.process);
  const [source, sink] = [new Source(write), new Sink()];
  const rest = await acceptedAtRest(source);
  expect(rest).toBeLessThan(MAX_BETWEEN);
  goOn(sink);
  const [sent, received] = await Promise.all([source.hash, sink.hash]);
  expect(received).toBe(sent);
  const growth = peakOf(tunnel.router.process) - before;
  expect(growth).toBeLessThan(MAX_GROWTH);
  const [restMib, growthMib] = [rest, growth].map((bytes) => (bytes / MIB).toFixed(1));
  return `${restMib} MiB were taken at rest; the router has grown by ${growthMib} MiB at most`;
}

describe.skipIf(process.platform !== 'linux')('a tunnel holds little, and loses nothing', { timeout: 300_000 }, () => {
  beforeEach(async () => {
    tunnel = await startTunnelTo(service.port);
  });

  it('while the service stands still', async ({ annotate }) => {
    const { client, socket } = await open();
    const write: Write = (piece, done) => client.send(piece, done);
    const goOn = (sink: Sink) => void socket.on('data', (bytes) => sink.take(bytes));
    await annotate(await prove(write, goOn));
  });

  it('while the client, which tells what it has received, stands still', async ({ annotate }) => {
    const { client, socket } = await open('tunnel.signalbox');
    client.send('0');
    client.pause();
    const write: Write = (piece, done) => void socket.write(piece, done);
    const goOn = (sink: Sink) => {
      client.on('message', (bytes: Buffer) => {
        sink.take(bytes);
        client.send(String(sink.received));
      });
      client.resume();
    };
    await annotate(await prove(write, goOn));
  });
});
