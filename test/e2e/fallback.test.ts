import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';

/** The site behind the router: what it saw last, and what it answers. */
let seen: IncomingMessage;
let answer: RequestListener = (_, response) => response.end('site');
let site: Server;
let router: Router;

beforeAll(async () => {
  site = createServer((incoming, response) => {
    seen = incoming;
    answer(incoming, response);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  router = await startRouter('test', { FALLBACK: `http://127.0.0.1:${(site.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await router.stop();
  site.close();
});

/** Asks the router over a plain HTTP client that repairs nothing and unpacks nothing. */
async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}, body?: string) {
  const [host, port] = router.host.split(':');
  const outgoing = request({ host, port, path, ...options }).end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
  'passes a %s on with path, query and headers',
  async (method) => {
    answer = (_, response) => response.writeHead(203, { 'X-Site': 'yes' }).end('hello');
    const response = await ask('/some/page?a=1&b=%20', { method, headers: { 'X-Mine': 'value' } });
    expect([seen.method, seen.url, seen.headers['x-mine']]).toEqual([method, '/some/page?a=1&b=%20', 'value']);
    expect([response.statusCode, response.headers['x-site']]).toEqual([203, 'yes']);
    expect(String(await bodyOf(response))).toBe('hello');
  },
);

it('passes the answer to a HEAD on with its headers and without a body', async () => {
  answer = (_, response) => response.writeHead(200, { 'Content-Length': '5', ETag: '"v1"' }).end();
  const response = await ask('/page', { method: 'HEAD' });
  expect(seen.method).toBe('HEAD');
  expect([response.headers.etag, response.headers['content-length']]).toEqual(['"v1"', '5']);
  expect(await bodyOf(response)).toHaveLength(0);
});

it('passes a body on while it comes, both ways', async () => {
  answer = (incoming, response) => incoming.pipe(response);
  const [host, port] = router.host.split(':');
  const outgoing = request({ host, port, path: '/echo-body', method: 'POST' });
  outgoing.write('first');
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const [first] = await once(response, 'data');
  outgoing.end('second');
  const [second] = await once(response, 'data');
  expect([String(first), String(second)]).toEqual(['first', 'second']);
});

it('passes redirects, cookies and compressed bodies on as they are', async () => {
  const packed = gzipSync('packed');
  answer = (_, response) =>
    response
      .writeHead(302, { Location: '/elsewhere', 'Set-Cookie': ['a=1', 'b=2'], 'Content-Encoding': 'gzip' })
      .end(packed);
  const response = await ask('/old', { headers: { 'Accept-Encoding': 'gzip' } });
  expect([response.statusCode, response.headers.location]).toEqual([302, '/elsewhere']);
  expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  expect(await bodyOf(response)).toEqual(packed);
});

it('keeps an upgrade HTTP: the site does not see one that no route takes', async () => {
  answer = (_, response) => response.end('a page');
  const socket = await RawSocket.open(router.port);
  socket.write(requestHead('GET /no/route HTTP/1.1', GOOD_UPGRADE));
  const { status, body } = await socket.readAnswer();
  expect([status, body]).toEqual([200, 'a page']);
  expect(seen.headers.upgrade).toBeUndefined();
  socket.destroy();
});

it('leaves the site alone where a route takes the path', async () => {
  seen = undefined as unknown as IncomingMessage;
  expect((await ask('/rooms/lobby')).statusCode).toBe(426);
  expect(seen).toBeUndefined();
});

it('answers 502 where the site breaks off, and tells nothing of it', async () => {
  answer = (incoming) => incoming.destroy();
  const response = await ask('/broken');
  expect(response.statusCode).toBe(502);
  const body = String(await bodyOf(response));
  expect(JSON.parse(body)).toMatchObject({ code: 'ERR_FALLBACK_UNREACHABLE' });
  expect(body).not.toContain('127.0.0.1');
});
