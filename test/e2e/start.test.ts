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

/** Waits until the router has ended by itself, and tells what it said of the reason. */
async function refusalOf(child: ChildProcess): Promise<{ code: number | null; complaint: string }> {
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, complaint };
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** The processes that were started from the copy and still run. */
function leftovers(): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'args=']).toString().split('\n');
  return lines.filter((line) => line.includes(copy));
}

it('serves the router, keeps its state in one folder, and leaves no process behind on SIGTERM', async () => {
  const child = npmStart();
  const address = await addressOf(child);
  expect((await fetch(address)).status).toBe(200);
  const socket = new WebSocket(`${address.replace('http', 'ws')}/rooms/lobby`);
  await once(socket, 'open');
  expect(leftovers()).not.toEqual([]);
  await stop(child);
  expect(leftovers()).toEqual([]);
  expect(await readdir(join(copy, '.signalbox/state'))).toEqual(['signalbox-RoomObject', 'signalbox-TunnelObject']);
});

it('listens on the port that PORT names, and says so where it is taken', async () => {
  const first = npmStart();
  const { port } = new URL(await addressOf(first));
  const { code, complaint } = await refusalOf(npmStart({ PORT: port }));
  expect(code).not.toBe(0);
  expect(complaint).toContain('in use');
  await stop(first);
});

it('serves the table that ROUTES names, with a state of its own', async () => {
  const file = resolve(ROOT, 'test/support/centrifuge-js-table.ts');
  const child = npmStart({ ROUTES: file, CENTRIFUGO_API_KEY: 'test-api-key', CENTRIFUGO_TOKEN_SECRET: 'secret' });
  const address = await addressOf(child);
  expect((await fetch(`${address}/rooms/lobby`)).status).toBe(404);
  const request = { method: 'POST', headers: { 'x-api-key': 'test-api-key' }, body: '{"channel":"a"}' };
  expect((await fetch(`${address}/api/presence_stats`, request)).status).toBe(200);
  await stop(child);
  const [folder = ''] = await readdir(join(copy, '.signalbox/tables'));
  expect(decodeURIComponent(folder)).toContain('centrifuge-js-table.ts');
  expect(await readdir(join(copy, '.signalbox/tables', folder, 'state'))).toEqual([
    'signalbox-RoomObject',
    'signalbox-TunnelObject',
  ]);
});

it('does not start with a table that names a secret which is not set', async () => {
  const file = resolve(ROOT, 'test/support/centrifuge-js-table.ts');
  const { code, complaint } = await refusalOf(npmStart({ ROUTES: file, CENTRIFUGO_API_KEY: '' }));
  expect(code).toBe(1);
  expect(complaint).toContain('CENTRIFUGO_API_KEY');
});

it('does not start where ROUTES names no file, or one without a default export', async () => {
  const missing = await refusalOf(npmStart({ ROUTES: 'tables/none.ts' }));
  expect(missing).toMatchObject({ code: 1, complaint: expect.stringContaining('no route table at') });
  expect(missing.complaint).toContain(join('tables', 'none.ts'));
  await writeFile(join(copy, 'named.ts'), 'export const routes = [];');
  const named = await refusalOf(npmStart({ ROUTES: 'named.ts' }));
  expect(named).toMatchObject({ code: 1, complaint: expect.stringContaining('has no default export') });
});

it.each([
  ['the route table', 'src/routes.ts', {}],
  ['the table that ROUTES names', 'other.ts', { ROUTES: 'other.ts' }],
])('does not start with mistakes in %s, and tells all of them', async (_, file, env) => {
  await writeFile(
    join(copy, file),
    `export default { routes: [
      { path: 'rooms', target: { kind: 'room', room: 'a' } },
      { path: '/a', target: { kind: 'room', room: ':b', ehco: true } },
    ] };`,
  );
  const { code, complaint } = await refusalOf(npmStart(env));
  expect(code).toBe(1);
  expect(complaint).toContain('routes[0].path must start with "/"');
  expect(complaint).toContain('routes[1].target.ehco is not a key that is known here');
  expect(leftovers()).toEqual([]);
});
