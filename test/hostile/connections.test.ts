import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { closeFrame, frame, join, readClose } from '../support/hostile-frames.ts';
import { ask, isClosed, openWith, upgradeTo, verdict } from '../support/hostile-http.ts';
import { neighbours, router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { dial, inRounds, push } from '../support/hostile-sockets.ts';

const ROOM = '/rooms/connections';
const HEAD = upgradeTo(ROOM);

setUpNeighbours(ROOM);

/** How many of `count` that come at the same time to a room for one are let in. All of them are gone afterwards. */
async function admitted(path: string, count: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openWith(router, upgradeTo(path))));
  const statuses = await Promise.all(sockets.map(async (socket) => (await socket.readAnswer()).status));
  const inside = sockets.filter((_, index) => statuses[index] === 101);
  expect(new Set(statuses)).toEqual(new Set([101, 503]));
  // The room answers a Close only once it has forgotten the member.
  for (const socket of inside) socket.write(closeFrame(1000));
  for (const socket of inside) await readClose(socket);
  for (const socket of sockets) socket.destroy();
  return inside.length;
}

it('lets a good client in while two hundred others never finish their heads', async () => {
  const slow = await Promise.all(Array.from({ length: 200 }, () => dial(router)));
  await Promise.all(slow.map((socket, index) => push(socket, HEAD.slice(0, 1 + (index % (HEAD.length - 1))))));
  expect(verdict(await ask(router, HEAD))).toBe('101');
  expect(await neighbours.talk()).toEqual([]);
  for (const socket of slow) socket.destroy();
});

it('survives that two hundred reset the connection in the middle of their heads', async () => {
  await inRounds(200, 50, async (index) => {
    const socket = await dial(router);
    await push(socket, HEAD.slice(0, 1 + (index % (HEAD.length - 1))));
    socket.resetAndDestroy();
  });
});

it('takes a head that comes byte by byte, from fifty at once', async () => {
  const slow = await Promise.all(Array.from({ length: 50 }, () => dial(router)));
  for (const byte of HEAD.slice(0, -1)) await Promise.all(slow.map((socket) => push(socket, byte)));
  expect(verdict(await ask(router, HEAD))).toBe('101');
  for (const socket of slow) {
    const answered = once(socket, 'data');
    await push(socket, HEAD.slice(-1));
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 101 /);
    socket.destroy();
  }
});

it.each<[string, string, (socket: Socket) => void]>([
  ['goes away', '/full/gone', (socket) => socket.destroy()],
  ['says that it has said everything', '/full/silent', (socket) => socket.end()],
])('survives that somebody %s after any byte of a handshake', async (_, path, giveUp) => {
  const head = upgradeTo(path);
  await inRounds(head.length + 1, 50, async (length) => {
    const socket = await dial(router);
    if (length > 0) await push(socket, head.slice(0, length));
    giveUp(socket);
    socket.resume();
    if (!socket.destroyed) await once(socket, 'close');
  });
  // Those who gave up after the last byte may have been let in, and are noticed to be gone a little later.
  await expect.poll(async () => verdict(await ask(router, head))).toBe('101');
});

it('lets exactly one of a hundred into a room for one, however often they come', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 10; round++) expect(await admitted('/full/crowd', 100)).toBe(1);
});

it('goes on in a room that ten thousand enter and leave', { timeout: 60_000 }, async () => {
  const goodbyes = [closeFrame(1000, 'bye'), frame(0x83, 'an unknown opcode'), frame(0x88, '')];
  await inRounds(10_000, 100, async (index) => {
    const socket = await join(router, ROOM);
    const goodbye = goodbyes[index % (goodbyes.length + 1)];
    if (goodbye !== undefined) {
      socket.write(goodbye);
      await readClose(socket);
    }
    socket.destroy();
  });
});

it('gives the place of each of a thousand to the next one, whatever they do at the end', {
  timeout: 60_000,
}, async () => {
  for (let index = 0; index < 1000; index++) {
    const socket = await join(router, '/full/places');
    socket.write(index % 2 === 0 ? closeFrame(1000) : frame(0x80, 'a continuation of nothing'));
    await readClose(socket);
    if (index % 2 === 0) expect(await isClosed(socket)).toBe(true);
    socket.destroy();
  }
  expect(await admitted('/full/places', 10)).toBe(1);
});

it('does not let those wait who read, for one who does not', async () => {
  const deaf = await dial(router);
  deaf.pause();
  await push(deaf, HEAD);
  const speaker = await join(router, ROOM);
  // More than the network holds for somebody who does not read, and within what one member may say at once.
  const said = 'x'.repeat(1 << 20);
  for (let count = 0; count < 24; count++) speaker.write(frame(0x81, said));
  speaker.write(closeFrame(1000));
  await readClose(speaker);
  const heard = await neighbours.talk();
  expect(heard).toHaveLength(24);
  for (const message of heard) expect(message.length).toBe(said.length);
  deaf.destroy();
  speaker.destroy();
});
