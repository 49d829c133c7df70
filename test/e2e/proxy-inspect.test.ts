import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { type ClientOptions } from 'ws';
import { closeFrame, closePayload, frame, readClose } from '../support/hostile-frames.ts';
import { upgradeTo } from '../support/hostile-http.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let origin: SocketOrigin;
let router: Router;
beforeAll(async () => {
  origin = await SocketOrigin.open();
  const target = { kind: 'proxy', pool: [origin.url], inspect: true };
  const jwt = { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET', clockTolerance: 0 };
  const routes = [
    { path: '/seen/*', target },
    { path: '/small', target, limits: { maxMessageBytes: 16 } },
    { path: '/slow', target, limits: { messagesPerSecond: 1, messageBurst: 2 } },
    { path: '/thin', target, limits: { bytesPerSecond: 1, maxMessageBytes: 10 } },
    { path: '/dropping', target, limits: { messagesPerSecond: 1, messageBurst: 2, overRate: 'drop' } },
    { path: '/idle', target: { ...target, idleMs: 200 } },
    { path: '/expiring', target, auth: jwt },
    { path: '/sticky', target: { ...target, policy: { sticky: { cookie: 'up', secret: 'JWT_SECRET' } } } },
  ];
  router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify(routes) });
});
afterAll(async () => {
  await router.stop();
  await origin.kill();
});

/** A client, and the other end of its connection at the origin. */
async function connect(path: string, options: ClientOptions = {}, protocols: string[] = []) {
  const accepted = origin.next();
  const client = new WebSocket(`ws://${router.host}${path}`, protocols, options);
  await once(client, 'open');
  return { client, far: await accepted };
}

async function connectRaw(path: string, lines: string[] = []) {
  const accepted = origin.next();
  const client = await RawSocket.open(router.port);
  client.write(upgradeTo(path, lines));
  return { client, answer: await client.readAnswer(), far: await accepted };
}

/** How a connection ends. */
async function end(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = await once(socket, 'close');
  return [code as number, String(reason)];
}

describe('an inspected connection', () => {
  it('carries messages of every size, text and bytes, byte for byte and in order', async () => {
    const { client } = await connect('/seen/');
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024];
    const messages = sizes.flatMap((size) => ['é'.repeat(size / 2), Buffer.alloc(size, 0xfe)]);
    for (const message of messages) {
      client.send(message);
      const [data, isBinary] = await once(client, 'message');
      expect(isBinary ? data : String(data)).toEqual(message);
    }
    client.close();
  });

  it('joins the fragments of a message', async () => {
    const { client } = await connectRaw('/seen/');
    for (const [first, text] of [
      [0x01, 'one '],
      [0x00, 'mess'],
      [0x80, 'age'],
    ] as const)
      client.write(frame(first, text));
    expect(await client.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('one message') });
    client.destroy();
  });

  it('is compressed on each side by itself', async () => {
    const { client, answer, far } = await connectRaw('/seen/', ['Sec-WebSocket-Extensions: permessage-deflate']);
    expect(answer.headers['sec-websocket-extensions']).toMatch(/^permessage-deflate/);
    const arrived = once(far, 'message');
    client.write(frame(0x81, 'not compressed'));
    expect(String((await arrived)[0])).toBe('not compressed');
    client.destroy();
  });

  it('gets the subprotocol, the cookies and the other headers of the origin, and the router’s own', async () => {
    origin.headers.push('Set-Cookie: session=1', 'X-Origin: yes');
    const { answer, client } = await connectRaw('/sticky', ['Sec-WebSocket-Protocol: a, b']);
    expect(answer.headers).toMatchObject({ 'sec-websocket-protocol': 'a', 'x-origin': 'yes', connection: 'Upgrade' });
    expect(answer.headers['set-cookie']).toMatch(/^up=/);
    origin.headers.length = 0;
    client.destroy();
  });

  it('answers pings by itself', async () => {
    const { client } = await connectRaw('/seen/');
    client.write(frame(0x89, 'there?'));
    expect(await client.readFrame()).toEqual({ first: 0x8a, payload: Buffer.from('there?') });
    client.destroy();
  });
});

