/** `npm start`: checks the route table, bundles the router, and serves it with workerd until it is told to stop. */
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { ConfigError, parseConfig } from '../src/config/parse.ts';
import routes from '../src/routes.ts';
import { bundle, type Served, serve } from './workerd.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Everything that running the router leaves behind; git ignores it. */
const FOLDER = join(ROOT, '.signalbox');

const host = process.env.HOST ?? 'localhost';
const port = process.env.PORT ?? '8787';

let served: Served | null = null;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  parseConfig(routes);
  await bundle('src/index.ts', join(FOLDER, 'bundle'));
  if (!stopping) await run();
} catch (error) {
  if (!stopping) fail(error);
}

async function run(): Promise<void> {
  served = await serve({
    bundle: join(FOLDER, 'bundle'),
    state: join(FOLDER, 'state'),
    address: `${host}:${port}`,
  });
  console.log(`Signalbox listens on http://${host}:${served.port} (rooms: ws://${host}:${served.port}/rooms/lobby)`);
  await once(served.process, 'exit');
  if (!stopping) throw new Error('workerd ended unexpectedly');
}

async function stop(): Promise<void> {
  stopping = true;
  await served?.stop();
  process.exit(0);
}

function fail(error: unknown): void {
  const known = error instanceof ConfigError || error instanceof Error;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}
