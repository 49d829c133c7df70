import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, type Program, startProgram } from '../support/programs.ts';
import { SIGNALBOX } from '../support/tunnel-command.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

const BYTES = 30 * 1024 * 1024;

const svn = findProgram('svn', 'subversion');

describe.skipIf(svn === null)('svn, with svnserve behind a tunnel', () => {
  let folder: string;
  let server: Program;
  let tunnel: TunnelRoute;

  /** Runs svn as somebody with this working copy, in the test's folder. */
  async function run(...args: string[]): Promise<string> {
    const options = ['--config-dir', join(folder, 'config'), '--non-interactive', '--quiet'];
    const { stdout } = await promisify(execFile)(svn ?? '', [...args, ...options], { cwd: folder });
    return stdout;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-svn-'));
    execFileSync('svnadmin', ['create', join(folder, 'shared')]);
    await writeFile(join(folder, 'shared/conf/svnserve.conf'), '[general]\nanon-access = write\n');
    server = await startProgram({
      program: '/bin/sh',
      args: (config) => [config],
      config: (_, port) =>
        `exec svnserve --daemon --foreground --listen-host=127.0.0.1 --listen-port=${port} --root='${folder}'\n`,
    });
    tunnel = await startTunnelTo(server.port);
    await mkdir(join(folder, 'config'));
    const command = `"${process.execPath}" "${SIGNALBOX}" tunnel ${tunnel.url} --`;
    await writeFile(join(folder, 'config/config'), `[tunnels]\nwss = ${command}\n`);
  });
  afterAll(async () => {
    await tunnel?.router.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('checks out, commits and updates', { timeout: 120_000 }, async () => {
    await run('checkout', 'svn+wss://svn.example.com/shared', 'ada');
    await run('checkout', 'svn+wss://svn.example.com/shared', 'grace');
    const bytes = randomBytes(BYTES);
    await writeFile(join(folder, 'ada/large'), bytes);
    await run('add', 'ada/large');
    await run('commit', 'ada', '-m', 'large');
    await run('update', 'grace');
    expect((await readFile(join(folder, 'grace/large'))).equals(bytes)).toBe(true);
    await run('checkout', 'svn+wss://svn.example.com/shared', 'new');
    expect((await readFile(join(folder, 'new/large'))).equals(bytes)).toBe(true);
  });
});
