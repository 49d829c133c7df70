/** The servers that are compared, and how each is started. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findProgram, type Program } from '../../test/support/programs.ts';
import { startHaproxy, startNginx } from '../../test/support/reverse-proxies.ts';
import { bundle, serve } from '../workerd.ts';
import { kill, pin, receive, watch } from './processes.ts';
import { startLighttpd, startWebsockify } from './tunnel-programs.ts';

/** In the order in which they are printed. Ratios are to `BASE`. */
export const CONTENDERS = [
  'signalbox',
  'inspected',
  'acknowledged',
  'barest',
  'partyserver',
  'node-ws',
  'nginx',
  'haproxy',
  'lighttpd',
  'websockify',
] as const;
export type Contender = (typeof CONTENDERS)[number];
export const BASE: Contender = 'barest';

const SERVER_CORE = 0;
export const LOAD_CORE = 1;
const SERVERS = join(import.meta.dirname, 'servers');
const FOLDER = resolve(import.meta.dirname, '../../.signalbox/bench');

/** What may be behind a contender: its script, its arguments, and what the contenders are that lead there. */
const ORIGINS = {
  echo: { script: 'echo.ts', args: [], role: 'proxy' },
  application: { script: 'application.ts', args: [], role: 'grip' },
  'tcp-echo': { script: 'tcp-service.ts', args: ['echo'], role: 'tunnel' },
  'tcp-sink': { script: 'tcp-service.ts', args: ['sink'], role: 'tunnel' },
  'tcp-source': { script: 'tcp-service.ts', args: ['source'], role: 'tunnel' },
} as const;
export type OriginName = keyof typeof ORIGINS;

/** One that is listening, on loopback. */
export interface Origin {
  name: OriginName;
  port: number;
  stop(): Promise<void>;
}

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
  lighttpd: { debianPackage: 'lighttpd', start: startLighttpd },
  websockify: { debianPackage: 'websockify', start: startWebsockify },
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

/** Makes a contender ready to be started, as often as is wanted, with such an origin behind it. */
export async function prepare(contender: Contender, origin: OriginName | null): Promise<void> {
  if (contender === 'node-ws' || isProgram(contender)) return;
  const name = scriptOf(contender, origin);
  await bundle(join(SERVERS, `${name}.ts`), join(FOLDER, name));
}

function scriptOf(contender: Contender, origin: OriginName | null): string {
  const name = contender === 'inspected' || contender === 'acknowledged' ? 'signalbox' : contender;
  return origin === null ? name : `${name}-${ORIGINS[origin].role}`;
}

/** Starts a contender afresh: nothing is left of an earlier run. */
export function start(contender: Contender, origin: Origin | null): Promise<Server> {
  if (isProgram(contender)) return startProxy(contender, origin?.port ?? 0);
  return contender === 'node-ws' ? startNode() : startWorkerd(contender, origin);
}

async function startProxy(contender: keyof typeof PROGRAMS, origin: number): Promise<Server> {
  const { process, port, stop }: Program = await PROGRAMS[contender].start(programOf(contender) ?? contender, origin);
  const ended = watch(process, contender);
  pin(process, SERVER_CORE);
  return { contender, pid: process.pid ?? 0, port, ended, stop };
}

async function startWorkerd(contender: Contender, origin: Origin | null): Promise<Server> {
  const state = join(FOLDER, 'state');
  await rm(state, { recursive: true, force: true });
  const { process, port, stop } = await serve({
    bundle: join(FOLDER, scriptOf(contender, origin?.name ?? null)),
    state,
    address: '127.0.0.1:0',
    vars:
      origin === null ? {} : { ORIGIN: `http://127.0.0.1:${origin.port}`, INSPECT: String(contender === 'inspected') },
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

/** Starts what is behind a contender, beside the load generator: it must not take the contender's processor time. */
export async function startOrigin(name: OriginName): Promise<Origin> {
  const { script, args } = ORIGINS[name];
  const child = fork(join(SERVERS, script), args);
  const port = await receive<number>(child, watch(child, 'The origin'));
  pin(child, LOAD_CORE);
  return { name, port, stop: () => kill(child) };
}
