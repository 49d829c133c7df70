/** The servers that are compared, and how each is started. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findProgram, type Program } from '../../test/support/programs.ts';
import { startHaproxy, startNginx } from '../../test/support/reverse-proxies.ts';
import { bundle, serve } from '../workerd.ts';
import { kill, pin, receive, watch } from './processes.ts';

/** In the order in which they are printed. Ratios are to `BASE`. */
export const CONTENDERS = ['signalbox', 'inspected', 'barest', 'partyserver', 'node-ws', 'nginx', 'haproxy'] as const;
export type Contender = (typeof CONTENDERS)[number];
export const BASE: Contender = 'barest';

const SERVER_CORE = 0;
export const LOAD_CORE = 1;
const SERVERS = join(import.meta.dirname, 'servers');
const FOLDER = resolve(import.meta.dirname, '../../.signalbox/bench');

/** A server that is listening, on loopback. */
export interface Server {
  contender: Contender;
  pid: number;
  port: number;
  /** Aborts when it ends by itself. */
  ended: AbortSignal;
  stop(): Promise<void>;
}

/** Those that are no Workers, nor Node: where they are, and how they are started. */
const PROGRAMS = {
  nginx: { debianPackage: 'nginx-light', start: startNginx },
  haproxy: { debianPackage: 'haproxy', start: startHaproxy },
};

function isProgram(contender: Contender): contender is keyof typeof PROGRAMS {
  return contender in PROGRAMS;
}

function programOf(contender: keyof typeof PROGRAMS): string | null {
  return findProgram(contender, PROGRAMS[contender].debianPackage);
}

/** Whether it can be started here. Says what is missing where it can't. */
export function isThere(contender: Contender): boolean {
  return !isProgram(contender) || programOf(contender) !== null;
}

/** Makes a contender ready to be started, as often as is wanted. */
export async function prepare(contender: Contender, hasOrigin: boolean): Promise<void> {
  if (contender === 'node-ws' || isProgram(contender)) return;
  const name = scriptOf(contender, hasOrigin);
  await bundle(join(SERVERS, `${name}.ts`), join(FOLDER, name));
}

function scriptOf(contender: Contender, hasOrigin: boolean): string {
  const name = contender === 'inspected' ? 'signalbox' : contender;
  return hasOrigin ? `${name}-proxy` : name;
}

/** Starts a contender afresh: nothing is left of an earlier run. `origin` is the port of what is behind a proxy. */
export function start(contender: Contender, origin: number | null): Promise<Server> {
  if (isProgram(contender)) return startProxy(contender, origin ?? 0);
  return contender === 'node-ws' ? startNode() : startWorkerd(contender, origin);
}

async function startProxy(contender: keyof typeof PROGRAMS, origin: number): Promise<Server> {
  const { process, port, stop }: Program = await PROGRAMS[contender].start(programOf(contender) ?? contender, origin);
  const ended = watch(process, contender);
  pin(process, SERVER_CORE);
  return { contender, pid: process.pid ?? 0, port, ended, stop };
}

async function startWorkerd(contender: Contender, origin: number | null): Promise<Server> {
  const state = join(FOLDER, 'state');
  await rm(state, { recursive: true, force: true });
  const { process, port, stop } = await serve({
    bundle: join(FOLDER, scriptOf(contender, origin !== null)),
    state,
    address: '127.0.0.1:0',
    vars: origin === null ? {} : { ORIGIN: `http://127.0.0.1:${origin}`, INSPECT: String(contender === 'inspected') },
    output: 'ignore',
  });
  const ended = watch(process, contender);
  pin(process, SERVER_CORE);
  return { contender, pid: process.pid ?? 0, port, ended, stop };
}

async function startNode(): Promise<Server> {
  const child = fork(join(SERVERS, 'node-ws.ts'));
  const ended = watch(child, 'node-ws');
  const port = await receive<number>(child, ended);
  pin(child, SERVER_CORE);
  return { contender: 'node-ws', pid: child.pid ?? 0, port, ended, stop: () => kill(child) };
}

/** Starts what is behind a proxy, beside the load generator: it must not take the proxy's processor time. */
export async function startOrigin(): Promise<{ port: number; stop(): Promise<void> }> {
  const child = fork(join(SERVERS, 'echo.ts'));
  const port = await receive<number>(child, watch(child, 'The origin'));
  pin(child, LOAD_CORE);
  return { port, stop: () => kill(child) };
}
