import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

let members: [SocketOrigin, SocketOrigin, SocketOrigin];
let router: Router;
beforeAll(async () => {
  members = [await SocketOrigin.open(), await SocketOrigin.open(), await SocketOrigin.open()];
  const pool = members.map(({ url }) => url);
  const routes = [
    // One that failed is not tried again in this test, or soon.
    { path: '/stays-out', target: { kind: 'proxy', pool, disableMs: 3_600_000 } },
    { path: '/comes-back', target: { kind: 'proxy', pool, disableMs: 50 } },
    { path: '/fewest', target: { kind: 'proxy', pool, policy: 'least_conn', inspect: true } },
    { path: '/two-each', target: { kind: 'proxy', pool, maxConnections: 2, inspect: true } },
  ];
  router = await startRouter('test', { ROUTES: JSON.stringify(routes) });
});
afterAll(async () => {
  await router.stop();
  await Promise.all(members.map((member) => member.kill()));
});

/** Opens a connection, says something and hears it back. Rejects where it is refused, or lost before. */
async function talk(path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}${path}`);
  await once(socket, 'open');
  return socket;
}

/** Lets clients come, several at a time, and tells how many were refused. */
async function come(path: string, clients: number): Promise<number> {
  let refused = 0;
  const comeOne = async () => {
    try {
      (await talk(path)).terminate();
    } catch {
      refused++;
    }
  };
  for (let left = clients; left > 0; left -= 10) await Promise.all(Array.from({ length: 10 }, comeOne));
  return refused;
}

it('refuses nobody while the members of a pool are killed one after the other and one lives', async () => {
  const [first, second, third] = members;
  const before = () => [first, second, third].map(({ connections }) => connections.length);
  expect(await come('/stays-out', 30)).toBe(0);
  for (const member of [first, second]) {
    const coming = come('/stays-out', 100);
    await member.kill();
    expect(await coming).toBe(0);
    expect(await come('/stays-out', 30)).toBe(0);
  }
  const [, , had = 0] = before();
  expect(await come('/stays-out', 30)).toBe(0);
  expect(third.connections.length - had).toBe(30);
  await Promise.all([first.revive(), second.revive()]);
});

it('refuses nobody while each member goes and comes back under load, and all have their share again', async () => {
  for (const member of members) {
    let isBack = false;
    const coming = (async () => {
      let refused = 0;
      while (!isBack) refused += await come('/comes-back', 10);
      return refused;
    })();
    await member.kill();
    await member.revive();
    const had = member.connections.length;
    await expect.poll(() => member.connections.length, { timeout: 10_000 }).toBeGreaterThan(had + 10);
    isBack = true;
    expect(await coming).toBe(0);
  }
});

it('gives a new connection to the upstream with the fewest, where it looks at messages', async () => {
  const open = () =>
    members.map(({ connections }) => connections.filter(({ readyState }) => readyState === WebSocket.OPEN));
  const counts = () => open().map(({ length }) => length);
  const sockets = [];
  for (let i = 0; i < 6; i++) sockets.push(await talk('/fewest'));
  expect(counts()).toEqual([2, 2, 2]);
  const [ofFirst = []] = open();
  // The router has counted the end when it answers the origin's Close.
  const ended = ofFirst.map((socket) => once(socket, 'close'));
  for (const socket of ofFirst) socket.close();
  await Promise.all(ended);
  for (let i = 0; i < 2; i++) sockets.push(await talk('/fewest'));
  expect(counts()).toEqual([2, 2, 2]);
  for (const socket of sockets) socket.terminate();
});

it('takes no more connections than the upstreams may have, and more once one has ended', async () => {
  const sockets = [];
  for (let i = 0; i < 6; i++) sockets.push(await talk('/two-each'));
  await expect(talk('/two-each')).rejects.toThrow('503');
  const [first] = members;
  const ended = once(first.connections.at(-1) as WebSocket, 'close');
  first.connections.at(-1)?.close();
  await ended;
  sockets.push(await talk('/two-each'));
  for (const socket of sockets) socket.terminate();
});
