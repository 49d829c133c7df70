import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { signAddress } from '../../src/bridge/guard.ts';
import { type Router, startRouter } from '../support/router.ts';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

/** Nobody listens there. */
const CLOSED_PORT = 9;

let router: Router;
let service: TcpOrigin;
let other: TcpOrigin;
let clients: Client[] = [];

/** A stock client of a tunnel. */
class Client {
  readonly socket: WebSocket;
  readonly received: { data: Buffer; isBinary: boolean }[] = [];
  readonly closed: Promise<[number, string]>;

  constructor(path: string, protocols: string[], headers: Record<string, string>) {
    this.socket = new WebSocket(`ws://${router.host}${path}`, protocols, { headers });
    this.socket.on('message', (data: Buffer, isBinary) => this.received.push({ data, isBinary }));
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve([code, String(reason)])));
  }

  get text(): string {
    return this.received.map(({ data }) => String(data)).join('');
  }

  async hears(text: string): Promise<void> {
    await expect.poll(() => this.text).toBe(text);
  }
}

async function open(path: string, protocols: string[] = [], headers = {}): Promise<Client> {
  const client = new Client(path, protocols, headers);
  clients.push(client);
  await once(client.socket, 'open');
  return client;
}

/** How an upgrade is refused. */
async function refusalOf(path: string, headers = {}): Promise<{ status: number; code: string; retryAfter?: string }> {
  const socket = new WebSocket(`ws://${router.host}${path}`, { headers });
  const [, response] = await once(socket, 'unexpected-response');
  const [body] = await once(response, 'data');
  return { status: response.statusCode, code: JSON.parse(body).code, retryAfter: response.headers['retry-after'] };
}

/** The service's end of the next connection. */
function nextConnection(of = service): Promise<Socket> {
  return new Promise((resolve) => {
    of.play = resolve;
  });
}

const echo = (socket: Socket) => void socket.pipe(socket);

beforeAll(async () => {
  [service, other] = [await startOrigin(), await startOrigin()];
  const ports = JSON.stringify([service.port, other.port, CLOSED_PORT]);
  router = await startRouter('test', { ...SECRETS, TUNNEL_PORTS: ports });
});
beforeEach(() => {
  service.play = echo;
  other.play = echo;
});
afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  clients = [];
  await Promise.all([service.hangUp(), other.hangUp()]);
});
afterAll(async () => {
  await router?.stop();
  await Promise.all([service?.stop(), other?.stop()]);
});

