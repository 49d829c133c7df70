import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, type Program, startProgram } from '../support/programs.ts';
import { SIGNALBOX } from '../support/tunnel-command.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

const BYTES = 30 * 1024 * 1024;

const sshd = findProgram('sshd', 'openssh-server');
const ssh = findProgram('ssh', 'openssh-client');
const folder = mkdtempSync(join(tmpdir(), 'signalbox-ssh-'));

/** A server for whoever runs the tests, with keys of its own. */
function configFor(port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
PidFile none
UsePAM no
PasswordAuthentication no
StrictModes no
`;
}

/** Why sshd can't run here; null where it can. */
function complaintOf(program: string): string | null {
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  writeFileSync(join(folder, 'config'), configFor(22));
  const { status, stderr } = spawnSync(program, ['-t', '-f', join(folder, 'config')], { encoding: 'utf8' });
  if (status === 0) return null;
  if (process.env.CI === 'true') throw new Error(`sshd can not run: ${stderr}`);
  return stderr.trim();
}

const missing = sshd === null || ssh === null ? 'not installed' : complaintOf(sshd);

describe.skipIf(missing !== null)(`ssh, with sshd behind a tunnel${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let server: Program;
  let tunnel: TunnelRoute;

  function run(command: string): ChildProcess {
    const proxy = `'${process.execPath}' '${SIGNALBOX}' tunnel ${tunnel.url.replace('/to-loopback', '/to-%h')}`;
    const options = ['-F', 'none', '-o', `ProxyCommand=${proxy}`, '-i', join(folder, 'user'), '-o', 'BatchMode=yes'];
    const hosts = ['-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${folder}/hosts`];
    return spawn(ssh ?? '', [...options, ...hosts, `${userInfo().username}@loopback`, command]);
  }

  beforeAll(async () => {
    server = await startProgram({
      program: sshd ?? '',
      args: (config) => ['-D', '-e', '-f', config],
      config: (_, port) => configFor(port),
    });
    tunnel = await startTunnelTo(server.port);
  });
  afterAll(async () => {
    await tunnel?.router.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a command, and gives it its input to the end', { timeout: 60_000 }, async () => {
    const bytes = randomBytes(BYTES);
    const child = run('sha256sum; exit 7');
    child.stdin?.end(bytes);
    const over = new Promise((resolve) => child.on('exit', resolve));
    const said = await buffer(child.stdout as NonNullable<ChildProcess['stdout']>);
    expect(String(said)).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`);
    expect(await over).toBe(7);
  });
});
