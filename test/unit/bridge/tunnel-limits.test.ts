import { describe, expect, it } from 'vitest';
import { QUEUE } from '../../../src/bridge/tunnel.ts';
import { bytes, numbered, TestTunnel } from '../../support/tunnel.ts';

const IDLE = [[1001, 'idle']];

describe('the idle limit', () => {
  it('closes with 1001 when nothing came for that long, and not before', async () => {
    const t = new TestTunnel({ idleMs: 1000 });
    await t.advance(999);
    expect(t.client.closes).toEqual([]);
    await t.advance(1);
    expect([t.client.closes, t.service.closes, t.clock.pending, t.ended]).toEqual([IDLE, 1, 0, 1]);
  });

  it('counts both directions', async () => {
    const t = new TestTunnel({ idleMs: 1000 });
    for (let round = 0; round < 4; round++) {
      await t.advance(900);
      if (round % 2 === 0) t.send(bytes('up'));
      else t.service.say(bytes('down'));
      await t.settle();
    }
    await t.advance(999);
    expect(t.client.closes).toEqual([]);
    await t.advance(1);
    expect(t.client.closes).toEqual(IDLE);
  });

  it('is none where it is 0', async () => {
    const t = new TestTunnel({ idleMs: 0 });
    await t.advance(1e12);
    expect([t.client.closes, t.clock.pending]).toEqual([[], 0]);
  });
});

describe('the lifetime limit', () => {
  it('closes with 1001 after that long, whatever comes', async () => {
    const t = new TestTunnel({ lifetimeMs: 1000, idleMs: 600 });
    await t.advance(500);
    t.service.say(bytes('busy'));
    await t.advance(499);
    t.send(bytes('busy'));
    await t.settle();
    expect(t.client.closes).toEqual([]);
    await t.advance(1);
    expect([t.client.closes, t.service.closes, t.clock.pending]).toEqual([[[1001, 'lifetime over']], 1, 0]);
  });
});

describe('the end of the credential', () => {
  it('closes with 3005, also where it is further off than a timer goes', async () => {
    for (const expiresInMs of [1000, 2 ** 31 - 1, 2 ** 31, 1e12]) {
      const t = new TestTunnel({ expiresInMs });
      expect(t.clock.longest).toBeLessThan(2 ** 31);
      await t.advance(expiresInMs - 1);
      expect(t.client.closes).toEqual([]);
      await t.advance(1);
      expect([t.client.closes, t.clock.pending]).toEqual([[[3005, 'connection expired']], 0]);
    }
  });

  it('closes at once where it has come', async () => {
    const t = new TestTunnel({ expiresInMs: 0 });
    await t.advance(0);
    expect(t.client.closes).toEqual([[3005, 'connection expired']]);
  });
});

