import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { byHash } from '../../src/bridge/policy.ts';
import { readSafeAnswer, upgradeTo, verdict } from '../support/hostile-http.ts';
import { partsOf, Site } from '../support/hostile-site.ts';
import { RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

/** Answers whatever it is told, in bytes. */
let site: Site;
/** A WebSocket origin, beside the site where a route has two upstreams. */
let origin: SocketOrigin;
let router: Router;
/** A port at which nobody listens. */
let nowhere: string;

const HOST = 'Host: chat.example.com';

beforeAll(async () => {
  [site, origin] = [await Site.open(), await SocketOrigin.open()];
  nowhere = await freeUrl();
  // An upstream that failed is tried again in the next test.
  const common = { kind: 'proxy', disableMs: 1, connectTimeoutMs: 1000 };
  const routes = [
    { path: '/only/*', target: { ...common, pool: [site.origin] } },
    { path: '/pair/*', target: { ...common, pool: [site.origin, origin.url], policy: { hash: 'path' } } },
    { path: '/inspected/*', target: { ...common, pool: [site.origin], inspect: true } },
    { path: '/after', target: { ...common, pool: [site.origin] } },
    { path: '/probed', target: { ...common, pool: [site.origin] } },
    { path: '/nowhere', target: { ...common, pool: [nowhere] } },
    { path: '/out', target: { kind: 'proxy', pool: [nowhere], disableMs: 3_600_000 } },
    { path: '/somewhere/*', target: { ...common, pool: [nowhere, origin.url], policy: { hash: 'path' } } },
    { path: '/strange', target: { ...common, pool: [origin.url] } },
    { path: '/stranger', target: { ...common, pool: [origin.url] } },
  ];
  router = await startRouter('test', { ROUTES: JSON.stringify(routes) });
});
afterEach(() => {
  site.reset();
  origin.seen.length = 0;
});
afterAll(async () => {
  await router.stop();
  site.close();
  await origin.kill();
});

/** A path below `head` whose hash falls on the first of two upstreams. */
function pathTo(head: string, ...urls: [string, string]): string {
  const upstreams = urls.map((url) => ({ key: `${url}/`, weight: 1, open: 0, owed: 0 }));
  const paths = Array.from({ length: 100 }, (_, index) => `${head}/${index}`);
  return paths.find((path) => byHash(upstreams, path) === upstreams[0]) ?? '';
}

async function freeUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

function http(status: string, lines: string[] = [], body = ''): string {
  return [`HTTP/1.1 ${status}`, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

function switching(...lines: string[]): string {
  return ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...lines, '', ''].join('\r\n');
}

const BAD_ACCEPT = switching('Upgrade: websocket', 'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=');

describe('an answer of the origin that is no switch', () => {
  it.each(['/only/a', '/inspected/a'])(
    'reaches the client of %s as it is, and the connection goes on',
    async (path) => {
      const socket = await RawSocket.open(router.port);
      for (const [answer, status] of [
        [http('401 Unauthorized', ['WWW-Authenticate: Basic realm="origin"'], 'who?'), 401],
        [http('403 Forbidden', ['X-Origin: yes'], 'no'), 403],
        [http('302 Found', ['Location: https://login.example/']), 302],
        [http('404 Not Found', [], 'nothing'), 404],
        [http('426 Upgrade Required', ['Sec-WebSocket-Version: 13'], 'newer'), 426],
        [http('500 Internal Server Error', ['Set-Cookie: a=1'], 'oops'), 500],
        [http('502 Bad Gateway', [], 'mine'), 502],
        [http('503 Service Unavailable', ['Retry-After: 7'], 'later'), 503],
      ] as const) {
        site.answer = answer;
        socket.write(upgradeTo(path));
        const { status: got, headers, body } = await socket.readAnswer();
        const [head = '', sent] = answer.split('\r\n\r\n');
        const [, ...lines] = head.split('\r\n');
        expect([got, body]).toEqual([status, sent]);
        for (const line of lines)
          expect(headers).toHaveProperty(line.split(':')[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 2));
        expect(headers).not.toHaveProperty('signalbox-error');
      }
      socket.write(requestHead('GET /after HTTP/1.1', [HOST]));
      site.answer = http('200 OK', [], 'page');
      expect((await socket.readAnswer()).body).toBe('page');
      socket.destroy();
    },
  );

  it('says nothing against the upstream, and no other one is asked', async () => {
    site.answer = http('500 Internal Server Error', [], 'oops');
    for (let i = 0; i < 3; i++) expect((await upgrade(pathTo('/pair', site.origin, origin.url))).status).toBe(500);
    expect(origin.seen).toEqual([]);
  });
});

async function upgrade(path: string, lines: string[] = []) {
  const socket = await RawSocket.open(router.port);
  socket.write(upgradeTo(path, lines));
  const answer = await readSafeAnswer(socket);
  socket.destroy();
  return answer;
}

/** What an origin must not answer an upgrade with, and what that comes to where there is no other upstream. */
const NONSENSE: [string, string | null, boolean, string][] = [
  ['goes away', null, true, '502 ERR_UPSTREAM_UNREACHABLE'],
  ['breaks off in its head', 'HTTP/1.1 101 Switching Proto', true, '502 ERR_UPSTREAM_UNREACHABLE'],
  ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', true, '502 ERR_UPSTREAM_UNREACHABLE'],
  ['speaks frames at once', '\u0081\u0005hello', true, '502 ERR_UPSTREAM_UNREACHABLE'],
  ['answers with what is no status', http('999 Denied', ['Connection: close']), true, '502 ERR_UPSTREAM_FAILED'],
  ['says nothing', '', false, '504 ERR_UPSTREAM_TIMEOUT'],
  [
    'begins, and never ends its head',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n',
    false,
    '504 ERR_UPSTREAM_TIMEOUT',
  ],
  ['accepts another key', BAD_ACCEPT, false, '502 ERR_UPSTREAM_FAILED'],
  ['accepts no key', switching('Upgrade: websocket'), false, '502 ERR_UPSTREAM_FAILED'],
  ['switches to something else', switching('Upgrade: h2c'), false, '502 ERR_UPSTREAM_FAILED'],
];

describe.each(NONSENSE)('an origin that %s', (_, answer, breaksOff, refusal) => {
  const tell = () => {
    site.answer = answer ?? '';
    site.breaksOff = breaksOff;
  };

  it.each(['/only/a', '/inspected/a'])('costs an upgrade of %s only its answer', async (path) => {
    tell();
    const socket = await RawSocket.open(router.port);
    socket.write(upgradeTo(path));
    expect(verdict(await readSafeAnswer(socket))).toBe(refusal);
    site.reset();
    socket.write(requestHead('GET /after HTTP/1.1', [HOST]));
    expect((await socket.readAnswer()).body).toBe('site');
    socket.destroy();
  });

  it('costs nothing where there is another upstream', async () => {
    tell();
    const socket = new WebSocket(`ws://${router.host}${pathTo('/pair', site.origin, origin.url)}`);
    await once(socket, 'open');
    expect([site.takeSeen().length > 0, origin.seen.length]).toEqual([true, 1]);
    socket.close();
  });
});

describe('an origin that refuses connections', () => {
  it('costs 502, then 503 until it may be tried again', async () => {
    expect(verdict(await upgrade('/nowhere'))).toBe('502 ERR_UPSTREAM_UNREACHABLE');
    expect(verdict(await upgrade('/out'))).toBe('502 ERR_UPSTREAM_UNREACHABLE');
    const answer = await upgrade('/out');
    expect(verdict(answer)).toBe('503 ERR_UPSTREAMS_UNAVAILABLE');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3590);
  });

  it('costs nothing where there is another upstream', async () => {
    const socket = new WebSocket(`ws://${router.host}${pathTo('/somewhere', nowhere, origin.url)}`);
    await once(socket, 'open');
    socket.close();
  });
});

it('tries an upstream again where the client went away that it was tried with', async () => {
  site.breaksOff = true;
  site.answer = '';
  expect(verdict(await upgrade('/probed'))).toBe('502 ERR_UPSTREAM_UNREACHABLE');
  site.breaksOff = false;
  site.takeSeen();
  const probe = await RawSocket.open(router.port);
  await expect
    .poll(() => {
      probe.write(upgradeTo('/probed'));
      return site.takeSeen();
    })
    .toContain('GET /probed');
  probe.destroy();
  site.answer = http('403 Forbidden');
  await expect.poll(async () => (await upgrade('/probed')).status, { timeout: 5000 }).toBe(403);
});

describe('a subprotocol that was not offered', () => {
  it.each([
    ['/strange', ['Sec-WebSocket-Protocol: a, b']],
    ['/stranger', []],
  ])('goes to nobody, through %s where %j were', async (path, lines) => {
    // The origin's library does not send one, so it is made to.
    origin.headers.push('Sec-WebSocket-Protocol: stranger');
    origin.choose = () => false;
    const closed = origin.next().then((socket) => once(socket, 'close'));
    expect(verdict(await upgrade(path, lines))).toBe('502 ERR_UPSTREAM_FAILED');
    expect((await closed)[0]).toBe(1002);
    origin.headers.length = 0;
  });
});

describe('a plain request', () => {
  it('never becomes an upgrade, though the origin says so', async () => {
    site.answer = BAD_ACCEPT;
    const socket = await RawSocket.open(router.port);
    socket.write(
      requestHead('GET /only/a HTTP/1.1', [HOST, 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']),
    );
    expect(verdict(await readSafeAnswer(socket))).toBe('502 ERR_UPSTREAM_FAILED');
    const { names } = partsOf(site.takeSeen());
    for (const name of ['upgrade', 'connection', 'sec-websocket-key']) expect(names).not.toContain(name);
    socket.destroy();
  });
});
