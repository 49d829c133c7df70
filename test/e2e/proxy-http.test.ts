import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { byHash } from '../../src/bridge/policy.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let one: SocketOrigin;
let other: SocketOrigin;
let router: Router;
beforeAll(async () => {
  [one, other] = [await SocketOrigin.open(), await SocketOrigin.open()];
  const jwt = { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET', from: [{ query: 'token' }] };
  const pair = [one.url, other.url];
  const routes = [
    { path: '/app/*', target: { kind: 'proxy', pool: [one.url], rewrite: { from: '/app', to: '/' } } },
    { path: '/guarded', target: { kind: 'proxy', pool: [one.url] }, auth: jwt },
    {
      path: '/sticky',
      target: { kind: 'proxy', pool: pair, policy: { sticky: { cookie: 'up', secret: 'JWT_SECRET' } } },
    },
    { path: '/pair/*', target: { kind: 'proxy', pool: pair, policy: { hash: 'path' } } },
    { path: '/blame', target: { kind: 'proxy', pool: [one.url], disableMs: 3_600_000 } },
    { path: '/blameless', target: { kind: 'proxy', pool: [one.url], disableMs: 3_600_000 } },
  ];
  router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify(routes) });
});
beforeEach(() => {
  for (const origin of [one, other]) {
    origin.seen.length = 0;
    origin.onRequest = (_, response) => response.end('page');
  }
});
afterAll(async () => {
  await router.stop();
  await Promise.all([one.kill(), other.kill()]);
});

