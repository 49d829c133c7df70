import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { upgradeTo, verdict } from '../support/hostile-http.ts';
import { findProgram, freePort, type Program } from '../support/programs.ts';
import { RawSocket, requestHead } from '../support/raw-socket.ts';
import { startHaproxy, startNginx } from '../support/reverse-proxies.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

const programs = [
  {
    name: 'nginx',
    path: findProgram('nginx', 'nginx-light'),
    start: startNginx,
    onDead: 502,
    onHungUp: '502 ERR_UPSTREAM_UNREACHABLE',
  },
  {
    name: 'HAProxy',
    path: findProgram('haproxy', 'haproxy'),
    start: startHaproxy,
    onDead: 503,
    onHungUp: '504 ERR_UPSTREAM_TIMEOUT',
  },
];

for (const { name, path, ...rest } of programs) {
  describe.skipIf(path === null)(`${name} as an upstream`, () => speaks({ path: path ?? '', ...rest }));
}

function speaks({ path, start, onDead, onHungUp }: Omit<(typeof programs)[number], 'name'> & { path: string }): void {
  let origin: SocketOrigin;
  let program: Program;
  let router: Router;
  beforeAll(async () => {
    origin = await SocketOrigin.open();
    program = await start(path, origin.port, await freePort());
    const pool = [`http://127.0.0.1:${program.port}`];
    const common = { kind: 'proxy', pool, disableMs: 1, connectTimeoutMs: 2000 };
    const rewritten = (from: string) => ({ ...common, rewrite: { from, to: '/' } });
    const routes = [
      { path: '/through/*', target: rewritten('/through') },
      { path: '/inspected/*', target: { ...rewritten('/inspected'), inspect: true } },
      { path: '/hung-up', target: common },
    ];
    router = await startRouter('test', { ROUTES: JSON.stringify(routes) });
  });
  afterAll(async () => {
    await router.stop();
    await program.stop();
    await origin.kill();
  });

  async function ask(request: string) {
    const socket = await RawSocket.open(router.port);
    socket.write(request);
    const answer = await socket.readAnswer();
    socket.destroy();
    return answer;
  }

  it.each(['/through/', '/inspected/'])('carries messages, subprotocol and close through %s', async (path) => {
    const accepted = origin.next();
    const client = new WebSocket(`ws://${router.host}${path}a?b=1`, ['chat'], { headers: { Cookie: 'c=1' } });
    await once(client, 'open');
    const far = await accepted;
    expect([client.protocol, origin.last.url, origin.last.headers.cookie]).toEqual(['chat', '/a?b=1', 'c=1']);
    for (const message of ['text', Buffer.alloc(100_000, 0xfe)]) {
      client.send(message);
      const [data, isBinary] = await once(client, 'message');
      expect(isBinary ? data : String(data)).toEqual(message);
    }
    const closed = once(client, 'close');
    far.close(4002, 'later');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4002, 'later']);
  });

  it('carries pings from end to end', async () => {
    const accepted = origin.next();
    const client = new WebSocket(`ws://${router.host}/through/`);
    await once(client, 'open');
    const pinged = once(await accepted, 'ping');
    const ponged = once(client, 'pong');
    client.ping('there?');
    expect(String((await pinged)[0])).toBe('there?');
    expect(String((await ponged)[0])).toBe('there?');
    client.terminate();
  });

  it('has its own refusals passed on, and the connection goes on', async () => {
    const socket = await RawSocket.open(router.port);
    socket.write(upgradeTo('/through/private'));
    const refused = await socket.readAnswer();
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Basic realm=/),
    ]);
    socket.write(upgradeTo('/through/dead'));
    const dead = await socket.readAnswer();
    expect([dead.status, dead.headers]).toEqual([
      onDead,
      expect.not.objectContaining({ 'signalbox-error': expect.anything() }),
    ]);
    socket.write(requestHead('GET /through/static HTTP/1.1', ['Host: chat.example.com']));
    expect((await socket.readAnswer()).body).toBe('static');
    socket.destroy();
  });

  it('answers an upgrade that is not for WebSocket with its page', async () => {
    const { status, body } = await ask(upgradeTo('/through/static'));
    expect([status, body]).toEqual([200, 'static']);
  });

  it('may hang up: that is no answer', async () => {
    expect(verdict(await ask(upgradeTo('/hung-up')))).toBe(onHungUp);
  });
}
