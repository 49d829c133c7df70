/** A room in which the programs of nanomsg and nng meet, by a router that a file's tests share. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import WebSocket from 'ws';
import { findProgram } from './programs.ts';
import { connectionsIn, type Router, startRouter } from './router.ts';
import { SP_PROGRAMS, type SpProgram, SpSocket } from './sp-programs.ts';
import { SECRETS } from './tokens-for-table.ts';

const PACKAGES: Record<SpProgram, string> = { nanocat: 'nanomsg-utils', nngcat: 'nng-utils' };

export let router: Router;
let running: SpSocket[] = [];
let rooms = 0;

/** `describe` for tests that need both programs. Each has a room of its own, whose sockets are stopped after it. */
export function describeWithSp(name: string, tests: () => void): void {
  const missing = SP_PROGRAMS.filter((program) => findProgram(program, PACKAGES[program]) === null);
  if (missing.length === 0) describe(name, () => inRooms(tests));
  else describe.skip(`${name} (install ${missing.map((program) => PACKAGES[program]).join(' and ')})`, tests);
}

function inRooms(tests: () => void): void {
  beforeAll(async () => {
    router = await startRouter('test', SECRETS);
  });
  afterEach(async () => {
    await Promise.all(running.map((program) => program.stop()));
    running = [];
    rooms += 1;
  });
  afterAll(() => router?.stop());
  tests();
}

/** This test's room, by way of a port. */
export const roomUrl = (port = router.port) => `ws://127.0.0.1:${port}/sp/${rooms}`;

/** Starts a socket in this test's room. */
export function start(program: SpProgram, role: string, ...args: string[]): SpSocket {
  return startAt(router.port, program, role, ...args);
}

/** Starts one by way of a port. */
export function startAt(port: number, program: SpProgram, role: string, ...args: string[]): SpSocket {
  const started = new SpSocket(program, role, roomUrl(port), ...args);
  running.push(started);
  return started;
}

/** Something else in this test's room, which does not come back where it is lost. */
export async function join(...subprotocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(roomUrl(), subprotocols);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

/** Waits until so many are in this test's room. */
export const arrived = (count: number) =>
  expect.poll(() => connectionsIn(router, `sp/${rooms}`), { timeout: 10_000 }).toHaveLength(count);
