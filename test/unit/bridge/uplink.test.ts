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

  it('waits for as much as came the last time until all was written, so that it is one write', async () => {
    const { service, uplink, clock } = create();
    await write(service, uplink, 5000, 5000, 5000);
    for (const pending of [1, 1, 0]) {
      uplink.write(numbered(5000));
      expect(clock.pending).toBe(pending);
    }
    await setImmediate();
    expect(service.writes.map(({ length }) => length)).toEqual([5000, 10_000, 15_000]);
  });

  it('waits for no more than a millisecond', async () => {
    const { service, uplink, clock } = create();
    await write(service, uplink, 5000, 5000);
    uplink.write(numbered(9999));
    expect([clock.pending, clock.longest, service.writes.length]).toEqual([1, 1, 2]);
    clock.fire();
    await setImmediate();
    expect(service.writes.map(({ length }) => length)).toEqual([5000, 5000, 9999]);
  });

  it.each(['end', 'abort'] as const)('waits no longer at its %s', async (act) => {
    const { service, uplink, clock } = create();
    await write(service, uplink, 5000, 5000);
    uplink.write(numbered(5000));
    void uplink[act]();
    await setImmediate();
    expect([service.writes.length, clock.pending]).toEqual([act === 'end' ? 3 : 2, 0]);
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
