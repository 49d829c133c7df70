import { describe, expect, it } from 'vitest';
import { Brake } from '../../../src/bridge/brake.ts';
import { Gate } from '../../support/gate.ts';

function create(load = { isFull: true }) {
  const gate = new Gate();
  const { after } = gate.clock;
  return { gate, load, brake: new Brake({ after, holdBack: gate.holdBack }, () => load.isFull) };
}

describe('a brake', () => {
  it('holds in turns, each twice as long as the one before, up to five seconds', async () => {
    const { gate, brake } = create();
    void brake.pull();
    await gate.advance(25_000);
    expect(gate.holdLengths).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 5000, 5000, 5000]);
  });

  it('begins anew with short turns', async () => {
    const { gate, brake, load } = create();
    void brake.pull();
    await gate.advance(100);
    load.isFull = false;
    brake.notice();
    await gate.settle();
    expect([gate.isHeld, gate.clock.pending]).toEqual([false, 0]);
    gate.holdLengths.length = 0;
    load.isFull = true;
    void brake.pull();
    await gate.advance(3);
    expect(gate.holdLengths).toEqual([1, 2]);
  });

  it('lets one thing in between two turns', async () => {
    const { gate, brake } = create();
    const seen: number[] = [];
    for (const n of [1, 2, 3, 4]) {
      gate.enter(() => {
        seen.push(n);
        brake.notice();
      });
    }
    void brake.pull();
    await gate.settle();
    expect([seen, gate.holds]).toEqual([[], 1]);
    await gate.advance(1);
    expect([seen, gate.holds]).toEqual([[1], 2]);
    await gate.advance(2);
    expect([seen, gate.holds]).toEqual([[1, 2], 3]);
  });

  it('ends its turn as soon as little waits', async () => {
    const { gate, brake, load } = create();
    void brake.pull();
    await gate.advance(200);
    const before = gate.clock.time;
    brake.notice();
    await gate.settle();
    expect(gate.isHeld).toBe(true);
    load.isFull = false;
    brake.notice();
    await gate.settle();
    expect([gate.isHeld, gate.clock.time - before, gate.clock.pending]).toEqual([false, 0, 0]);
  });

  it('begins nothing between two turns, and what was to begin as the next one begins, once', async () => {
    const { gate, brake } = create();
    const begun: boolean[] = [];
    const task = () => begun.push(gate.isHeld);
    brake.begin(task);
    void brake.pull();
    await gate.settle();
    brake.begin(task);
    expect(begun).toEqual([false, true]);
    gate.enter(() => {
      brake.begin(task);
      brake.begin(task);
      expect(begun.length).toBe(2);
      brake.notice();
    });
    await gate.advance(1);
    expect(begun).toEqual([false, true, true]);
  });

  it('begins what was to begin also where no turn follows', async () => {
    const { gate, brake, load } = create();
    const begun: boolean[] = [];
    void brake.pull();
    await gate.settle();
    gate.enter(() => {
      brake.begin(() => begun.push(gate.isHeld));
      load.isFull = false;
      brake.notice();
    });
    await gate.advance(1);
    expect([begun, gate.holds]).toEqual([[false], 1]);
  });

  it('holds once, however often it is pulled', async () => {
    const { gate, brake } = create();
    for (let n = 0; n < 3; n++) void brake.pull();
    await gate.advance(3);
    expect(gate.holdLengths).toEqual([1, 2]);
  });

  it('does nothing where little waits', async () => {
    const { gate, brake } = create({ isFull: false });
    void brake.pull();
    brake.notice();
    await gate.settle();
    expect([gate.holds, gate.clock.pending]).toEqual([0, 0]);
  });
});
