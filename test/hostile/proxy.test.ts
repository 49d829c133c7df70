import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frame } from '../support/hostile-frames.ts';
import {
  ask,
  askAfter,
  IN_STEP,
  isClosed,
  openWith,
  readSafeAnswer,
  upgradeTo,
  verdict,
} from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { partsOf, Site } from '../support/hostile-site.ts';
import { GOOD_UPGRADE, requestHead } from '../support/raw-socket.ts';

const HOST = 'Host: chat.example.com';

/** An ordinary HTTP origin that keeps what it gets, and knows nothing of WebSocket. */
let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterEach(() => site.reset());
afterAll(() => site.close());
setUpNeighbours('/rooms/proxy', () => {
  const target = { kind: 'proxy', pool: [`${site.origin}/base`], disableMs: 1 };
  const routes = ['/app/*', '/odd/*', '/after'].map((path) => ({ path, target }));
  return { ROUTES: JSON.stringify([...routes, { path: '/inspected/*', target: { ...target, inspect: true } }]) };
});

/** A request that must never reach the origin. To the router it is one to nowhere. */
const STOLEN = requestHead('GET /stolen HTTP/1.1', [HOST, 'Authorization: Bearer stolen']);
const CHUNKED = `${STOLEN.length.toString(16)}\r\n${STOLEN}\r\n0\r\n\r\n`;
const SETTINGS = 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA';
const length = `Content-Length: ${STOLEN.length}`;

const upgrading = (...lines: string[]) => upgradeTo('/app/a', lines, ['Upgrade', 'Connection']);

describe('an upgrade that is none', () => {
  it.each([
    [
      'to WebSocket or HTTP/2',
      upgrading('Upgrade: websocket, h2c', 'Connection: Upgrade'),
      '426 ERR_UPGRADE_NOT_WEBSOCKET',
    ],
    [
      'to both in two lines',
      upgrading('Upgrade: websocket', 'Upgrade: h2c', 'Connection: Upgrade'),
      '426 ERR_UPGRADE_NOT_WEBSOCKET',
    ],
    [
      'to something like it',
      upgrading('Upgrade: websocket/13', 'Connection: Upgrade'),
      '426 ERR_UPGRADE_NOT_WEBSOCKET',
    ],
    [
      'that Connection does not name',
      upgrading('Upgrade: websocket', 'Connection: keep-alive'),
      '400 ERR_CONNECTION_HEADER',
    ],
    [
      'that only Proxy-Connection names',
      upgrading('Upgrade: websocket', 'Proxy-Connection: Upgrade'),
      '400 ERR_CONNECTION_HEADER',
    ],
    [
      'of an unknown version',
      upgradeTo('/app/a', ['Sec-WebSocket-Version: 777'], ['Sec-WebSocket-Version']),
      '426 ERR_WEBSOCKET_VERSION',
    ],
    [
      'of a draft, with its nonce behind it',
      `${upgradeTo('/app/a', ['Sec-WebSocket-Key1: 1', 'Sec-WebSocket-Key2: 2'], ['Sec-WebSocket-Version', 'Sec-WebSocket-Key'])}12345678`,
      '426 ERR_WEBSOCKET_VERSION',
    ],
    ['without a key', upgradeTo('/app/a', [], ['Sec-WebSocket-Key']), '400 ERR_WEBSOCKET_KEY'],
    ['by POST', requestHead('POST /app/a HTTP/1.1', [...GOOD_UPGRADE, length]) + STOLEN, '405 ERR_METHOD_NOT_ALLOWED'],
    ['with a body', upgradeTo('/app/a', [length]) + STOLEN, '400 ERR_UPGRADE_WITH_BODY'],
    [
      'with a body in chunks',
      upgradeTo('/app/a', ['Transfer-Encoding: chunked']) + CHUNKED,
      '400 ERR_UPGRADE_WITH_BODY',
    ],
  ])('does not reach the origin: %s', async (_, request, refusal) => {
    const socket = await openWith(router, request);
    expect(verdict(await readSafeAnswer(socket))).toBe(refusal);
    expect(site.takeSeen()).toBe('');
    expect(await askAfter(socket)).toBeOneOf([...IN_STEP, '400', '501']);
    expect(site.takeSeen()).toBe('');
  });
});

const BAD_SWITCH = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '',
  '',
].join('\r\n');

