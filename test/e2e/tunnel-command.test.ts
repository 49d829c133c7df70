import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Router, startRouter } from '../support/router.ts';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';
import { endTunnels, listenTunnel, resultOf, run, SIGNALBOX, spawnTunnel, start } from '../support/tunnel-command.ts';

/** Nobody listens there. */
const CLOSED_PORT = 9;

let service: TcpOrigin;
let router: Router;
let url: string;

const target = (port = service.port) => ({ kind: 'tunnel', pool: [{ host: '127.0.0.1', port }] });

beforeAll(async () => {
  service = await startOrigin();
  const routes = [
    { path: '/pipe/plain', target: target() },
    { path: '/pipe/closed', target: target(CLOSED_PORT) },
    { path: '/pipe/narrow', target: target(), limits: { maxBufferedBytes: 1 } },
    {
      path: '/pipe/members',
      target: target(),
      auth: { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET' },
    },
    { path: '/pipe/origin', target: target(), origins: ['https://app.example.com'] },
  ];
  router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify(routes) });
  url = `ws://${router.host}/pipe`;
});
afterEach(async () => {
  await endTunnels();
  await service.hangUp();
  service.play = (socket) => void socket.pipe(socket);
});
afterAll(async () => {
  await router?.stop();
  await service?.stop();
});

/** The service's end of the next connection. */
function nextConnection(): Promise<Socket> {
  return new Promise((resolve) => {
    service.play = resolve;
  });
}

/** A service that answers when it has heard everything. */
async function answerAtEnd(socket: Socket): Promise<void> {
  socket.end(`heard ${await text(socket)}`);
}

describe('standard input and output', () => {
  it('are joined with the service', async () => {
    expect(await run(spawnTunnel([`${url}/plain`]), 'hello')).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  });

  it('go on with the answer, when the input has ended', async () => {
    service.play = answerAtEnd;
    expect(await run(spawnTunnel([`${url}/plain`]), 'all of it')).toMatchObject({ code: 0, stdout: 'heard all of it' });
  });

  it('go on with the input, when the service has ended', async () => {
    const connected = nextConnection();
    const child = spawnTunnel([`${url}/plain`]);
    const socket = await connected;
    socket.end('bye');
    expect(await text(child.stdout)).toBe('bye');
    child.stdin.write('one ');
    await once(socket, 'readable');
    expect(await Promise.all([text(socket), run(child, 'two')])).toMatchObject(['one two', { code: 0 }]);
  });

  it('get everything from a route that lets nothing wait', async () => {
    service.play = (socket) => void socket.end(Buffer.alloc(3_000_000, 'x'));
    expect((await run(spawnTunnel([`${url}/narrow`]))).stdout.length).toBe(3_000_000);
  });

  it('end with what went wrong, when the service breaks', async () => {
    const connected = nextConnection();
    const child = spawnTunnel([`${url}/plain`]);
    const result = resultOf(child);
    child.stdin.write('hello');
    await once((await connected).resume(), 'data');
    (await connected).resetAndDestroy();
    const stderr = 'signalbox tunnel: closed with 1011: service failed\n';
    expect(await result).toEqual({ code: 1, stdout: '', stderr });
  });

  it('end with what went wrong, when the router goes away', async () => {
    const lost = await startRouter('test', {
      ...SECRETS,
      ROUTES: JSON.stringify([{ path: '/pipe', target: target() }]),
    });
    const connected = nextConnection();
    const result = resultOf(spawnTunnel([`ws://${lost.host}/pipe`]));
    await connected;
    await lost.stop();
    expect(await result).toEqual({ code: 1, stdout: '', stderr: 'signalbox tunnel: the connection broke\n' });
  });

  it('end when nobody reads any more', async () => {
    const connected = nextConnection();
    const child = spawnTunnel([`${url}/plain`]);
    const [over, complaint] = [once(child, 'exit'), text(child.stderr)];
    child.stdout.destroy();
    const socket = await connected;
    const gone = once(socket.resume(), 'close');
    socket.on('end', () => socket.end());
    socket.write('is anybody there?');
    expect(await over).toEqual([1, null]);
    expect(await complaint).toBe('signalbox tunnel: nobody reads what comes\n');
    await gone;
  });
});

