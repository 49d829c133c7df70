import { describe, expect, it } from 'vitest';
import { Pause } from '../../../src/bridge/pause.ts';
import { ManualClock } from '../../support/gate.ts';

const KIB = 1024;

function create() {
  const clock = new ManualClock();
  let overs = 0;
  const pause = new Pause(clock.after, () => overs++);
  /** Messages of these sizes, none of which is written before the last one has come. */
  const burst = (...sizes: number[]) => {
    for (const size of sizes) pause.came(size);
    pause.drained();
  };
  /** Whether it lasts when such a message comes and so much waits. */
  const lasts = (size: number, waiting = size) => {
    pause.came(size);
    return pause.lasts(waiting);
  };
  return { clock, pause, burst, lasts, overs: () => overs };
}

describe('a pause', () => {
  it('lasts until as much has come as the last time', () => {
    const { burst, lasts, clock } = create();
    burst(16 * KIB, 16 * KIB, 16 * KIB);
    expect([lasts(16 * KIB), lasts(16 * KIB, 32 * KIB), lasts(16 * KIB, 48 * KIB)]).toEqual([true, true, false]);
    expect(clock.pending).toBe(0);
  });

  it('goes on for what comes while something else is written', () => {
    const { burst, lasts } = create();
    burst(48 * KIB);
    expect([lasts(2 * KIB), lasts(20 * KIB), lasts(25 * KIB, 45 * KIB), lasts(KIB, 46 * KIB)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('is not made by who has one message on its way, nor before anything is known', () => {
    const { burst, lasts } = create();
    expect(lasts(16 * KIB)).toBe(false);
    burst();
    for (let n = 0; n < 10; n++) {
      expect(lasts(16 * KIB)).toBe(false);
      burst();
    }
  });

  it.each([
    ['fewer than 4 KiB wait', 4 * KIB - 1, 4 * KIB],
    ['128 KiB wait', 128 * KIB, 128 * KIB - 1],
  ])('is not made where %s', (_, without, paused) => {
    const { burst, lasts } = create();
    burst(256 * KIB);
    expect([lasts(1, without), lasts(1, paused)]).toEqual([false, true]);
  });

  it('expects 512 KiB that have come without an end to go on', () => {
    const { pause, lasts } = create();
    for (const size of [512 * KIB - 1, 1]) {
      expect(pause.lasts(64 * KIB)).toBe(false);
      pause.came(size);
    }
    expect(lasts(16 * KIB, 64 * KIB)).toBe(true);
    expect(lasts(64 * KIB, 128 * KIB)).toBe(false);
    expect(lasts(16 * KIB)).toBe(true);
  });

  it('ends after a millisecond, and is left out 64 times then', () => {
    const { burst, lasts, pause, clock, overs } = create();
    burst(48 * KIB);
    expect(lasts(16 * KIB)).toBe(true);
    expect(clock.longest).toBe(1);
    clock.fire();
    expect(overs()).toBe(1);
    for (let n = 0; n < 64; n++) expect(pause.lasts(16 * KIB)).toBe(false);
    expect(pause.lasts(16 * KIB)).toBe(true);
  });

  it('can be ended, and tells nobody', () => {
    const { burst, lasts, pause, clock, overs } = create();
    burst(48 * KIB);
    lasts(16 * KIB);
    pause.end();
    expect([clock.pending, overs()]).toEqual([0, 0]);
  });
});
