/** Bundles a Worker as it would be deployed, and serves the bundle with plain workerd: no development proxy in between. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const require = createRequire(import.meta.url);
const ROOT = resolve(import.meta.dirname, '..');

/** How long workerd may take to finish what it is doing after it was asked to end; open WebSockets would keep it for ever. */
const GRACE_MS = 500;

/**
 * Bundles the Worker whose entry is `main` into `directory`, which is emptied first.
 *
 * @throws Error with wrangler's output where it does not bundle
 */
export async function bundle(main: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const child = spawn(process.execPath, [wrangler, 'deploy', main, '--dry-run', '--env', '', '--outdir', directory], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`wrangler could not bundle ${main}:\n${Buffer.concat(output)}`);
}

/** Characters of workerd's output that are kept, the last ones. */
const MAX_COMPLAINT = 4096;

export interface ServeOptions {
  /** Where `bundle` put the Worker. */
  bundle: string;
  /** Where to write workerd's configuration. @default workerd.capnp beside the bundle */
  config?: string;
  /** Where the objects' SQLite files are kept. */
  state: string;
  /** `host:port`; port 0 for any free one. */
  address: string;
  /** Text bindings of the Worker, beside what wrangler.toml binds. @default {} */
  vars?: Record<string, string>;
  /** What becomes of workerd's own output: shown, or kept for the error where it does not start. @default 'inherit' */
  output?: 'inherit' | 'ignore';
}

/** A workerd that is listening. */
export interface Served {
  port: number;
  process: ChildProcess;
  /** Ends the process, and resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts workerd and waits until it listens.
 *
 * @throws Error where it ends instead, for example because the port is taken or the Worker does not start
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const output = options.output === 'ignore' ? 'pipe' : 'inherit';
  await mkdir(options.state, { recursive: true });
  const config = options.config ?? join(options.bundle, 'workerd.capnp');
  await writeFile(config, await workerdConfig(options, dirname(config)));
  const child = spawn(workerdPath(), ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', output, output, 'pipe'],
  });
  child.stdout?.resume();
  return { port: await listeningPort(child), process: child, stop: () => stop(child) };
}

function workerdPath(): string {
  return (require('workerd') as { default: string }).default;
}

/** workerd writes a line of JSON to its control pipe for each socket that it listens on. */
async function listeningPort(child: ChildProcess): Promise<number> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-MAX_COMPLAINT);
  });
  const lines = createInterface(child.stdio[3] as Readable);
  for await (const line of lines) {
    const event = JSON.parse(line) as { event: string; port?: number };
    if (event.event === 'listen' && event.port !== undefined) return event.port;
  }
  throw new Error(`workerd ended before it listened. ${complaint}`.trim());
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}

/** The classes of the objects that wrangler.toml binds, by their bindings. */
const OBJECTS = { ROOM: 'RoomObject', TUNNEL: 'TunnelObject' };

/** workerd's configuration for a bundle: what wrangler.toml binds, as a self-hosted server needs it. */
async function workerdConfig({ bundle, state, address, vars = {} }: ServeOptions, folder: string): Promise<string> {
  const files = (await readdir(bundle)).filter((file) => moduleKind(file) !== null);
  // The entry, which is the only script of a bundle, has to be the first module.
  files.sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')));
  const modules = files.map(
    (file) => `(name = ${quote(file)}, ${moduleKind(file)} = embed ${quote(relative(folder, join(bundle, file)))})`,
  );
  const texts = Object.entries(vars).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`);
  const bindings = Object.entries(OBJECTS).map(
    ([name, c]) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(c)})`,
  );
  const classes = Object.values(OBJECTS).map(
    (name) => `(className = ${quote(name)}, uniqueKey = ${quote(`signalbox-${name}`)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "router", worker = .router),
    (name = "state", disk = (path = ${quote(resolve(state))}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = ${quote(address)}, http = (), service = "router")],
);

const router :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  compatibilityDate = ${await setting('compatibility_date')},
  compatibilityFlags = ${await setting('compatibility_flags')},
  bindings = [${[...bindings, ...texts].join(', ')}],
  durableObjectNamespaces = [${classes.join(', ')}],
  durableObjectStorage = (localDisk = "state"),
);
`;
}

function moduleKind(file: string): 'esModule' | 'text' | null {
  if (file.endsWith('.js')) return 'esModule';
  return file.endsWith('.html') ? 'text' : null;
}

/** A setting of wrangler.toml, which stands on one line there, as it is written: Cap'n Proto writes it in the same way. */
async function setting(name: string): Promise<string> {
  const toml = await readFile(join(ROOT, 'wrangler.toml'), 'utf8');
  const value = new RegExp(`^${name} = (.*)$`, 'm').exec(toml)?.[1];
  if (value === undefined) throw new Error(`wrangler.toml names no ${name}`);
  return value;
}

/** Cap'n Proto's strings are written as JSON's are. */
function quote(text: string): string {
  return JSON.stringify(text);
}
