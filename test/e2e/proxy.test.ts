import { once } from 'node:events';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket, { type ClientOptions } from 'ws';
import { closeFrame, closePayload, frame } from '../support/hostile-frames.ts';
import { GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let origin: SocketOrigin;
let router: Router;
beforeAll(async () => {
  origin = await SocketOrigin.open();
  const pool = [`${origin.url}/base`];
  const routes = [
    { path: '/through/*', target: { kind: 'proxy', pool } },
    { path: '/rewritten/*', target: { kind: 'proxy', pool, rewrite: { from: '/rewritten', to: '/v2' } } },
    { path: '/secret', target: { kind: 'proxy', pool, secret: { header: 'X-Router', value: 'ROUTER_SECRET' } } },
    { path: '/spoken', target: { kind: 'proxy', pool }, protocols: ['chat.v2', 'chat.v1'] },
    { path: '/sticky', target: { kind: 'proxy', pool, policy: { sticky: { cookie: 'up', secret: 'ROUTER_SECRET' } } } },
    {
      path: '/guarded',
      target: { kind: 'proxy', pool },
      protocols: ['chat'],
      auth: { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET', from: [{ query: 'token' }, 'subprotocol'] },
    },
    { path: '/cookie', target: { kind: 'proxy', pool }, auth: cookieAuth },
  ];
  router = await startRouter('test', { ...SECRETS, ROUTER_SECRET: 'ours', ROUTES: JSON.stringify(routes) });
});
beforeEach(() => {
  origin.seen.length = 0;
  origin.headers.length = 0;
  origin.choose = (offer) => offer[0] ?? false;
});
afterAll(async () => {
  await router.stop();
  await origin.kill();
});

const cookieAuth = { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET', from: [{ cookie: 'token' }] };

async function connect(path: string, protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}${path}`, protocols, options);
  await once(socket, 'open');
  return socket;
}

async function openRaw(path: string, lines: string[] = []): Promise<RawSocket> {
  const socket = await RawSocket.open(router.port);
  socket.write(requestHead(`GET ${path} HTTP/1.1`, [...GOOD_UPGRADE, ...lines]));
  return socket;
}

describe('an upgrade that goes through', () => {
  it('leads to the path and the query of the request, behind those of the upstream', async () => {
    (await connect('/through/a%2Fb/c?x=1&y=%20')).close();
    expect(origin.last.url).toBe('/base/through/a%2Fb/c?x=1&y=%20');
  });

  it('leads to the path that the route makes of it', async () => {
    (await connect('/rewritten/a?x')).close();
    expect(origin.last.url).toBe('/base/v2/a?x');
  });

  it('carries cookies, Authorization, Origin and other headers, and says who asks', async () => {
    const headers = { Cookie: 'a=1', Authorization: 'Basic abc', 'X-Mine': 'yes', Origin: `http://${router.host}` };
    (await connect('/through/', [], { headers: { ...headers, 'X-Forwarded-For': '192.0.2.1' } })).close();
    expect(origin.last.headers).toMatchObject({
      cookie: 'a=1',
      authorization: 'Basic abc',
      origin: `http://${router.host}`,
      'x-mine': 'yes',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': router.host,
      host: `127.0.0.1:${origin.port}`,
    });
  });

  it('shows the origin the secret, and nobody else’s', async () => {
    (await connect('/secret', [], { headers: { 'X-Router': 'theirs', X_Router: 'theirs' } })).close();
    expect(origin.last.headers['x-router']).toBe('ours');
    expect(origin.last.headers).not.toHaveProperty('x_router');
  });

  it('gets the subprotocol that the origin chooses', async () => {
    origin.choose = (offer) => offer[1] ?? false;
    const socket = await connect('/through/', ['one', 'two', 'three']);
    expect(socket.protocol).toBe('two');
    expect(origin.last.headers['sec-websocket-protocol']).toBe('one, two, three');
    socket.close();
  });

  it('offers the origin only what the route speaks', async () => {
    const socket = await connect('/spoken', ['other', 'chat.v1']);
    expect([socket.protocol, origin.last.headers['sec-websocket-protocol']]).toEqual(['chat.v1', 'chat.v1']);
    socket.close();
  });

  it('gets what the origin says with its 101', async () => {
    origin.headers.push('Set-Cookie: session=1', 'X-Origin: yes');
    const socket = await openRaw('/through/');
    expect((await socket.readAnswer()).headers).toMatchObject({ 'set-cookie': 'session=1', 'x-origin': 'yes' });
    socket.destroy();
  });

  it('gets a cookie that keeps it with its upstream, and the connection with it', async () => {
    const socket = await openRaw('/sticky', ['Sec-WebSocket-Protocol: a']);
    const { status, headers } = await socket.readAnswer();
    expect([status, headers['sec-websocket-protocol']]).toEqual([101, 'a']);
    expect(headers['set-cookie']).toMatch(/^up=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    socket.write(frame(0x81, 'there'));
    expect(await socket.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('there') });
    socket.destroy();
    const again = await openRaw('/sticky', [`Cookie: ${headers['set-cookie']?.split(';')[0]}`]);
    expect((await again.readAnswer()).headers).not.toHaveProperty('set-cookie');
    again.destroy();
  });

  it('keeps the credential that is for the router, in the query or in a subprotocol', async () => {
    const token = await signToken({ sub: 'ada' });
    (await connect(`/guarded?a=1&token=${token}`, ['chat'])).close();
    expect(origin.last.url).toBe('/base/guarded?a=1');
    const offer = `signalbox.bearer.${Buffer.from(token).toString('base64url')}`;
    (await connect('/guarded?a=1', [offer, 'chat'])).close();
    expect(origin.last.headers['sec-websocket-protocol']).toBe('chat');
    expect(JSON.stringify(origin.last.headers)).not.toContain(token);
  });

  it('hands a credential in a cookie on, as any other cookie', async () => {
    const token = await signToken({ sub: 'ada' });
    (await connect('/cookie', [], { headers: { Cookie: `a=1; token=${token}` } })).close();
    expect(origin.last.headers.cookie).toBe(`a=1; token=${token}`);
  });

  it('does not reach the origin where the router refuses it', async () => {
    const socket = await openRaw('/guarded', ['Sec-WebSocket-Protocol: chat']);
    expect((await socket.readAnswer()).status).toBe(401);
    expect(origin.seen).toEqual([]);
    socket.destroy();
  });
});