describe('a Close', () => {
  it('of the client reaches the origin, and its answer the client', async () => {
    const { client, far } = await connectRaw('/seen/');
    const ended = end(far);
    client.write(closeFrame(4001, 'enough'));
    expect(await ended).toEqual([4001, 'enough']);
    expect(await client.readFrame()).toEqual({ first: 0x88, payload: closePayload(4001, 'enough') });
  });

  it('of the client does not cut what the origin still says', async () => {
    const { client, far } = await connectRaw('/seen/');
    far.pause();
    client.write(frame(0x81, 'question'));
    client.write(closeFrame(1000));
    far.resume();
    expect(await client.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('question') });
    expect((await readClose(client)).code).toBe(1000);
  });

  it('of the origin reaches the client', async () => {
    const { client, far } = await connect('/seen/');
    const ended = end(client);
    far.close(4002, 'later');
    expect(await ended).toEqual([4002, 'later']);
  });

  it('without a code stays without one', async () => {
    const { client, far } = await connectRaw('/seen/');
    const ended = end(far);
    client.write(frame(0x88, ''));
    expect(await ended).toEqual([1005, '']);
    expect((await readClose(client)).code).toBeNull();
  });

  it.each([999, 1004, 1005, 1006, 1015, 5000])(
    'with the code %i, which nobody may send, goes on without one',
    async (code) => {
      const { client, far } = await connectRaw('/seen/');
      const ended = end(far);
      client.write(closeFrame(code, 'x'));
      expect(await ended).toEqual([1005, '']);
      client.destroy();
    },
  );
});

describe('a side that goes away without a word', () => {
  it('is told to the origin with 1001', async () => {
    const { client, far } = await connect('/seen/');
    const ended = end(far);
    client.terminate();
    expect(await ended).toEqual([1001, 'client gone']);
  });

  it('is told to the client with 1011', async () => {
    const { client, far } = await connect('/seen/');
    const ended = end(client);
    far.terminate();
    expect(await ended).toEqual([1011, 'service failed']);
  });

  it('is one that sends no frames, too', async () => {
    const { client, far } = await connectRaw('/seen/');
    const ended = end(far);
    client.write(frame(0xf1, 'reserved bits'));
    expect(await ended).toEqual([1001, 'client gone']);
    client.destroy();
  });
});

describe('a limit', () => {
  it('on the size of a message holds for clients only', async () => {
    const { client, far } = await connect('/small');
    client.send('x'.repeat(16));
    await once(client, 'message');
    const received = once(client, 'message');
    far.send('x'.repeat(17));
    await received;
    const ended = Promise.all([end(client), end(far)]);
    client.send('x'.repeat(17));
    expect(await ended).toEqual(Array(2).fill([1009, 'message too big']));
  });

  it.each([
    ['/slow', ['a', 'b', 'c'], [1008, 'message rate exceeded']],
    ['/thin', ['x'.repeat(10), 'x'.repeat(10)], [1008, 'byte rate exceeded']],
  ] as const)('on the rate of %s costs the connection', async (path, messages, close) => {
    const { client, far } = await connect(path);
    const ended = Promise.all([end(client), end(far)]);
    for (const message of messages) client.send(message);
    expect(await ended).toEqual([close, close]);
  });

  it('on the rate costs only the message where the route says so', async () => {
    const { client, far } = await connect('/dropping');
    const received: string[] = [];
    far.on('message', (data) => received.push(String(data)));
    for (const message of ['a', 'b', 'c']) client.send(message);
    const ended = end(far);
    client.close();
    await ended;
    expect(received).toEqual(['a', 'b']);
  });

  it('on silence ends it for both', async () => {
    const { client, far } = await connect('/idle');
    expect(await Promise.all([end(client), end(far)])).toEqual(Array(2).fill([1001, 'idle']));
  });

  it('on time ends it with the credential', async () => {
    const token = await signToken({ exp: Math.ceil(Date.now() / 1000) + 1 });
    const { client, far } = await connect('/expiring', { headers: { Authorization: `Bearer ${token}` } });
    expect(await Promise.all([end(client), end(far)])).toEqual(Array(2).fill([3005, 'connection expired']));
  });
});
