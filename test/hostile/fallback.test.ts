import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, isClosed, openWith, readSafeAnswer, upgradeTo, verdict } from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { partsOf, Site } from '../support/hostile-site.ts';
import { requestHead } from '../support/raw-socket.ts';

const HOST = 'Host: chat.example.com';

/** What belongs to one connection (RFC 9110 section 7.6.1), and what would make a WebSocket of a request. */
const OF_ONE_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'];

let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterEach(() => site.reset());
afterAll(() => site.close());
setUpNeighbours('/rooms/fallback', () => ({ FALLBACK: site.origin }));

function saysHowLong(name: string): boolean {
  return name === 'content-length' || name === 'transfer-encoding';
}

describe('the site behind the router', () => {
  it.each([
    ['an upgrade to WebSocket', upgradeTo('/page')],
    [
      'an upgrade to HTTP/2',
      upgradeTo(
        '/page',
        ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AA'],
        ['Upgrade', 'Connection'],
      ),
    ],
    ['an upgrade in two lines', upgradeTo('/page', ['Upgrade: h2c', 'Connection: close'])],
    [
      'a long Connection',
      upgradeTo('/page', [`Connection: ${'upgrade, '.repeat(1000)}close`, 'Keep-Alive: timeout=9', 'TE: trailers']),
    ],
    [
      'a Connection that names the others',
      upgradeTo('/page', ['Connection: Host, Content-Length, TE', 'TE: trailers, gzip']),
    ],
    ['a Proxy-Connection', upgradeTo('/page', ['Proxy-Connection: Upgrade'], ['Connection'])],
    ['other spellings', upgradeTo('/page', ['CONNECTION: UPGRADE', 'uPGRADE: WEBSOCKET', 'kEEP-aLIVE: 1'])],
  ])('gets to see nothing of it as such: %s', async (_, request) => {
    expect((await ask(router, request)).body).toBe('site');
    const { start, names } = partsOf(site.takeSeen());
    expect(start).toBe('GET /page HTTP/1.1');
    for (const name of OF_ONE_CONNECTION) expect(names).not.toContain(name);
    expect(names.filter((name) => name === 'host')).toHaveLength(1);
  });

  const SMUGGLED = requestHead('GET /stolen HTTP/1.1', [HOST, 'Authorization: Bearer stolen']);
  const CHUNKED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;

  it.each([
    ['a length', requestHead('POST /page HTTP/1.1', [HOST, `Content-Length: ${SMUGGLED.length}`]) + SMUGGLED],
    [
      'a length named in Connection',
      requestHead('POST /page HTTP/1.1', [HOST, 'Connection: Content-Length', `Content-Length: ${SMUGGLED.length}`]) +
        SMUGGLED,
    ],
    ['a length, as an upgrade', upgradeTo('/page', [`Content-Length: ${SMUGGLED.length}`]) + SMUGGLED],
  ])('gets a body for a body, never for a request: with %s', async (_, request) => {
    const socket = await openWith(router, request);
    expect((await readSafeAnswer(socket)).body).toBe('site');
    const { names, body } = partsOf(site.takeSeen());
    expect(body).toBe(SMUGGLED);
    expect(names.filter(saysHowLong)).toEqual(['content-length']);
    socket.destroy();
  });

  it.each([
    ['chunks', ['Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 3']],
    ['a length and chunks', ['Content-Length: 3', 'Transfer-Encoding: chunked']],
    ['compressed chunks', ['Transfer-Encoding: gzip, chunked']],
  ])('gets a body for a body, never for a request: with %s', async (_, lines) => {
    const socket = await openWith(router, requestHead('POST /page HTTP/1.1', [HOST, ...lines]) + CHUNKED);
    expect((await readSafeAnswer(socket)).body).toBe('site');
    const { names, body } = partsOf(site.takeSeen());
    // The runtime cuts the body into chunks of its own.
    expect(body.toLowerCase()).toBe(CHUNKED.toLowerCase());
    expect(names.filter(saysHowLong)).toEqual(['transfer-encoding']);
    socket.destroy();
  });

  it('never gets to see a request whose end is not clear', async () => {
    const lines = [HOST, 'Content-Length: 3', 'Content-Length: 4'];
    expect((await ask(router, `${requestHead('POST /page HTTP/1.1', lines)}abcd`)).status).toBe(400);
    expect(site.takeSeen()).toBe('');
  });

  it('never gets the rest of a body whose chunks are broken', async () => {
    const request = `${requestHead('POST /page HTTP/1.1', [HOST, 'Transfer-Encoding: chunked'])}zz\r\n${SMUGGLED}`;
    const socket = await openWith(router, request);
    // Whether the answer or the end of the connection comes first is a race within the runtime.
    expect((await readSafeAnswer(socket)).status).toBeOneOf([502, Number.NaN]);
    expect(await isClosed(socket)).toBe(true);
    expect(site.takeSeen()).toBe('');
  });
});