describe('a service that reads slowly', () => {
  const KIB_128 = numbered(128 * 1024);
  const send = (t: TestTunnel, count: number) => {
    for (let n = 0; n < count; n++) t.send(KIB_128);
  };

  it('holds the client back above 2 MiB, for longer and longer, and lets one message in between', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 200);
    await t.settle();
    expect([t.gate.isHeld, t.untaken]).toEqual([true, 184]);
    await t.advance(60_000);
    const lengths = t.gate.holdLengths;
    expect(lengths.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(Math.max(...lengths)).toBe(5000);
    expect(t.untaken).toBeGreaterThanOrEqual(184 - lengths.length);
    expect(lengths.length).toBeLessThan(25);
  });

  it('lets the client go on when little waits, and loses nothing', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 200);
    await t.advance(1000);
    t.service.goOn();
    await t.advance(5000);
    expect([t.gate.isHeld, t.untaken, t.service.taken.length]).toEqual([false, 0, 200 * KIB_128.length]);
  });

  it('lets the client go on as soon as little waits, whatever the hold was meant to last', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 16);
    await t.settle();
    t.service.goOn();
    await t.advance(1);
    expect([t.gate.holdLengths, t.gate.isHeld, t.service.taken.length]).toEqual([[1, 0], false, 16 * KIB_128.length]);
  });

  it.each(['end', 'reset'] as const)('lets the client go at its own %s, in the middle of a hold', async (act) => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 16);
    await t.advance(20_000);
    t.service.say(bytes('so that the next read is begun within a hold'));
    await t.advance(5000);
    expect(t.gate.isHeld).toBe(true);
    const since = t.clock.time;
    t.service[act]();
    await t.settle();
    expect([t.gate.isHeld, t.client.closes.length, t.clock.time]).toEqual([false, 1, since]);
  });

  it('lets one thing in between two holds, be it what the service says', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 40);
    await t.settle();
    const before = t.untaken;
    t.service.say(bytes('hello'));
    await t.advance(1 + 2);
    expect([t.gate.holds, before - t.untaken, t.client.sent.length]).toEqual([3, 1, 1]);
  });

  it('is never held up by a hold that nothing could end: what is begun inside ends inside', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 20);
    await t.advance(1000);
    expect(t.gate.isHeld).toBe(true);
    // The write that waits was begun before; those after it are begun within the holds that follow.
    t.service.goOn();
    await t.advance(2000);
    const [before, holds] = [t.clock.time, t.gate.holds];
    send(t, 40);
    await t.settle();
    expect([t.clock.time - before, t.gate.holds - holds < 3]).toEqual([0, true]);
    expect([t.gate.isHeld, t.service.taken.length]).toEqual([false, 60 * KIB_128.length]);
  });

  it('goes on to be heard while the client is held back', async () => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 40);
    await t.advance(100_000);
    expect(t.gate.isHeld).toBe(true);
    t.service.say(bytes('first'));
    await t.advance(5000);
    const heard = () => t.client.sent.length;
    expect([heard(), t.gate.isHeld]).toEqual([1, true]);
    for (let n = 0; n < 10; n++) {
      t.service.say(bytes('and more'));
      await t.settle();
      expect([heard(), t.gate.isHeld]).toEqual([n + 2, true]);
    }
  });

  it('counts many tiny messages for more than their bytes', async () => {
    const t = new TestTunnel();
    t.service.stall();
    for (let n = 0; n < 20_000; n++) t.send(bytes('x'));
    await t.settle();
    expect(t.gate.isHeld).toBe(true);
    expect(t.untaken).toBeGreaterThan(10_000);
  });

  it('is left after 64 MiB that it did not read', async () => {
    const t = new TestTunnel();
    const large = new Uint8Array(16 * 1024 * 1024);
    t.service.stall();
    for (let n = 0; n < 3; n++) t.send(large);
    await t.advance(10_000);
    expect([t.client.closes, t.tunnel.bytes.up < QUEUE.most]).toEqual([[], true]);
    t.send(large);
    await t.advance(10_000);
    expect([t.client.closes, t.service.closes]).toEqual([[[1011, 'service stalled']], 1]);
    await t.advance(10_000);
    expect([t.gate.isHeld, t.clock.pending]).toEqual([false, 0]);
  });

  it.each(['close', 'vanish'] as const)('does not keep the client from its %s', async (act) => {
    const t = new TestTunnel();
    t.service.stall();
    send(t, 20);
    await t.advance(20_000);
    t[act]();
    await t.advance(120_000);
    expect([t.gate.isHeld, t.ended, t.service.closes, t.clock.pending]).toEqual([false, 1, 1, 0]);
  });

  it('lets the client go when the service resets, or a limit ends the tunnel', async () => {
    for (const changes of [{}, { lifetimeMs: 500 }]) {
      const t = new TestTunnel(changes);
      t.service.stall();
      send(t, 20);
      await t.settle();
      expect(t.gate.isHeld).toBe(true);
      if (!changes.lifetimeMs) t.service.reset();
      await t.advance(12_000);
      expect([t.gate.isHeld, t.ended, t.service.closes, t.clock.pending]).toEqual([false, 1, 1, 0]);
    }
  });

  it('holds nobody back who alone can help: acknowledgements come behind the bytes', async () => {
    const t = new TestTunnel({ halfCloses: true, maxBufferedBytes: 10 });
    t.send('0');
    await t.settle();
    t.service.stall();
    t.service.say(numbered(11));
    send(t, 40);
    t.send('11');
    await t.settle();
    // The acknowledgement has come through; only what comes behind it is held back.
    expect(t.untaken).toBe(0);
    send(t, 1);
    await t.settle();
    expect([t.gate.isHeld, t.client.closes]).toEqual([true, []]);
  });
});

describe('a client that reads slowly', () => {
  it('is not sent more than may wait for it, where the runtime tells how much does', async () => {
    const t = new TestTunnel({ maxBufferedBytes: 1000 });
    t.client.bufferedAmount = 1000;
    t.service.say(bytes('a'));
    await t.settle();
    t.client.bufferedAmount = 1001;
    t.service.say(bytes('b'));
    await t.settle();
    t.service.say(bytes('c'));
    await t.advance(10_000);
    expect(t.tunnel.bytes.down).toBe(2);
    t.client.bufferedAmount = 1000;
    await t.advance(10);
    expect([t.tunnel.bytes.down, t.clock.pending]).toEqual([3, 0]);
  });

  it('is asked no more after the end', async () => {
    const t = new TestTunnel({ maxBufferedBytes: 1000 });
    t.client.bufferedAmount = 1001;
    t.service.say(bytes('a'));
    await t.settle();
    expect(t.clock.pending).toBe(1);
    t.vanish();
    await t.settle();
    expect(t.clock.pending).toBe(0);
  });
});
