import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

let router: Router;
beforeAll(async () => {
  const target = { kind: 'grip', url: 'http://127.0.0.1:9', publish: 'API_KEYS' };
  router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify([{ path: '/application', target }]) });
});
afterAll(() => router.stop());

/** Sends a request head as it stands, and reads the answer. The connection stays as it is: nothing is awaited from us. */
async function answerTo(requestLine: string, lines: readonly string[]): Promise<Answer> {
  const socket = await RawSocket.open(router.port);
  socket.write(requestHead(requestLine, lines));
  const answer = await socket.readAnswer();
  socket.destroy();
  return answer;
}

/** The lines of a good upgrade with some of them changed: by name, null to leave it out. */
function changed(changes: Record<string, string | null>): string[] {
  const kept = GOOD_UPGRADE.filter((line) => !(line.slice(0, line.indexOf(':')) in changes));
  const added = Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return [...kept, ...added];
}

const upgrade = (path: string, changes: Record<string, string | null> = {}) =>
  answerTo(`GET ${path} HTTP/1.1`, changed(changes));

describe('an upgrade that is let through', () => {
  it('is answered with 101, the accept value of RFC 6455 and no subprotocol', async () => {
    const { status, headers } = await upgrade('/rooms/lobby');
    expect(status).toBe(101);
    expect(headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(headers.upgrade?.toLowerCase()).toBe('websocket');
    expect(headers).not.toHaveProperty('sec-websocket-protocol');
  });

  it.each([
    ['Upgrade', 'WebSocket'],
    ['Connection', 'keep-alive, Upgrade'],
    ['Connection', 'upgrade'],
    ['Content-Length', '0'],
  ])('may say %s: %s', async (name, value) => {
    expect((await upgrade('/rooms/lobby', { [name]: value })).status).toBe(101);
  });

  it('gets the subprotocol that the route prefers, exactly as it was offered', async () => {
    const { headers } = await upgrade('/chat/lobby', { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' });
    expect(headers['sec-websocket-protocol']).toBe('chat.v2');
  });

  it.each([
    ['/same/a', 'http://chat.example.com'],
    ['/same/a', 'https://chat.example.com'],
    ['/same/a', 'https://CHAT.example.com'],
    ['/list/a', 'https://app.example.com'],
    ['/list/a', 'https://deep.sub.example.org'],
    ['/any/a', 'null'],
  ])('of %s may come from %s', async (path, origin) => {
    expect((await upgrade(path, { Origin: origin })).status).toBe(101);
  });
});

describe('an upgrade that is refused', () => {
  it.each<[string, Record<string, string | null>, number, string]>([
    ['/nothing/here', {}, 404, 'ERR_NO_ROUTE'],
    ['/roomsy/lobby', {}, 404, 'ERR_NO_ROUTE'],
    ['/rooms/lobby', { Upgrade: null }, 426, 'ERR_UPGRADE_REQUIRED'],
    ['/rooms/lobby', { Upgrade: 'h2c' }, 426, 'ERR_UPGRADE_NOT_WEBSOCKET'],
    ['/rooms/lobby', { Connection: 'keep-alive' }, 400, 'ERR_CONNECTION_HEADER'],
    ['/rooms/lobby', { Connection: null }, 400, 'ERR_CONNECTION_HEADER'],
    ['/rooms/lobby', { 'Sec-WebSocket-Version': '8' }, 426, 'ERR_WEBSOCKET_VERSION'],
    ['/rooms/lobby', { 'Sec-WebSocket-Version': '13abc' }, 426, 'ERR_WEBSOCKET_VERSION'],
    ['/rooms/lobby', { 'Sec-WebSocket-Version': null }, 426, 'ERR_WEBSOCKET_VERSION'],
    ['/rooms/lobby', { 'Sec-WebSocket-Key': null }, 400, 'ERR_WEBSOCKET_KEY'],
    ['/rooms/lobby', { 'Sec-WebSocket-Key': 'dG9vIHNob3J0' }, 400, 'ERR_WEBSOCKET_KEY'],
    ['/rooms/lobby', { 'Content-Length': '5' }, 400, 'ERR_UPGRADE_WITH_BODY'],
    ['/rooms/lobby', { 'Transfer-Encoding': 'chunked' }, 400, 'ERR_UPGRADE_WITH_BODY'],
    ['/rooms/lobby', { Origin: 'https://evil.example' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms/lobby', { Origin: 'null' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/same/lobby', {}, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/list/lobby', { Origin: 'https://example.org' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/list/lobby', { Origin: 'https://app.example.com.evil.example' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/list/lobby', { Origin: 'http://app.example.com' }, 403, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms/lobby', { 'Sec-WebSocket-Protocol': 'a, a' }, 400, 'ERR_SUBPROTOCOL_MALFORMED'],
    ['/rooms/lobby', { 'Sec-WebSocket-Protocol': 'a;b' }, 400, 'ERR_SUBPROTOCOL_MALFORMED'],
    ['/chat/lobby', {}, 400, 'ERR_SUBPROTOCOL_REQUIRED'],
    ['/chat/lobby', { 'Sec-WebSocket-Protocol': 'CHAT.V1' }, 400, 'ERR_SUBPROTOCOL_REQUIRED'],
    ['/rooms/', {}, 400, 'ERR_ROOM_NAME'],
    ['/rooms/a%00b', {}, 400, 'ERR_ROOM_NAME'],
    ['/rooms/%c3', {}, 400, 'ERR_ROOM_NAME'],
    [`/rooms/${'a'.repeat(257)}`, {}, 400, 'ERR_ROOM_NAME'],
    ['/api/rooms', {}, 400, 'ERR_HTTP_ONLY'],
    ['/live/lobby/api/info', {}, 400, 'ERR_HTTP_ONLY'],
    ['/grip', {}, 502, 'ERR_UPSTREAM_UNREACHABLE'],
    ['/grip', { Cookie: 'x'.repeat(8200) }, 431, 'ERR_HEADERS_TOO_LARGE'],
  ])('is answered as HTTP: %s with %j is %i %s', async (path, changes, status, code) => {
    const answer = await upgrade(path, changes);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])(
    'is answered with 405 and Allow where it is a %s',
    async (method) => {
      const { status, headers } = await answerTo(`${method} /rooms/lobby HTTP/1.1`, [
        ...GOOD_UPGRADE,
        'Content-Length: 0',
      ]);
      expect(status).toBe(405);
      expect(headers.allow).toBe('GET');
    },
  );

  it('learns the version that is spoken', async () => {
    const { headers } = await upgrade('/rooms/lobby', { 'Sec-WebSocket-Version': '8' });
    expect(headers['sec-websocket-version']).toBe('13');
  });

  it('is told so at once where it is of a draft whose key comes as a body', async () => {
    const { status, headers } = await answerTo('GET /rooms/lobby HTTP/1.1', [
      'Host: chat.example.com',
      'Upgrade: WebSocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8',
      'Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0',
    ]);
    expect(status).toBe(426);
    expect(headers['sec-websocket-version']).toBe('13');
  });

  it('is refused where its key is repeated', async () => {
    const { status } = await answerTo('GET /rooms/lobby HTTP/1.1', [...GOOD_UPGRADE, ...GOOD_UPGRADE.slice(-1)]);
    expect(status).toBe(400);
  });

  it('comes one over the connections of its room: 503 with Retry-After', async () => {
    const holder = await RawSocket.open(router.port);
    holder.write(requestHead('GET /full/lobby HTTP/1.1', GOOD_UPGRADE));
    expect((await holder.readAnswer()).status).toBe(101);
    const { status, headers } = await upgrade('/full/lobby');
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('10');
    holder.destroy();
  });

  it('comes one over what its address may ask for: 429 with Retry-After', async () => {
    const statuses = [await upgrade('/often/a'), await upgrade('/often/b'), await upgrade('/often/c')];
    expect(statuses.map(({ status }) => status)).toEqual([101, 101, 429]);
    expect(Number(statuses[2]?.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('keeps its connection for the next request', async () => {
    const socket = await RawSocket.open(router.port);
    socket.write(requestHead('GET /rooms/lobby HTTP/1.1', changed({ Origin: 'https://evil.example' })));
    expect((await socket.readAnswer()).status).toBe(403);
    socket.write(requestHead('GET /rooms/lobby HTTP/1.1', GOOD_UPGRADE));
    expect((await socket.readAnswer()).status).toBe(101);
    socket.destroy();
  });
});

it('says 426 to a plain request of a room', async () => {
  for (const method of ['GET', 'POST', 'DELETE']) {
    const { status, body } = await answerTo(`${method} /rooms/lobby HTTP/1.1`, ['Host: a', 'Content-Length: 0']);
    expect(status).toBe(426);
    expect(body).toContain('WebSocket');
  }
});

it('refuses a request without a usable Host', async () => {
  const { status } = await answerTo('GET /rooms/lobby HTTP/1.1', ['Host: a b', ...GOOD_UPGRADE.slice(1)]);
  expect(status).toBe(400);
});

it.each([
  ['POST /live/lobby/api/info', 'apikey'],
  ['GET /api/rooms/lobby/connections', 'Bearer'],
  ['POST /application/publish', 'Bearer'],
])('says how to show a key, where one is missing: %s', async (request, scheme) => {
  const { status, headers } = await answerTo(`${request} HTTP/1.1`, ['Host: chat.example.com', 'Content-Length: 0']);
  expect([status, headers['www-authenticate']]).toEqual([401, scheme]);
});

describe('a request that offers HTTP/2', () => {
  const offering = (...lines: string[]) => [
    'Host: chat.example.com',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    ...lines,
  ];

  it.each<[string, string[], number]>([
    ['GET /api/rooms/lobby/connections', ['Authorization: Bearer new-key'], 200],
    ['POST /live/lobby/api/info', ['X-API-Key: new-key', 'Content-Length: 2', '', '{}'], 200],
    ['GET /probe/lobby', [], 200],
    ['GET /streams/lobby/sse', [], 200],
    ['GET /proxy/a', [], 502],
    ['GET /nothing/here', [], 404],
    ['GET /rooms/lobby', [], 426],
  ])('is answered as if it did not: %s', async (request, lines, status) => {
    expect((await answerTo(`${request} HTTP/1.1`, offering(...lines))).status).toBe(status);
  });
});