describe('a tunnel', () => {
  it('carries bytes both ways, as binary messages', async () => {
    const client = await open('/tcp/plain');
    client.socket.send('text, ');
    client.socket.send(Buffer.from('and bytes'));
    await client.hears('text, and bytes');
    expect(client.received.every(({ isBinary }) => isBinary)).toBe(true);
  });

  it('is there before the service has said anything, and not before the service is', async () => {
    let log = '';
    router.process.stderr?.on('data', (chunk) => {
      log += chunk;
    });
    expect(await refusalOf('/tcp/closed')).toMatchObject({ status: 502, code: 'ERR_UPSTREAM_UNREACHABLE' });
    await expect.poll(() => log).toContain(`Upstream 127.0.0.1:${CLOSED_PORT} did not connect: unreachable`);
    expect(await refusalOf('/tcp/closed')).toMatchObject({
      status: 503,
      code: 'ERR_UPSTREAMS_UNAVAILABLE',
      retryAfter: '60',
    });
    await open('/tcp/plain');
  });

  it('brings large pieces unchanged and in order', async () => {
    const said = Buffer.from(Uint32Array.from({ length: 2 * 1024 * 1024 }, (_, at) => at).buffer);
    service.play = (socket) => void socket.end(said);
    const client = await open('/tcp/plain');
    expect(await client.closed).toEqual([1000, '']);
    expect(Buffer.concat(client.received.map(({ data }) => data)).equals(said)).toBe(true);
  });

  it('closes with 1000 when the service ends, and with 1011 when it breaks', async () => {
    service.play = (socket) => void socket.end('bye');
    const ended = await open('/tcp/plain');
    expect(await ended.closed).toEqual([1000, '']);
    expect(ended.text).toBe('bye');
    // Not at once: that could still count as not being there at all.
    service.play = (socket) => socket.once('data', () => socket.resetAndDestroy());
    const broken = await open('/tcp/plain');
    broken.socket.send('break');
    expect(await broken.closed).toEqual([1011, 'service failed']);
  });

  it('tells the service of a client that closes, and still delivers what it has to say', async () => {
    service.play = (socket) => {
      socket.resume();
      socket.on('end', () => socket.end('late bytes'));
    };
    const client = await open('/tcp/plain');
    client.socket.close(1000);
    expect(await client.closed).toEqual([1000, '']);
    expect(client.text).toBe('late bytes');
  });

  it('ends the connection to the service when the client is gone without a word', async () => {
    const connected = nextConnection();
    const client = await open('/tcp/plain');
    const gone = once((await connected).resume(), 'end');
    client.socket.terminate();
    await gone;
  });

  it('ends one direction by an empty message, and goes on with the other', async () => {
    service.play = (socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => socket.end(`heard ${Buffer.concat(chunks)}`));
    };
    const client = await open('/tcp/plain', ['other', 'tunnel.signalbox']);
    expect(client.socket.protocol).toBe('tunnel.signalbox');
    client.socket.send(Buffer.from('everything'));
    client.socket.send(Buffer.alloc(0));
    expect(await client.closed).toEqual([1000, '']);
    expect(client.text).toBe('heard everything');
  });

  it('hears of the end of the service by an empty message, and may go on to send', async () => {
    const connected = nextConnection();
    const client = await open('/tcp/plain', ['tunnel.signalbox']);
    const socket = await connected;
    socket.end('all I have');
    await expect.poll(() => client.received.at(-1)?.data.length).toBe(0);
    const heard = once(socket, 'data');
    client.socket.send(Buffer.from('thank you'));
    expect(String((await heard)[0])).toBe('thank you');
    client.socket.send(Buffer.alloc(0));
    expect(await client.closed).toEqual([1000, '']);
  });

  it('takes no message that is larger than the route lets', async () => {
    const client = await open('/tcp/small');
    client.socket.send(Buffer.alloc(16));
    await client.hears('\0'.repeat(16));
    client.socket.send(Buffer.alloc(17));
    expect(await client.closed).toEqual([1009, 'message too big']);
  });
});

describe('what a client gets', () => {
  it('is text where the route says so, and no character is cut', async () => {
    const connected = nextConnection();
    const client = await open('/tcp/text');
    const socket = (await connected).setNoDelay();
    for (const byte of Buffer.from('héllo 🙂')) socket.write(Buffer.from([byte]));
    await client.hears('héllo 🙂');
    expect(client.received.some(({ isBinary }) => isBinary)).toBe(false);
    expect(client.text).not.toContain('\uFFFD');
  });

  it('is of the kind that it sent last where the route says so', async () => {
    const client = await open('/tcp/mirror');
    client.socket.send('a');
    await client.hears('a');
    client.socket.send(Buffer.from('b'));
    await client.hears('ab');
    expect(client.received.map(({ isBinary }) => isBinary)).toEqual([false, true]);
  });

  it('is base64 where it speaks that, and binary where it speaks both', async () => {
    const client = await open('/tcp/plain', ['base64']);
    client.socket.send(Buffer.from([0, 255]).toString('base64'));
    await client.hears('AP8=');
    expect((await open('/tcp/plain', ['base64', 'binary'])).socket.protocol).toBe('binary');
  });

  it('is a close where it sends what is no base64', async () => {
    const client = await open('/tcp/plain', ['base64']);
    client.socket.send('***');
    expect(await client.closed).toEqual([1003, 'unexpected message']);
  });
});

