/** Sockets of nanomsg and nng while the router is killed and started again. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { findProgram, type Program } from '../support/programs.ts';
import { startPatientHaproxy } from '../support/reverse-proxies.ts';
import { connectionsIn, type Router, startRouter } from '../support/router.ts';
import { describeWithSp, PAIRINGS, SP_PROGRAMS, type SpProgram, SpSocket } from '../support/sp-programs.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

const haproxy = findProgram('haproxy', 'haproxy');
let router: Router;
let running: SpSocket[] = [];
let rooms = 0;
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
});
afterEach(async () => {
  await Promise.all(running.map((program) => program.stop()));
  running = [];
  rooms += 1;
});
afterAll(() => router?.stop());

/** Starts a socket in this test's room, by way of a port. */
function start(port: number, program: SpProgram, role: string, ...args: string[]): SpSocket {
  const started = new SpSocket(program, role, `ws://127.0.0.1:${port}/sp/restart-${rooms}`, ...args);
  running.push(started);
  return started;
}

const arrived = (count: number) =>
  expect.poll(() => connectionsIn(router, `sp/restart-${rooms}`), { timeout: 10_000 }).toHaveLength(count);

/** Something else in the room, which does not come back. */
async function join(...subprotocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}/sp/restart-${rooms}`, subprotocols);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

/** A request that nobody has answered is asked again, and somebody who came back answers it. */
async function asksAgain(port: number, one: SpProgram, other: SpProgram): Promise<void> {
  const silent = await join('req.sp.nanomsg.org');
  const req = start(port, other, 'req', '-D', 'question');
  await once(silent, 'message');
  const rep = start(port, one, 'rep', '-D', 'answer');
  await arrived(3);
  await router.restart();
  await Promise.all([rep.until('question'), req.until('answer')]);
}

/** Sockets go on to say and to hear. A page is told and tells, so that none of it can be of before. */
async function goesOn(port: number, program: SpProgram): Promise<void> {
  const hearing = ['sub', 'pair', 'bus'].map((role) => start(port, program, role));
  start(port, program, 'pub', '-D', 'published', '-i', '1');
  await arrived(4);
  await router.restart();
  await arrived(4);
  const page = await join();
  page.send('from the page');
  await Promise.all(hearing.map((socket) => socket.until('from the page')));
  expect(String((await once(page, 'message'))[0])).toBe('published');
  page.terminate();
}

describeWithSp('after the router was killed', () => {
  it('nngcat answers what nngcat asks again', () => asksAgain(router.port, 'nngcat', 'nngcat'));

  it('nngcat publishes and hears', () => goesOn(router.port, 'nngcat'));

  // A socket of nanomsg dials again at once, and then meets a port that may be open still, and closes before it answers.
  describe.skipIf(haproxy === null)('behind a proxy that holds back who comes meanwhile', () => {
    let proxy: Program;
    beforeAll(async () => {
      proxy = await startPatientHaproxy(haproxy as string, router.port);
    });
    afterAll(() => proxy?.stop());

    it.each(PAIRINGS)('%s answers what %s asks again', (one, other) => asksAgain(proxy.port, one, other));

    it.each(SP_PROGRAMS)('%s publishes and hears', (program) => goesOn(proxy.port, program));
  });
});
