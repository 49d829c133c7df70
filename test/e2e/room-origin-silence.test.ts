import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join as joinPath } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { Listener } from '../support/listener.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

const UP = '{"origin":"up"}';
const DOWN = '{"origin":"down"}';
const PING = '{"op":"ping"}';

/** An origin that can be frozen: then its connections stay open, and nothing comes over them. */
let far: ChildProcess;
/** An origin that switches over, and then neither says nor answers anything. */
let deaf: Server;
let origin: SocketOrigin;
let router: Router;
beforeAll(async () => {
  far = fork(joinPath(import.meta.dirname, '../support/origin-process.ts'));
  const [port] = (await once(far, 'message')) as [number];
  deaf = createServer().on('upgrade', switchOver).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  origin = await SocketOrigin.open();
  const times = { idleMs: 1000, minRetryMs: 20, maxRetryMs: 50, connectTimeoutMs: 200 };
  const route = (path: string, to: number, more: object = {}) => ({
    path: `/${path}`,
    target: { kind: 'room', room: path, origin: { url: `ws://127.0.0.1:${to}`, announce: true, ...times, ...more } },
  });
  // These origins send back what they get, so that a ping is answered with itself.
  const pinged = { ping: PING, pong: PING };
  const routes = [
    route('quiet', origin.port),
    route('deaf', (deaf.address() as AddressInfo).port),
    route('pinged', origin.port, { ...pinged, idleMs: 2000 }),
    route('frozen', port, pinged),
  ];
  router = await startRouter('test', { ROUTES: JSON.stringify(routes) });
});
afterAll(async () => {
  await router.stop();
  deaf.close();
  await origin.kill();
  const gone = once(far, 'exit');
  far.kill('SIGKILL');
  await gone;
});

function switchOver({ headers }: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write([...head, `Sec-WebSocket-Accept: ${accept.digest('base64')}`, '', ''].join('\r\n'));
  socket.on('error', () => {}).on('end', () => socket.end());
}

let members: Listener[] = [];
afterEach(async () => {
  await Promise.all(members.map(leave));
  members = [];
});

async function join(path: string): Promise<Listener> {
  const member = await Listener.open(`ws://${router.host}/${path}`);
  members.push(member);
  return member;
}

async function leave({ socket }: Listener): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/** The first member of a room, told that its origin is there, and the far end of the room's connection. */
async function joinFirst(path: string): Promise<{ ada: Listener; end: WebSocket }> {
  const accepted = origin.next();
  const ada = await join(path);
  expect(await ada.next()).toBe(UP);
  return { ada, end: await accepted };
}

it('dials an origin again that says nothing for too long, which is told why', async () => {
  const { ada, end } = await joinFirst('quiet');
  const [code, reason] = await once(end, 'close');
  expect([code, String(reason)]).toEqual([1001, 'idle']);
  expect([await ada.next(), await ada.next()]).toEqual([DOWN, UP]);
});

it('cuts off who does not answer that either', async () => {
  const upgraded = once(deaf, 'upgrade');
  const ada = await join('deaf');
  const [, socket] = (await upgraded) as [IncomingMessage, Socket];
  const ended = once(socket.resume(), 'end');
  expect([await ada.next(), await ada.next()]).toEqual([UP, DOWN]);
  await ended;
});

it('stays with a quiet origin that answers its pings, of which members hear nothing', async () => {
  const { ada, end } = await joinFirst('pinged');
  for (const _ of [1, 2, 3]) {
    const [ping] = await once(end, 'message');
    expect(String(ping)).toBe(PING);
  }
  expect(await ada.ask('still here')).toBe('still here');
});

it('leaves an origin that dies without a word, tells the members, and goes on once it is back', async () => {
  const ada = await join('frozen');
  expect(await ada.next()).toBe(UP);
  far.kill('SIGSTOP');
  expect(await ada.next()).toBe(DOWN);
  ada.send('kept');
  const ben = await join('frozen');
  expect(await ben.next()).toBe(DOWN);
  far.kill('SIGCONT');
  for (const member of [ada, ben]) expect([await member.next(), await member.next()]).toEqual([UP, 'kept']);
  expect(await ben.ask('on we go')).toBe('on we go');
});