describe('an answer of the site', () => {
  it.each([
    ['none', ''],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['a carriage return alone', 'HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 2\r\n\r\nab'],
    ['a header of 1 MiB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nab`],
  ])('that is %s becomes 502, and nothing of it is told', async (_, answer) => {
    site.answer = answer;
    site.breaksOff = true;
    const socket = await openWith(router, upgradeTo('/page'));
    const told = await readSafeAnswer(socket);
    expect(verdict(told)).toBe('502 ERR_FALLBACK_UNREACHABLE');
    expect(JSON.stringify(told)).not.toContain(site.origin);
    site.reset();
    socket.write(requestHead('GET /page HTTP/1.1', [HOST]));
    expect((await readSafeAnswer(socket)).body).toBe('site');
    socket.destroy();
  });

  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('that breaks off in its body, with %s, breaks off for the client too', async (_, answer) => {
    site.answer = answer;
    site.breaksOff = true;
    const socket = await openWith(router, requestHead('GET /page HTTP/1.1', [HOST]));
    const everything = String(await socket.read(Number.POSITIVE_INFINITY));
    expect(everything).toContain('half');
    expect(everything).not.toContain('\r\n0\r\n');
  });

  it('keeps to itself what belongs to its own connection', async () => {
    site.answer = `HTTP/1.1 200 OK\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nKeep-Alive: timeout=5
Content-Length: 2\r\n\r\nab`.replace(/\r?\n/g, '\r\n');
    const { status, headers } = await ask(router, upgradeTo('/page'));
    expect(status).toBe(200);
    for (const name of OF_ONE_CONNECTION) expect(headers).not.toHaveProperty(name);
  });

  it('is the last one, after those that only announce it', async () => {
    site.answer = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab`;
    const { status, body } = await ask(router, upgradeTo('/page'));
    expect([status, body]).toEqual([200, 'ab']);
  });
});

it.each(['//', '/\\', '///', '/.//'])('asks no other site, whatever the path begins with: %s', async (start) => {
  const other = await Site.open();
  await ask(router, requestHead(`GET ${start}${new URL(other.origin).host}/x HTTP/1.1`, [HOST]));
  expect(other.takeSeen()).toBe('');
  other.close();
});

it('passes nothing on that Connection names, either way', async () => {
  site.answer = 'HTTP/1.1 200 OK\r\nConnection: close, X-Secret\r\nX-Secret: yes\r\nContent-Length: 4\r\n\r\nsite';
  const lines = [HOST, 'Connection: close, Authorization', 'Authorization: Basic abc', 'HTTP2-Settings: AA'];
  const answer = await ask(router, requestHead('GET /page HTTP/1.1', lines));
  expect(answer.headers).not.toHaveProperty('x-secret');
  const { names } = partsOf(site.takeSeen());
  for (const name of ['authorization', 'http2-settings']) expect(names).not.toContain(name);
});

it('takes a site that switches protocols unasked for one that is broken', async () => {
  site.answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  expect(verdict(await ask(router, requestHead('GET /page HTTP/1.1', [HOST])))).toBe('502 ERR_FALLBACK_UNREACHABLE');
});
