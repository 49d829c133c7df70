import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let router: Router;
/** Who publishes the keys, and who is asked by the forward route: what they were asked, and what they answer. */
let keys: JWK[] = [];
let keyRequests = 0;
let asked: IncomingMessage | null;
let forwardAnswer: RequestListener;
const servers: Server[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const JWKS = await listen((_, response) => {
    keyRequests += 1;
    response.setHeader('Content-Type', 'application/jwk-set+json').end(JSON.stringify({ keys }));
  });
  const FORWARD = await listen((request, response) => {
    asked = request;
    forwardAnswer(request, response);
  });
  router = await startRouter('test', { ...SECRETS, JWKS, FORWARD });
});
beforeEach(() => {
  asked = null;
});
afterAll(async () => {
  await router.stop();
  for (const server of servers) server.close().closeAllConnections();
});

interface Outcome {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
  socket: WebSocket;
}

/** What a stock client gets: an open connection, or the answer that refused it. */
function connect(path: string, options: { headers?: Record<string, string>; protocols?: string[] } = {}) {
  const socket = new WebSocket(`ws://${router.host}${path}`, options.protocols ?? [], { headers: options.headers });
  return new Promise<Outcome>((resolve) => {
    socket.on('open', () => resolve({ status: 101, headers: {}, body: '', socket }));
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, socket });
    });
  });
}

async function statusOf(path: string, token: string): Promise<number> {
  const { status, socket } = await connect(path, { headers: { Authorization: `Bearer ${token}` } });
  if (status === 101) socket.terminate();
  return status;
}

const algorithms = ['RS256', 'ES256', 'EdDSA'] as const;

async function makeKey(alg: (typeof algorithms)[number], kid: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg, kid };
  const sign = () => new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg, kid }).sign(privateKey);
  return { jwk, sign };
}

describe('a token', () => {
  it.each([
    ['in the Authorization header', '/jwt/a', (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })],
    ['in a cookie', '/jwt/a', (token: string) => ({ headers: { Cookie: `x=1; token=${token}` } })],
    ['in a subprotocol', '/offer/a', (token: string) => ({ protocols: ['chat', bearerOffer(token)] })],
  ])('lets a client in %s', async (_, path, options) => {
    const { status, socket } = await connect(path, options(await signToken()));
    expect(status).toBe(101);
    // Never the token: it would stand in the clear in logs of responses.
    expect(socket.protocol).toBe(path === '/offer/a' ? 'chat' : '');
    socket.terminate();
  });

  it('lets a client in as a query parameter', async () => {
    const { status, socket } = await connect(`/jwt/a?token=${await signToken()}`);
    expect(status).toBe(101);
    socket.terminate();
  });

  it('that is missing is asked for', async () => {
    const { status, headers, body } = await connect('/jwt/a');
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(body)).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING' });
  });

  it('that has expired is refused with a code that says so', async () => {
    const token = await signToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    const { status, headers, body } = await connect('/jwt/a', { headers: { Authorization: `Bearer ${token}` } });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(JSON.parse(body)).toMatchObject({ code: 'ERR_CREDENTIALS_EXPIRED' });
  });

  it('that nobody signed is refused', async () => {
    const parts = [{ alg: 'none' }, { sub: 'ada' }].map((part) => base64url.encode(JSON.stringify(part)));
    keys = [(await makeKey('ES256', 'some')).jwk];
    expect(await statusOf('/jwt/a', `${parts.join('.')}.`)).toBe(401);
    expect(await statusOf('/keys/a', `${parts.join('.')}.`)).toBe(401);
  });

  it('whose time comes closes its connection with a code that tells it to come back', async () => {
    const exp = Math.floor(Date.now() / 1000) - 4;
    const { socket } = await connect('/jwt/a', { headers: { Authorization: `Bearer ${await signToken({ exp })}` } });
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([3005, 'connection expired']);
  });
});

