import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, type Program, startProgram } from '../support/programs.ts';
import { writeTunnelScript } from '../support/tunnel-command.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

const MIB = 1024 * 1024;
const REPOSITORY = 'git://git.example.com/large.git';

const git = findProgram('git', 'git');
/** Nobody's own configuration. */
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

describe.skipIf(git === null)('git, with its daemon behind a tunnel', () => {
  let folder: string;
  let daemon: Program;
  let tunnel: TunnelRoute;
  let proxy: string;

  /** Runs git in a folder, and gives what it says. */
  async function run(where: string, ...args: string[]): Promise<string> {
    const settings = ['user.name=Ada', 'user.email=ada@example.com', 'core.compression=0', `core.gitProxy=${proxy}`];
    const options = settings.flatMap((setting) => ['-c', setting]);
    const { stdout } = await promisify(execFile)(git ?? '', [...options, ...args], { cwd: join(folder, where), env });
    return stdout.trim();
  }

  /** Commits files that can't be packed any smaller, of so many MiB. */
  async function commit(where: string, name: string, mib: number): Promise<void> {
    for (let i = 0; i < mib; i += 10) await writeFile(join(folder, where, `${name}-${i}`), randomBytes(10 * MIB));
    await run(where, 'add', '.');
    await run(where, 'commit', '--quiet', '-m', name);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-git-'));
    await mkdir(join(folder, 'served/large.git'), { recursive: true });
    daemon = await startProgram({
      program: '/bin/sh',
      args: (config) => [config],
      config: (_, port) => `exec '${execFileSync(git ?? '', ['--exec-path'])
        .toString()
        .trim()}/git-daemon' \
--listen=127.0.0.1 --port=${port} --export-all --enable=receive-pack --base-path='${folder}/served'\n`,
    });
    tunnel = await startTunnelTo(daemon.port);
    proxy = await writeTunnelScript(join(folder, 'proxy'), tunnel.url);
    await run('served/large.git', 'init', '--quiet', '--bare', '--initial-branch=main');
  });
  afterAll(async () => {
    await tunnel?.router.stop();
    await daemon?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('pushes, clones and fetches 50 MiB and more', { timeout: 120_000 }, async () => {
    await run('.', 'init', '--quiet', '--initial-branch=main', 'ada');
    await run('ada', 'remote', 'add', 'origin', REPOSITORY);
    await commit('ada', 'first', 50);
    await run('ada', 'push', '--quiet', 'origin', 'main');
    await run('.', 'clone', '--quiet', REPOSITORY, 'grace');
    await commit('ada', 'second', 20);
    await run('ada', 'push', '--quiet', 'origin', 'main');
    await run('grace', 'fetch', '--quiet');
    expect(await run('grace', 'rev-parse', 'origin/main')).toBe(await run('ada', 'rev-parse', 'main'));
    expect(await run('grace', 'fsck', '--full')).toBe('');
    expect(await run('served/large.git', 'count-objects', '-v')).toMatch(/^size: 7\d{4}$/m);
  });

  it('says why where there is no way', async () => {
    const { status } = await fetch(tunnel.url.replace('ws:', 'http:'));
    expect(status).toBe(426);
    proxy = await writeTunnelScript(join(folder, 'proxy'), `${tunnel.url}/nowhere`);
    await expect(run('.', 'ls-remote', REPOSITORY)).rejects.toThrow('refused with 404 ERR_NO_ROUTE');
  });
});
