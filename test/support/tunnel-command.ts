/** `signalbox tunnel`, as a user runs it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export const SIGNALBOX = resolve(import.meta.dirname, '../../scripts/signalbox.js');

const running = new Set<ChildProcessWithoutNullStreams>();

/** Starts it. What its standard input is given last may come too late for it, and that is no error. */
export function spawnTunnel(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return start([SIGNALBOX, 'tunnel', ...args], env);
}

/** Starts Node with these arguments. */
export function start(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  child.stdin.on('error', () => {});
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** What becomes of a command. To be asked at once, before it can be over. */
export async function resultOf(child: ChildProcessWithoutNullStreams): Promise<Result> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

/** Gives a command its input, and waits until it is over. */
export function run(child: ChildProcessWithoutNullStreams, input = ''): Promise<Result> {
  child.stdin.end(input);
  return resultOf(child);
}

/** Starts one that listens, and waits until it says on which port. */
export async function listenTunnel(url: string): Promise<{ port: number; child: ChildProcessWithoutNullStreams }> {
  const child = spawnTunnel(['-L', '0', url]);
  const [line] = await once(child.stderr, 'data');
  const port = /listening on 127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
  if (port === undefined) throw new Error(`It does not listen: ${line}`);
  return { port: Number(port), child };
}

/** Ends those that are still there. */
export async function endTunnels(): Promise<void> {
  const ended = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
}

/** A program without arguments, as git wants it for `core.gitProxy`: what it is called with is ignored. */
export async function writeTunnelScript(path: string, url: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${SIGNALBOX}' tunnel '${url}' -- "$@"\n`, {
    mode: 0o755,
  });
  return path;
}
