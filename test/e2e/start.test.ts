import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, it as always, beforeAll, expect } from 'vitest';
import WebSocket from 'ws';

const ROOT = resolve(import.meta.dirname, '../..');
const PARTS = ['src', 'durable', 'scripts', 'package.json', 'tsconfig.json', 'wrangler.toml', '.env'];

/** Windows has no SIGTERM. */
const it = always.skipIf(process.platform === 'win32');

/** A copy of the project, so that what it leaves behind is not mistaken for what a developer's own router left. */
let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'signalbox-start-'));
  await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(copy, part), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
});
afterAll(() => rm(copy, { recursive: true, force: true }));

function npmStart(env: Record<string, string> = {}): ChildProcess {
  return spawn('npm', ['start'], { cwd: copy, env: { ...process.env, PORT: '0', ...env } });
}

/** Waits until the router says where it listens. */
async function addressOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout as NonNullable<ChildProcess['stdout']>)) {
    const address = /listens on (http:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('npm start ended before it listened');
}

/** The processes that were started from the copy and still run. */
function leftovers(): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'args=']).toString().split('\n');
  return lines.filter((line) => line.includes(copy));
}

it('serves the router, keeps its state in one folder, and leaves no process behind on SIGTERM', async () => {
  const child = npmStart();
  const exit = once(child, 'exit');
  const address = await addressOf(child);
  expect((await fetch(address)).status).toBe(200);
  const socket = new WebSocket(`${address.replace('http', 'ws')}/rooms/lobby`);
  await once(socket, 'open');
  expect(leftovers()).not.toEqual([]);
  child.kill('SIGTERM');
  await exit;
  expect(leftovers()).toEqual([]);
  expect(await readdir(join(copy, '.signalbox/state'))).toEqual(['signalbox-RoomObject']);
});

it('listens on the port that PORT names, and says so where it is taken', async () => {
  const first = npmStart();
  const { port } = new URL(await addressOf(first));
  const second = npmStart({ PORT: port });
  let output = '';
  second.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(second, 'exit');
  expect(code).not.toBe(0);
  expect(output).toContain('in use');
  const exit = once(first, 'exit');
  first.kill('SIGTERM');
  await exit;
});

it('does not start with mistakes in the route table, and tells all of them', async () => {
  await writeFile(
    join(copy, 'src/routes.ts'),
    `export default { routes: [
      { path: 'rooms', target: { kind: 'room', room: 'a' } },
      { path: '/a', target: { kind: 'room', room: ':b', ehco: true } },
    ] };`,
  );
  const child = npmStart();
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(1);
  expect(output).toContain('routes[0].path must start with "/"');
  expect(output).toContain('routes[1].target.ehco is not a key that is known here');
  expect(leftovers()).toEqual([]);
});
