import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Uplink } from '../../../src/bridge/uplink.ts';
import { Gate } from '../../support/gate.ts';
import { TcpService } from '../../support/tcp-service.ts';
import { bytes, numbered } from '../../support/tunnel.ts';

function create() {
  const service = new TcpService();
  const { clock } = new Gate();
  const failures: string[] = [];
  const brake = { begin: (task: () => void) => task(), notice: () => {} };
  const uplink = new Uplink(service.writable, brake, clock.after, () => failures.push('failed'));
  return { service, failures, uplink, clock };
}

/** Messages of these sizes, of which the first one's write ends when all have come. */
async function write(service: TcpService, uplink: Uplink, ...sizes: number[]): Promise<void> {
  service.stall();
  for (const size of sizes) uplink.write(numbered(size));
  service.goOn();
  await setImmediate();
}

/** So many writes during each of which 5000 bytes come. */
async function stream(service: TcpService, uplink: Uplink, writes: number): Promise<void> {
  for (let n = 0; n < writes; n++) await write(service, uplink, 1, 5000);
}

describe('an uplink', () => {
  it('joins what waits into writes of 256 KiB at most, and cuts no message', async () => {
    const { service, uplink } = create();
    service.stall();
    const sizes = [1, 100_000, 100_000, 62_144, 1, 300_000, 5, 6];
    for (const size of sizes) uplink.write(numbered(size));
    service.goOn();
    await setImmediate();
    expect(service.writes.map(({ length }) => length)).toEqual([1, 262_144, 1, 300_000, 11]);
    expect(Buffer.compare(service.taken, Buffer.concat(sizes.map(numbered)))).toBe(0);
  });

  it('waits a millisecond for more where much came during each of many writes', async () => {
    const { service, uplink, clock } = create();
    await stream(service, uplink, 64);
    expect([service.writes.length, clock.pending]).toEqual([128, 0]);
    await write(service, uplink, 1, 4096 - 257);
    expect([service.writes.length, clock.pending]).toEqual([130, 0]);
    await write(service, uplink, 1, 4096 - 256);
    expect([service.writes.length, clock.pending]).toEqual([131, 1]);
    clock.fire();
    await setImmediate();
    expect(service.writes.at(-1)?.length).toBe(4096 - 256);
  });

  it('waits no longer than until 128 KiB have come', async () => {
    const { service, uplink, clock } = create();
    await stream(service, uplink, 64);
    await write(service, uplink, 1, 65_536 - 256);
    await write(service, uplink, 65_536 - 257);
    expect([service.writes.length, clock.pending]).toEqual([129, 1]);
    await write(service, uplink, 1);
    expect([service.writes.length, clock.pending]).toEqual([130, 0]);
    await write(service, uplink, 1, 131_072 - 256);
    expect([service.writes.length, clock.pending]).toEqual([132, 0]);
    await write(service, uplink, 1, 131_072 - 257);
    expect([service.writes.length, clock.pending]).toEqual([133, 1]);
  });

  it('leaves out 64 pauses after one in which too little came', async () => {
    const { service, uplink, clock } = create();
    await stream(service, uplink, 65);
    clock.fire();
    await setImmediate();
    await stream(service, uplink, 64);
    expect([service.writes.length, clock.pending]).toEqual([258, 0]);
    await stream(service, uplink, 1);
    expect([service.writes.length, clock.pending]).toEqual([259, 1]);
  });

  it.each(['end', 'abort'] as const)('pauses no longer at its %s', async (act) => {
    const { service, uplink, clock } = create();
    await stream(service, uplink, 65);
    expect([service.writes.length, clock.pending]).toEqual([129, 1]);
    void uplink[act]();
    await setImmediate();
    expect([service.writes.length, clock.pending]).toEqual([act === 'end' ? 130 : 129, 0]);
  });

  it('tells what is not written yet, tiny messages for more than their bytes', async () => {
    const { service, uplink } = create();
    service.stall();
    uplink.write(numbered(10));
    expect(uplink.queued).toBe(10);
    for (let n = 0; n < 4; n++) uplink.write(numbered(1));
    expect(uplink.queued).toBe(10 + 4 * 257);
    service.goOn();
    await setImmediate();
    expect(uplink.queued).toBe(0);
  });

  it('writes everything before it ends', async () => {
    const { service, uplink } = create();
    service.stall();
    uplink.write(bytes('a'));
    uplink.write(bytes('b'));
    const ended = uplink.end();
    uplink.write(bytes('never'));
    expect([uplink.isOpen, service.state]).toEqual([false, 'open']);
    service.goOn();
    await ended;
    expect([service.taken, service.state]).toEqual([bytes('ab'), 'ended']);
  });

  it('ends at once where nothing waits, and once', async () => {
    const { service, uplink } = create();
    await Promise.all([uplink.end(), uplink.end()]);
    expect(service.state).toBe('ended');
  });

  it('tells once that a write has failed, and takes no more', async () => {
    const { service, uplink, failures } = create();
    service.break();
    uplink.write(bytes('a'));
    uplink.write(bytes('b'));
    await setImmediate();
    uplink.write(bytes('c'));
    await uplink.end();
    expect([failures, uplink.queued, uplink.isOpen]).toEqual([['failed'], 0, false]);
  });

  it.each(['goOn', 'break'] as const)('drops what waits when it is aborted, and tells nobody (%s)', async (act) => {
    const { service, uplink, failures } = create();
    service.stall();
    uplink.write(bytes('a'));
    uplink.write(bytes('b'));
    await setImmediate();
    uplink.abort();
    service[act]();
    await setImmediate();
    const written = act === 'goOn' ? [bytes('a')] : [];
    expect([service.writes, failures]).toEqual([written, []]);
  });
});
