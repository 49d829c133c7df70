/** The servers that are compared, and how each is started. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle, serve } from '../workerd.ts';
import { kill, pin, receive, watch } from './processes.ts';

/** In the order in which they are printed. Ratios are to `BASE`. */
export const CONTENDERS = ['signalbox', 'barest', 'partyserver', 'node-ws'] as const;
export type Contender = (typeof CONTENDERS)[number];
export const BASE: Contender = 'barest';

const SERVER_CORE = 0;
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

/** Makes a contender ready to be started, as often as is wanted. */
export async function prepare(contender: Contender): Promise<void> {
  if (contender !== 'node-ws') await bundle(join(SERVERS, `${contender}.ts`), join(FOLDER, contender));
}

/** Starts a contender afresh: nothing is left of an earlier run. */
export function start(contender: Contender): Promise<Server> {
  return contender === 'node-ws' ? startNode() : startWorkerd(contender);
}

async function startWorkerd(contender: Contender): Promise<Server> {
  const state = join(FOLDER, 'state');
  await rm(state, { recursive: true, force: true });
  const options = { bundle: join(FOLDER, contender), state, address: '127.0.0.1:0', output: 'ignore' } as const;
  const { process, port, stop } = await serve(options);
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
