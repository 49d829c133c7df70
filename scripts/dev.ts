/** `npm start`: checks the route table, bundles the router, and serves it with workerd until it is told to stop. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError, parseConfig, secretsOf } from '../src/config/parse.ts';
import plugins from '../src/plugins.ts';
import { loadTable, type Table } from './table.ts';
import { bundle, type Served, serve } from './workerd.ts';

const DEV_VARS = resolve(import.meta.dirname, '../.dev.vars');

const host = process.env.HOST ?? 'localhost';
const port = process.env.PORT ?? '8787';

let served: Served | null = null;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  const table = await loadTable(process.env.ROUTES);
  const secrets = readSecrets(secretsOf(parseConfig(table.routes, plugins)));
  await bundle(table.main, join(table.folder, 'bundle'));
  if (!stopping) await run(table, secrets);
} catch (error) {
  if (!stopping) fail(error);
}

/** Secrets come from the environment or from .dev.vars, as wrangler has it; git ignores that file. */
function readSecrets(names: string[]): Record<string, string> {
  if (existsSync(DEV_VARS)) process.loadEnvFile(DEV_VARS);
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(`The route table names ${missing.join(', ')}: set it in the environment or in .dev.vars`);
  }
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

async function run({ folder, isDefault }: Table, secrets: Record<string, string>): Promise<void> {
  served = await serve({
    bundle: join(folder, 'bundle'),
    state: join(folder, 'state'),
    address: `${host}:${port}`,
    vars: secrets,
  });
  const hint = isDefault ? `rooms: ws://${host}:${served.port}/rooms/lobby` : `routes: ${process.env.ROUTES}`;
  console.log(`Signalbox listens on http://${host}:${served.port} (${hint})`);
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