/** Asks the router over a plain HTTP client that repairs nothing and unpacks nothing. */
async function ask(path: string, options: RequestOptions = {}, body?: string): Promise<IncomingMessage> {
  const outgoing = request({ host: '127.0.0.1', port: router.port, path, ...options }).end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function codeOf(response: IncomingMessage): Promise<string> {
  return (JSON.parse(String(await bodyOf(response))) as { code: string }).code;
}

/** A path below `/pair` whose upstream is `one`. */
function pathToOne(): string {
  const upstreams = [one, other].map(({ url }) => ({ key: `${url}/`, weight: 1, open: 0, owed: 0 }));
  const paths = Array.from({ length: 100 }, (_, index) => `/pair/${index}`);
  return paths.find((path) => byHash(upstreams, path) === upstreams[0]) ?? '';
}

describe('a plain request', () => {
  it('and an upgrade go to the same origin, by the same path', async () => {
    expect(String(await bodyOf(await ask('/app/a?b=1')))).toBe('page');
    expect(one.last.url).toBe('/a?b=1');
    const socket = new WebSocket(`ws://${router.host}/app/a?b=1`);
    await once(socket, 'open');
    expect(one.last.url).toBe('/a?b=1');
    socket.close();
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'goes through as a %s, and its answer back',
    async (method) => {
      one.onRequest = (_, response) => response.writeHead(203, { 'X-Origin': 'yes' }).end('hello');
      const response = await ask('/app/page', { method, headers: { 'X-Mine': 'value', Cookie: 'a=1' } });
      expect([one.last.method, one.last.headers['x-mine'], one.last.headers.cookie]).toEqual([method, 'value', 'a=1']);
      expect([response.statusCode, response.headers['x-origin']]).toEqual([203, 'yes']);
      expect(String(await bodyOf(response))).toBe('hello');
    },
  );

  it('says to the origin who asks, and nothing that the client says of that', async () => {
    await ask('/app/', {
      headers: { 'X-Forwarded-For': '192.0.2.1', Forwarded: 'for=192.0.2.1', 'CF-Connecting-IP': '192.0.2.1' },
    });
    expect(one.last.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': router.host,
    });
    expect(JSON.stringify(one.last.headers)).not.toContain('192.0.2.1');
  });

  it('streams its body, and the answer’s, while they come', async () => {
    one.onRequest = (incoming, response) => incoming.pipe(response);
    const outgoing = request({ host: '127.0.0.1', port: router.port, path: '/app/echo', method: 'POST' });
    outgoing.write('first');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const [first] = await once(response, 'data');
    outgoing.end('second');
    const [second] = await once(response, 'data');
    expect([String(first), String(second)]).toEqual(['first', 'second']);
  });

  it('gets redirects, cookies and compressed bodies as they are', async () => {
    const packed = gzipSync('packed');
    const headers = { Location: '/elsewhere', 'Set-Cookie': ['a=1', 'b=2'], 'Content-Encoding': 'gzip' };
    one.onRequest = (_, response) => response.writeHead(302, headers).end(packed);
    const response = await ask('/app/old', { headers: { 'Accept-Encoding': 'gzip' } });
    expect([response.statusCode, response.headers.location]).toEqual([302, '/elsewhere']);
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(await bodyOf(response)).toEqual(packed);
  });

  it('has to show the credential that the route wants, which is not passed on', async () => {
    expect(await codeOf(await ask('/guarded?a=1'))).toBe('ERR_CREDENTIALS_MISSING');
    expect(one.seen).toEqual([]);
    const path = `/guarded?a=1&token=${await signToken()}`;
    const options = { method: 'POST', headers: { Referer: `http://${router.host}${path}` } };
    expect((await ask(path, options, 'body')).statusCode).toBe(200);
    expect(one.last.url).toBe('/guarded?a=1');
    expect(one.last.headers.referer).toBe(`http://${router.host}/guarded?a=1`);
  });

  it('gets a cookie that leads the upgrade after it to the same upstream', async () => {
    const response = await ask('/sticky');
    const [cookie = ''] = response.headers['set-cookie'] ?? [];
    const chosen = one.seen.length === 1 ? one : other;
    for (let i = 0; i < 4; i++) {
      const socket = new WebSocket(`ws://${router.host}/sticky`, { headers: { Cookie: cookie.split(';')[0] } });
      await once(socket, 'open');
      socket.close();
    }
    expect(chosen.seen).toHaveLength(5);
  });
});

describe('a plain request whose origin breaks off', () => {
  const breakOff = () => {
    one.onRequest = (incoming) => incoming.destroy();
  };

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'is made once more elsewhere as a %s without a body',
    async (method) => {
      breakOff();
      expect((await ask(pathToOne(), { method })).statusCode).toBe(200);
      expect([one.seen.length, other.seen.length]).toEqual([1, 1]);
      await waitForPair();
    },
  );

  it.each([
    ['POST', 'body'],
    ['POST', undefined],
    ['PUT', 'body'],
  ])('is never made twice as a %s with the body %s', async (method, body) => {
    breakOff();
    const response = await ask(pathToOne(), { method }, body);
    expect([response.statusCode, await codeOf(response)]).toEqual([502, 'ERR_UPSTREAM_UNREACHABLE']);
    expect([one.seen.length, other.seen.length]).toEqual([1, 0]);
    await waitForPair();
  });

  /** Until `one` is tried again: it is left out for a second. */
  async function waitForPair(): Promise<void> {
    one.onRequest = (_, response) => response.end('back');
    const back = async () => String(await bodyOf(await ask(pathToOne())));
    await expect.poll(back, { timeout: 5000 }).toBe('back');
    for (const origin of [one, other]) origin.seen.length = 0;
  }

  it('makes the upstream one that has failed', async () => {
    breakOff();
    expect((await ask('/blame')).statusCode).toBe(502);
    expect(await codeOf(await ask('/blame'))).toBe('ERR_UPSTREAMS_UNAVAILABLE');
  });

  it('says nothing of the upstream where it has a body, since the client may be the one that broke off', async () => {
    const uploading = request({ host: '127.0.0.1', port: router.port, path: '/blameless', method: 'POST' });
    uploading.on('error', () => {});
    const arrived = new Promise<void>((resolve) => {
      one.onRequest = () => resolve();
    });
    uploading.write('half');
    await arrived;
    const gone = new Promise((resolve) => one.last.once('close', resolve).once('error', () => {}));
    uploading.destroy();
    await gone;
    one.onRequest = (_, response) => response.end('still there');
    expect(String(await bodyOf(await ask('/blameless')))).toBe('still there');
  });
});