describe('a key set', () => {
  it('lets in whom one of its keys vouches for, and follows when the keys rotate', async () => {
    const [old, young, stranger] = [
      await makeKey('ES256', 'old'),
      await makeKey('ES256', 'young'),
      await makeKey('ES256', 'x'),
    ];
    keys = [old.jwk];
    expect(await statusOf('/keys/a', await old.sign())).toBe(101);
    keys = [young.jwk];
    expect(await statusOf('/keys/a', await young.sign())).toBe(101);
    expect(await statusOf('/keys/a', await old.sign())).toBe(401);
    expect(await statusOf('/keys/a', await stranger.sign())).toBe(401);
  });

  it.each(algorithms)('may sign with %s', async (alg) => {
    const key = await makeKey(alg, `only-${alg}`);
    keys = [key.jwk];
    expect(await statusOf('/keys/a', await key.sign())).toBe(101);
  });

  it('is no secret: a public key signs nothing', async () => {
    const key = await makeKey('RS256', 'public');
    keys = [key.jwk];
    const forged = new SignJWT({ sub: 'eve' }).setProtectedHeader({ alg: 'HS256', kid: 'public' });
    expect(await statusOf('/keys/a', await forged.sign(new TextEncoder().encode(JSON.stringify(key.jwk))))).toBe(401);
  });

  it('is asked at a bounded rate, however many unknown keys are named', async () => {
    const before = keyRequests;
    const forged = await Promise.all(Array.from({ length: 50 }, (_, i) => makeKey('ES256', `forged-${i}`)));
    const tokens = await Promise.all(forged.map(({ sign }) => sign()));
    const statuses = await Promise.all(tokens.map((token) => statusOf('/keys/a', token)));
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(keyRequests - before).toBeLessThanOrEqual(11);
  });
});

describe('an origin that is asked', () => {
  it('lets a client in, as whom and for what it says', async () => {
    const permissions = JSON.stringify([{ allow: ['subscribe'] }]);
    forwardAnswer = (_, response) =>
      response.writeHead(204, { 'Signalbox-User': 'ada', 'Signalbox-Permissions': permissions }).end();
    const { status, socket } = await connect('/forward/a?x=1&token=secret', {
      headers: { Cookie: 'session=1', 'X-Other': 'no' },
    });
    expect(status).toBe(101);
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer secret',
      cookie: 'session=1',
      'x-forwarded-method': 'GET',
      'x-forwarded-host': router.host,
      'x-forwarded-uri': '/forward/a?x=1',
      'x-forwarded-for': '127.0.0.1',
    });
    expect(asked?.headers).not.toHaveProperty('x-other');
    socket.send('I may not');
    expect((await once(socket, 'close'))[0]).toBe(3507);
  });

  it.each([401, 403])('refuses with its own %i, which the client gets as it is', async (refusal) => {
    forwardAnswer = (_, response) =>
      response.writeHead(refusal, { 'X-Why': 'because', 'WWW-Authenticate': 'Basic' }).end('no');
    const { status, headers, body } = await connect('/forward/a');
    expect([status, headers['x-why'], headers['www-authenticate'], body]).toEqual([refusal, 'because', 'Basic', 'no']);
  });

  it.each([302, 404, 500])('that answers %i is no answer: 502', async (failure) => {
    forwardAnswer = (_, response) => response.writeHead(failure, { Location: '/' }).end('inside');
    const { status, body } = await connect('/forward/a');
    expect(status).toBe(502);
    expect(body).not.toContain('inside');
  });

  it('that breaks off costs 502', async () => {
    forwardAnswer = (request) => request.destroy();
    expect((await connect('/forward/a')).status).toBe(502);
  });

  it('that does not answer in time costs 504', async () => {
    forwardAnswer = () => {};
    expect((await connect('/forward/a')).status).toBe(504);
  });
});

describe('a refusal by close', () => {
  it('opens the connection and closes it with the code of the error', async () => {
    const socket = new WebSocket(`ws://${router.host}/close/a`, ['chat', bearerOffer('a.b.c')]);
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([4401, 'ERR_CREDENTIALS_INVALID']);
    expect(socket.protocol).toBe('chat');
  });

  it('lets good credentials in', async () => {
    const { status, socket } = await connect('/close/a', { protocols: ['chat', bearerOffer(await signToken())] });
    expect(status).toBe(101);
    socket.terminate();
  });

  it('is for what a credential could change: a bad handshake is refused as HTTP', async () => {
    const socket = await RawSocket.open(router.port);
    socket.write(requestHead('GET /close/a HTTP/1.1', GOOD_UPGRADE.slice(0, -1)));
    expect((await socket.readAnswer()).status).toBe(400);
    socket.destroy();
  });
});

function bearerOffer(token: string): string {
  return `signalbox.bearer.${base64url.encode(token)}`;
}
