/** The processes of a benchmark: what they use, where they run, and that none outlives it. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What /proc counts processor time in, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

const running = new Set<ChildProcess>();
let areListening = false;

/** Sees to it that a process ends with this one. The signal aborts when it ends by itself, and says how. */
export function watch(child: ChildProcess, name: string): AbortSignal {
  listen();
  running.add(child);
  const ended = new AbortController();
  child.once('exit', (code, signal) => {
    running.delete(child);
    ended.abort(new Error(`${name} ended in the middle of a run (${signal ?? `exit code ${code}`})`));
  });
  return ended.signal;
}

/** Not before there is a process to end: who only reads an option may handle signals as they like. */
function listen(): void {
  if (areListening) return;
  areListening = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
}

/** The next message of a forked process; throws the signal's reason where that comes first. */
export async function receive<T>(child: ChildProcess, signal: AbortSignal): Promise<T> {
  try {
    const [message] = (await once(child, 'message', { signal })) as [T];
    return message;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** Whether servers and load generator can be kept off each other's core. */
export const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** Keeps a process and its threads on one core, where the system can do that. */
export function pin({ pid }: ChildProcess, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}

/** Ends a process at once, and resolves when it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** @throws Error where the system does not tell what a process uses */
export function requireProc(): void {
  try {
    cpuSeconds(process.pid);
  } catch {
    throw new Error("The benchmark reads the servers' processor time and memory from /proc, so it needs Linux");
  }
}

/** Processor time that a process, its threads and its children have used, in seconds. */
export function cpuSeconds(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), ownCpuSeconds(pid));
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

function ownCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory that a process holds, in KiB. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
