/** Programs of the system that tests run beside the router. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where a program is, or null where it is not installed: then its tests are skipped, and say which package of Debian has it.
 *
 * @throws Error where it is not installed and CI is to run every test
 */
export function findProgram(name: string, debianPackage: string): string | null {
  // A user's PATH often leaves out where daemons are.
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  const advice = `${name} is not installed (Debian has it in the package ${debianPackage})`;
  if (process.env.CI === 'true') throw new Error(advice);
  console.warn(`Tests are skipped: ${advice}`);
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A program that listens on a port of loopback. */
export interface Program {
  port: number;
  process: ChildProcess;
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** What a program is told: given a folder of its own and a port that was free a moment ago, its configuration. */
interface Setup {
  program: string;
  config(folder: string, port: number): string;
  args(config: string, folder: string): string[];
}

/**
 * Starts a program, and waits until it listens.
 *
 * @throws Error with what it wrote where it ends instead
 */
export async function startProgram({ program, config, args }: Setup): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-program-'));
  const port = await freePort();
  const file = join(folder, 'config');
  await writeFile(file, config(folder, port));
  const child = spawn(program, args(file, folder), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-4096);
    });
  }
  while (!(await accepts(port))) {
    if (hasEnded(child)) throw new Error(`${program} ended before it listened: ${output}`);
    await sleep(10);
  }
  return {
    port,
    process: child,
    async stop() {
      if (!hasEnded(child)) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
