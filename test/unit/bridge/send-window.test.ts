import { describe, expect, it } from 'vitest';
import { SendWindow } from '../../../src/bridge/send-window.ts';
import { ManualClock } from '../../support/gate.ts';

function create(socket: { bufferedAmount?: number } = {}) {
  const clock = new ManualClock();
  return { clock, socket, window: new SendWindow(socket, 100, clock.after) };
}

describe('a send window', () => {
  it('bounds nothing where neither the runtime nor the client says anything', () => {
    const { window } = create();
    expect([window.send(1000), window.send(1000), window.sent]).toEqual([undefined, undefined, 2000]);
  });

  it('bounds from the start where the client acknowledges nothing at once', async () => {
    const { window } = create();
    expect(window.acknowledge('0')).toBe(true);
    expect([window.send(100), window.needsAcknowledgement]).toEqual([undefined, false]);
    const room = window.send(1);
    expect([room instanceof Promise, window.needsAcknowledgement]).toEqual([true, true]);
    window.acknowledge('1');
    await room;
    expect(window.needsAcknowledgement).toBe(false);
  });

  it('goes by the runtime as well as by the client, and asks the runtime only where it can help', async () => {
    const { window, clock, socket } = create({ bufferedAmount: 101 });
    window.acknowledge('0');
    let isOpen = false;
    const room = Promise.resolve(window.send(101)).then(() => {
      isOpen = true;
    });
    expect(clock.pending).toBe(0);
    window.acknowledge('101');
    expect(clock.pending).toBe(1);
    clock.fire();
    await Promise.resolve();
    expect([isOpen, clock.time]).toEqual([false, 10]);
    socket.bufferedAmount = 100;
    clock.fire();
    await room;
    expect([isOpen, clock.pending, clock.time]).toEqual([true, 0, 20]);
  });

  it('keeps nobody waiting when it is shut', async () => {
    for (const socket of [{ bufferedAmount: 101 }, {}]) {
      const { window, clock } = create(socket);
      window.acknowledge('0');
      const room = window.send(101);
      window.shut();
      await room;
      expect([window.send(1000), clock.pending]).toEqual([undefined, 0]);
    }
  });
});