describe('who may not have a tunnel', () => {
  it.each([
    ['/closed', 'refused with 502 ERR_UPSTREAM_UNREACHABLE: What is behind this path could not be reached.'],
    ['/members', 'refused with 401 ERR_CREDENTIALS_MISSING: Say who you are: this path wants a credential.'],
    ['/nowhere', 'refused with 404 ERR_NO_ROUTE: No route takes this host and path.'],
  ])('is told so at %s', async (path, message) => {
    const result = { code: 3, stdout: '', stderr: `signalbox tunnel: ${message}\n` };
    expect(await run(spawnTunnel([url + path]))).toEqual(result);
  });

  it('is told of a path that is no tunnel, and of a port where nobody listens', async () => {
    const room = await run(spawnTunnel([`ws://${router.host}/rooms/lobby`]));
    expect(room).toMatchObject({
      code: 3,
      stderr: 'signalbox tunnel: could not connect: Server sent no subprotocol\n',
    });
    const nobody = await run(spawnTunnel([`ws://127.0.0.1:${CLOSED_PORT}`]));
    expect(nobody).toMatchObject({ code: 3, stderr: expect.stringContaining('ECONNREFUSED') });
  });

  it('may show a token, and send headers', async () => {
    const env = { SIGNALBOX_TOKEN: await signToken() };
    expect(await run(spawnTunnel([`${url}/members`], env), 'hi')).toMatchObject({ code: 0, stdout: 'hi' });
    const headers = ['-H', 'Origin: https://evil.example'];
    expect(await run(spawnTunnel([...headers, `${url}/origin`]))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('403 ERR_ORIGIN_NOT_ALLOWED'),
    });
  });
});

describe('a port', () => {
  it('leads each of its connections through a tunnel of its own', async () => {
    const { port } = await listenTunnel(`${url}/plain`);
    const [one, two] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    one.end('one');
    two.end('two');
    expect(await Promise.all([text(one), text(two)])).toEqual(['one', 'two']);
    expect(service.sockets.size).toBe(0);
  });

  it('lets either side end its half', async () => {
    service.play = answerAtEnd;
    const { port } = await listenTunnel(`${url}/plain`);
    const asking = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    asking.end('question');
    expect(await text(asking)).toBe('heard question');
    const connected = nextConnection();
    const told = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const socket = await connected;
    socket.end('statement');
    expect(await text(told)).toBe('statement');
    told.end('reply');
    expect(await text(socket)).toBe('reply');
  });

  it('resets a connection whose tunnel breaks or is refused, and says why', async () => {
    for (const [path, why] of [
      ['plain', 'closed with 1011: service failed'],
      ['closed', 'ERR_UPSTREAM_UNREACHABLE'],
    ]) {
      // Not at once: that could still count as not being there at all.
      service.play = (socket) => socket.once('data', () => socket.resetAndDestroy());
      const { port, child } = await listenTunnel(`${url}/${path}`);
      const said = once(child.stderr, 'data');
      const client = connect(port, '127.0.0.1').resume();
      client.write('break');
      const [error] = await once(client, 'error').catch((error) => [error]);
      expect(error).toMatchObject({ code: 'ECONNRESET' });
      expect(String(await said)).toContain(why);
    }
  });

  it('that is taken is told', async () => {
    const { port } = await listenTunnel(`${url}/plain`);
    const second = await run(spawnTunnel(['-L', `${port}`, `${url}/plain`]));
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('EADDRINUSE') });
  });
});

describe('a router that breaks the protocol', () => {
  /** A frame with bits that no extension has given a meaning. */
  const NO_FRAME = Buffer.from([0xf2, 0]);
  let server: WebSocketServer;
  let wrong: string;
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    wrong = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  it('ends the tunnel, where it sends text that came from no service', async () => {
    server.on('connection', (socket) => socket.send('text'));
    const { code, stderr } = await resultOf(spawnTunnel([wrong]));
    expect([code, stderr]).toEqual([1, 'signalbox tunnel: the router sent what does not belong in a tunnel\n']);
  });

  it('ends the tunnel, and is told in a sentence, where what it sends is no frame', async () => {
    server.on('connection', (_, { socket }) => socket.write(NO_FRAME));
    expect(await resultOf(spawnTunnel([wrong]))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'signalbox tunnel: the connection broke\n',
    });
  });

  it('ends no other tunnel of a port', async () => {
    server.once('connection', (_, { socket }) => {
      socket.write(NO_FRAME);
      server.on('connection', (next) => next.on('message', (data, isBinary) => isBinary && next.send(data)));
    });
    const { port } = await listenTunnel(wrong);
    await once(connect(port, '127.0.0.1').resume(), 'error');
    const client = connect(port, '127.0.0.1');
    client.write('hello');
    expect(String((await once(client, 'data'))[0])).toBe('hello');
    client.destroy();
  });
});

describe('signalbox', () => {
  it('runs with a Node that can not run TypeScript', async () => {
    const child = start(['--no-experimental-strip-types', SIGNALBOX, 'tunnel', `${url}/plain`]);
    expect(await run(child, 'hello')).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  });

  it.each([[[SIGNALBOX]], [[SIGNALBOX, 'tunel']], [[SIGNALBOX, 'tunnel']]])('says how it is used: %j', async (args) => {
    expect(await run(start(args))).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: ') });
  });
});