describe.each(['/app/a', '/inspected/a'])('what comes behind an upgrade of %s', (path) => {
  it.each([
    ['is not for WebSocket', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsite', '200'],
    ['refuses', 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n', '426'],
    // As of a page that answers with the status that its query asks for; the key is the client's and not the router's.
    ['can be made to say that it switches', BAD_SWITCH, '502 ERR_UPSTREAM_FAILED'],
  ])('is a request to the router where the origin %s', async (_, answer, told) => {
    site.answer = answer;
    const socket = await openWith(router, upgradeTo(path) + STOLEN);
    expect(verdict(await readSafeAnswer(socket))).toBe(told);
    expect(verdict(await readSafeAnswer(socket))).toBe('404 ERR_NO_ROUTE');
    expect(site.takeSeen()).not.toContain('stolen');
    socket.destroy();
  });

  it('is nothing at all where it is no request', async () => {
    const socket = await openWith(router, Buffer.concat([Buffer.from(upgradeTo(path)), frame(0x81, 'too early')]));
    expect((await readSafeAnswer(socket)).status).toBe(200);
    expect((await readSafeAnswer(socket)).status).toBe(400);
    expect(await isClosed(socket)).toBe(true);
    expect(site.takeSeen().match(/^GET /gm)).toHaveLength(1);
  });
});

describe('a plain request', () => {
  it.each([
    ['that says Connection: Upgrade', ['Connection: Upgrade', ...GOOD_UPGRADE.slice(3)]],
    [
      'that names what matters in Connection',
      ['Connection: close, Content-Length, Host, X-Forwarded-For', 'TE: trailers'],
    ],
    ['with settings for HTTP/2', [SETTINGS, 'Connection: HTTP2-Settings']],
    ['that offers HTTP/2', ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', SETTINGS]],
    ['that offers what it does not name in Connection', ['Upgrade: h2c']],
    ['that offers nothing', ['Upgrade:', 'Connection: Upgrade']],
    ['with a Proxy-Connection', ['Proxy-Connection: Upgrade', 'Keep-Alive: 5']],
  ])('stays one: %s', async (_, lines) => {
    expect((await ask(router, requestHead('GET /app/page HTTP/1.1', [HOST, ...lines]))).body).toBe('site');
    const { start, names } = partsOf(site.takeSeen());
    expect(start).toBe('GET /base/app/page HTTP/1.1');
    expect(names.filter((name) => name === 'host')).toHaveLength(1);
    expect(names).toContain('x-forwarded-for');
    for (const name of [
      'connection',
      'upgrade',
      'te',
      'http2-settings',
      'proxy-connection',
      'keep-alive',
      'sec-websocket-key',
    ])
      expect(names).not.toContain(name);
  });

  it.each([
    ['a length', [length]],
    ['a length named in Connection', ['Connection: Content-Length', length]],
    ['a length of an upgrade that only Connection names', ['Connection: Upgrade', length]],
  ])('has a body for a body, never for a request: with %s', async (_, lines) => {
    const socket = await openWith(router, requestHead('POST /app/page HTTP/1.1', [HOST, ...lines]) + STOLEN);
    expect((await readSafeAnswer(socket)).body).toBe('site');
    const seen = site.takeSeen();
    expect([partsOf(seen).start, partsOf(seen).body]).toEqual(['POST /base/app/page HTTP/1.1', STOLEN]);
    expect(await askAfter(socket)).toBeOneOf(IN_STEP);
  });

  it('has a body in chunks for a body in chunks', async () => {
    const socket = await openWith(
      router,
      requestHead('POST /app/page HTTP/1.1', [HOST, 'Transfer-Encoding: chunked']) + CHUNKED,
    );
    expect((await readSafeAnswer(socket)).body).toBe('site');
    const { names, body } = partsOf(site.takeSeen());
    expect(names).not.toContain('content-length');
    expect(body.toLowerCase()).toBe(CHUNKED.toLowerCase());
    socket.destroy();
  });

  it('never reaches the origin where its end is not clear', async () => {
    const lines = [HOST, 'Content-Length: 3', 'Content-Length: 4'];
    expect((await ask(router, `${requestHead('POST /app/page HTTP/1.1', lines)}abcd`)).status).toBe(400);
    expect(site.takeSeen()).toBe('');
  });

  it('breaks off in its body without blame: the origin is there for the next', async () => {
    const socket = await openWith(
      router,
      `${requestHead('POST /app/page HTTP/1.1', [HOST, 'Transfer-Encoding: chunked'])}zz\r\n${STOLEN}`,
    );
    expect((await readSafeAnswer(socket)).status).toBeOneOf([502, Number.NaN]);
    expect((await ask(router, requestHead('GET /app/page HTTP/1.1', [HOST]))).body).toBe('site');
    expect(site.takeSeen()).not.toContain('stolen');
  });

  it.each(['//', '/\\', '///', '/.//'])('asks no other site, whatever the path begins with: %s', async (start) => {
    const other = await Site.open();
    await ask(router, requestHead(`GET /app${start}${new URL(other.origin).host}/x HTTP/1.1`, [HOST]));
    expect(other.takeSeen()).toBe('');
    other.close();
  });

  it.each(['/app/../../x', '/app/%2e%2e/%2E%2E/x', '/app/..%2fx', '/app/a/..;/x'])(
    'leads to no path that its route does not take: %s',
    async (path) => {
      await ask(router, requestHead(`GET ${path} HTTP/1.1`, [HOST]));
      expect(site.takeSeen()).toMatch(/^(GET \/base\/app\/|$)/);
    },
  );
});

it.each([
  ['X-Forwarded-For', '192.0.2.1'],
  ['X_Forwarded_For', '192.0.2.1'],
  ['X.Forwarded.For', '192.0.2.1'],
  ['x-forwarded-FOR', '192.0.2.1, 192.0.2.2'],
  ['Forwarded', 'for=192.0.2.1'],
  ['CF-Connecting-IP', '192.0.2.1'],
  ['X-Real-IP', '192.0.2.1'],
  ['X-Original-URL', '/admin/192.0.2.1'],
  ['Proxy', 'http://192.0.2.1'],
])('lets nobody tell the origin anything in %s', async (name, value) => {
  for (const request of [
    requestHead('GET /app/page HTTP/1.1', [HOST, `${name}: ${value}`]),
    upgradeTo('/app/page', [`${name}: ${value}`]),
  ]) {
    await ask(router, request);
    const seen = site.takeSeen();
    expect(seen).toMatch(/^x-forwarded-for: 127\.0\.0\.1\r$/im);
    expect(seen).not.toContain('192.0.2.');
  }
});