describe('a connection that goes through', () => {
  it('carries messages of every size, text and bytes, byte for byte and in order', async () => {
    const socket = await connect('/through/');
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024];
    const messages = sizes.flatMap((size) => ['é'.repeat(size / 2), Buffer.alloc(size, 0xfe)]);
    const received: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        received.push(isBinary ? data : data.toString());
        if (received.length === messages.length) resolve();
      });
    });
    for (const message of messages) socket.send(message);
    await done;
    expect(received).toEqual(messages);
    socket.close();
  });

  it('carries pings and pongs from end to end', async () => {
    const accepted = origin.next();
    const socket = await openRaw('/through/');
    expect((await socket.readAnswer()).status).toBe(101);
    const far = await accepted;
    const pinged = once(far, 'ping');
    socket.write(frame(0x89, 'are you there'));
    expect(String((await pinged)[0])).toBe('are you there');
    expect(await socket.readFrame()).toEqual({ first: 0x8a, payload: Buffer.from('are you there') });
    far.ping('and you');
    expect(await socket.readFrame()).toEqual({ first: 0x89, payload: Buffer.from('and you') });
    const ponged = once(far, 'pong');
    socket.write(frame(0x8a, 'and you'));
    expect(String((await ponged)[0])).toBe('and you');
    socket.destroy();
  });

  it('is compressed from end to end where both ends want that', async () => {
    const accepted = origin.next();
    const socket = await openRaw('/through/', ['Sec-WebSocket-Extensions: permessage-deflate']);
    const { headers } = await socket.readAnswer();
    expect(headers['sec-websocket-extensions']).toMatch(/^permessage-deflate/);
    const arrived = once(await accepted, 'message');
    const text = 'compress me '.repeat(9);
    // RFC 7692 section 7.2.1: without the four bytes at the end.
    const packed = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
    socket.write(frame(0xc1, packed));
    expect(String((await arrived)[0])).toBe(text);
    const { first, payload } = await socket.readFrame();
    expect([first, payload.length < text.length]).toEqual([0xc1, true]);
    const unpacked = inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), { finishFlush: 2 });
    expect(String(unpacked)).toBe(text);
    socket.destroy();
  });

  it('is not compressed where the client does not offer that', async () => {
    const socket = await openRaw('/through/');
    expect((await socket.readAnswer()).headers).not.toHaveProperty('sec-websocket-extensions');
    expect(origin.last.headers).not.toHaveProperty('sec-websocket-extensions');
    socket.destroy();
  });

  it('ends with the close of the client, which the origin answers', async () => {
    const accepted = origin.next();
    const socket = await openRaw('/through/');
    await socket.readAnswer();
    const closed = once(await accepted, 'close');
    socket.write(closeFrame(4001, 'enough'));
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4001, 'enough']);
    expect(await socket.readFrame()).toEqual({ first: 0x88, payload: closePayload(4001, 'enough') });
    socket.destroy();
  });

  it('ends with the close of the origin', async () => {
    const accepted = origin.next();
    const socket = await connect('/through/');
    const closed = once(socket, 'close');
    (await accepted).close(4002, 'later');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4002, 'later']);
  });

  it.each(['client', 'origin'])('ends for both where the %s goes away without a word', async (gone) => {
    const accepted = origin.next();
    const socket = await connect('/through/');
    const far = await accepted;
    const [leaver, other] = gone === 'client' ? [socket, far] : [far, socket];
    const closed = once(other, 'close');
    leaver.terminate();
    expect((await closed)[0]).toBe(1006);
  });
});