describe('the service', () => {
  it('is another one where the first does not answer', async () => {
    for (let i = 0; i < 4; i++) {
      const client = await open('/tcp/failover');
      client.socket.send(`${i}`);
      await client.hears(`${i}`);
    }
  });

  it('is the one with the fewest connections, which are counted until they end', async () => {
    const path = '/tcp/fair';
    const held = [await open(path), await open(path), await open(path), await open(path)];
    expect([service.sockets.size, other.sockets.size]).toEqual([2, 2]);
    for (const { socket } of [held[0], held[2]].filter((client) => client !== undefined)) socket.close();
    await expect.poll(() => service.sockets.size).toBe(0);
    await open(path);
    await open(path);
    expect([service.sockets.size, other.sockets.size]).toEqual([2, 2]);
  });

  it('gets no more connections than it may have', async () => {
    const client = await open('/tcp/capped');
    expect(await refusalOf('/tcp/capped')).toMatchObject({ status: 503, retryAfter: '1' });
    client.socket.close();
    await expect.poll(() => service.sockets.size).toBe(0);
    await open('/tcp/capped');
  });

  it.each([1, 2])('is told who the client is by the PROXY protocol, version %i', async (version) => {
    const connected = nextConnection();
    const client = await open(`/tcp/proxy-v${version}`);
    const socket = await connected;
    client.socket.send('payload');
    const [head] = await once(socket, 'data');
    const expected =
      version === 1 ? `PROXY TCP4 127.0.0.1 127.0.0.1 0 ${service.port}\r\n` : '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c';
    expect(String(head).startsWith(expected)).toBe(true);
  });

  it('is told that before TLS begins, and is not there where its certificate is not good', async () => {
    const connected = nextConnection();
    const refusal = refusalOf('/tcp/proxy-tls');
    const socket = await connected;
    const line = `PROXY TCP4 127.0.0.1 127.0.0.1 0 ${service.port}\r\n`;
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await expect.poll(() => Buffer.concat(chunks).length).toBeGreaterThan(line.length);
    const said = Buffer.concat(chunks);
    expect(said.toString('latin1', 0, line.length)).toBe(line);
    // The type and version of a TLS record that is a handshake: RFC 8446 section 5.1.
    expect([...said.subarray(line.length, line.length + 2)]).toEqual([22, 3]);
    socket.destroy();
    expect(await refusal).toMatchObject({ status: 502, code: 'ERR_UPSTREAM_UNREACHABLE' });
  });
});

describe('an address that the client names', () => {
  const address = async (to: string, expiresAt = Date.now() / 1000 + 60) =>
    `/tcp/chosen?${await signAddress(to, expiresAt, SECRETS.TICKET_SECRET)}`;

  it('is dialled where it is signed and listed', async () => {
    const client = await open(await address(`127.0.0.1:${service.port}`));
    client.socket.send('hello');
    await client.hears('hello');
  });

  it.each([
    ['without a signature', async () => `/tcp/chosen?to=127.0.0.1:${service.port}`, 'ERR_DIAL_SIGNATURE'],
    [
      'with another one',
      async () => (await address('127.0.0.1:1')).replace('127.0.0.1%3A1', `127.0.0.1%3A${service.port}`),
      'ERR_DIAL_SIGNATURE',
    ],
    ['too late', () => address(`127.0.0.1:${service.port}`, 1), 'ERR_DIAL_EXPIRED'],
    ['that is not listed', () => address('127.0.0.2:22'), 'ERR_DIAL_NOT_ALLOWED'],
  ])('is refused %s', async (_, path, code) => {
    expect(await refusalOf(await path())).toMatchObject({ status: 403, code });
  });
});

describe('a credential', () => {
  it('opens a tunnel where it is good for everything, or names the route', async () => {
    const bearer = async (claims = {}) => ({ Authorization: `Bearer ${await signToken(claims)}` });
    await open('/tcp/members', [], await bearer());
    await open('/tcp/members', [], await bearer({ permissions: [{ room: 'members-only', allow: ['publish'] }] }));
    const lobby = await bearer({ permissions: [{ room: 'lobby', allow: ['publish'] }] });
    expect(await refusalOf('/tcp/members', lobby)).toMatchObject({ status: 403, code: 'ERR_PERMISSION_DENIED' });
    expect(await refusalOf('/tcp/members')).toMatchObject({ status: 401 });
  });

  it('ends the tunnel when it expires', async () => {
    const exp = Math.floor(Date.now() / 1000) - 3;
    const token = await signToken({ exp });
    const client = await open('/tcp/members', [], { Authorization: `Bearer ${token}` });
    expect(await client.closed).toEqual([3005, 'connection expired']);
  });
});
