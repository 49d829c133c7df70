import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Served, serve } from '../../scripts/workerd.ts';

/** A router in plain workerd, on a free port of loopback, with a state of its own. */
export interface Router {
  /** `127.0.0.1:port` */
  host: string;
  port: number;
  process: ChildProcess;
  /** Kills it, and starts it again on the same port with the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Table = 'production' | 'test';

/** Starts it, with text bindings where the Worker of `table` wants any. */
export async function startRouter(table: Table, vars: Record<string, string> = {}): Promise<Router> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-state-'));
  let served = await serveAt(0, folder, table, vars);
  return {
    host: `127.0.0.1:${served.port}`,
    port: served.port,
    get process() {
      return served.process;
    },
    async restart() {
      const gone = once(served.process, 'exit');
      served.process.kill('SIGKILL');
      await gone;
      served = await serveAt(served.port, folder, table, vars);
    },
    async stop() {
      await served.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the router at a port, 0 for a free one, and with a state that can outlast it. */
export function serveAt(
  port: number,
  folder: string,
  table: Table = 'production',
  vars: Record<string, string> = {},
): Promise<Served> {
  return serve({
    bundle: inject('bundles')[table],
    // Each router writes its own configuration, so several can share a bundle.
    config: join(folder, 'workerd.capnp'),
    state: join(folder, 'state'),
    address: `127.0.0.1:${port}`,
    vars,
    output: 'ignore',
  });
}

/** Who is in a room, as the API of the test table tells; it needs that table's secrets. */
export async function connectionsIn({ host }: Router, room: string): Promise<unknown[]> {
  const path = `/api/rooms/${encodeURIComponent(room)}/connections`;
  const answer = await fetch(`http://${host}${path}`, { headers: { Authorization: 'Bearer new-key' } });
  return ((await answer.json()) as { connections: unknown[] }).connections;
}
