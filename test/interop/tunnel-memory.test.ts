/**
 * What a tunnel holds in memory while one side is faster than the other. By default of 256 MiB in each test; of a gibibyte with
 * `TUNNEL_MIB=1024 npx vitest run test/interop/tunnel-memory.test.ts`.
 */
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { endTunnels, spawnTunnel } from '../support/tunnel-command.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

const MIB = 1024 * 1024;
const TOTAL_MIB = Number(process.env.TUNNEL_MIB ?? 256);
/** By how much each process may grow meanwhile: less than what goes through, and wide of what garbage collection leaves. */
const MAX_GROWTH = 200 * MIB;

let service: TcpOrigin;
let tunnel: TunnelRoute;

beforeAll(async () => {
  service = await startOrigin();
});
afterEach(async () => {
  await endTunnels();
  await service.hangUp();
  await tunnel.router.stop();
});
afterAll(() => service?.stop());

/** The bytes of a test, and what they come to. */
function source(): { bytes: Readable; sent: () => number; hash: () => string } {
  const chunk = randomBytes(MIB);
  const hash = createHash('sha256');
  let sent = 0;
  const bytes = Readable.from(
    (function* () {
      for (; sent < TOTAL_MIB; sent++) {
        chunk.writeUInt32BE(sent);
        hash.update(chunk);
        yield Buffer.from(chunk);
      }
    })(),
  );
  return { bytes, sent: () => sent, hash: () => hash.digest('hex') };
}

/** Takes bytes, after `pause` for each MiB or so, and says what they come to. */
async function hashOf(stream: Readable, pause: () => Promise<unknown> = async () => {}): Promise<string> {
  const hash = createHash('sha256');
  let untilPause = MIB;
  await pipeline(
    stream,
    new Writable({
      write(chunk: Buffer, _, done) {
        hash.update(chunk);
        untilPause -= chunk.length;
        if (untilPause > 0) return done();
        untilPause = MIB;
        void pause().then(() => done());
      },
    }),
  );
  return hash.digest('hex');
}

/** Waits until no more goes in: the same count, a few looks in a row. */
async function stalled(sent: () => number): Promise<void> {
  for (let before = -1; before === 0 || before < sent(); await sleep(1000)) before = sent();
}

/** How much memory a process has had at most, and has now, in bytes. */
function memoryOf({ pid }: ChildProcess, which: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}

/** A tunnel of two processes, whose growth is measured from when it is open. */
async function openTunnel() {
  tunnel = await startTunnelTo(service.port);
  const connected = new Promise<Socket>((resolve) => {
    service.play = resolve;
  });
  const command = spawnTunnel([tunnel.url]);
  const socket = await connected;
  const processes = [tunnel.router.process, command];
  const before = processes.map((process) => memoryOf(process, 'VmRSS'));
  const growth = () => Math.max(...processes.map((process, at) => memoryOf(process, 'VmHWM') - (before[at] ?? 0)));
  return { command, socket, growth, over: once(command, 'exit') };
}

describe.skipIf(process.platform !== 'linux')('a tunnel holds little, and loses nothing', { timeout: 60_000 }, () => {
  it('while the service takes nothing', async () => {
    const { command, socket, growth, over } = await openTunnel();
    const { bytes, sent, hash } = source();
    bytes.pipe(command.stdin);
    await stalled(sent);
    expect(sent()).toBeLessThan(TOTAL_MIB / 2);
    expect(await hashOf(socket)).toBe(hash());
    expect(growth()).toBeLessThan(MAX_GROWTH);
    socket.end();
    expect(await over).toEqual([0, null]);
  });

  it('while the service is slow', async () => {
    const { command, socket, growth, over } = await openTunnel();
    const { bytes, hash } = source();
    bytes.pipe(command.stdin);
    expect(await hashOf(socket, () => sleep(10))).toBe(hash());
    expect(growth()).toBeLessThan(MAX_GROWTH);
    socket.end();
    expect(await over).toEqual([0, null]);
  });

  it('while the client takes nothing', async () => {
    const { command, socket, growth, over } = await openTunnel();
    const { bytes, sent, hash } = source();
    bytes.pipe(socket);
    await stalled(sent);
    expect(sent()).toBeLessThan(TOTAL_MIB / 2);
    expect(await hashOf(command.stdout)).toBe(hash());
    expect(growth()).toBeLessThan(MAX_GROWTH);
    command.stdin.end();
    expect(await over).toEqual([0, null]);
  });
});
