import { describe, expect, it } from 'vitest';
import { StoredAlarm } from '../../../src/plugin/alarm.ts';
import { ManualPort } from '../../support/members.ts';
import { MemoryKeyValues } from '../../support/plugin-room.ts';

function createAlarm() {
  const [kept, port] = [new MemoryKeyValues(), new ManualPort()];
  /** As the room has it after a sleep, or a crash. */
  const wakeUp = () => new StoredAlarm(kept, port);
  return { port, wakeUp, alarm: wakeUp() };
}

describe('an alarm', () => {
  it('is set, moved and taken back, also across a sleep', () => {
    const { port, alarm, wakeUp } = createAlarm();
    expect(alarm.time).toBeNull();
    alarm.set(2000);
    expect([wakeUp().time, port.wakeUps]).toEqual([2000, [2000]]);
    wakeUp().set(3000);
    expect([alarm.time, port.wakeUps]).toEqual([3000, [2000, 3000]]);
    alarm.set(null);
    port.time = 5000;
    expect([wakeUp().time, wakeUp().begin()]).toEqual([null, false]);
  });

  it('that was moved asks again when the first time has come', () => {
    const { port, alarm } = createAlarm();
    alarm.set(2000);
    alarm.set(3000);
    port.time = 2000;
    expect([alarm.begin(), port.wakeUps]).toEqual([false, [2000, 3000, 3000]]);
    port.time = 3000;
    expect(alarm.begin()).toBe(true);
  });

  it('has no time while it rings, and may be set anew', () => {
    const { port, alarm } = createAlarm();
    alarm.set(0);
    expect([alarm.begin(), alarm.time]).toEqual([true, null]);
    alarm.set(500);
    alarm.end();
    expect([alarm.time, alarm.begin()]).toEqual([500, false]);
    port.time = 500;
    expect(alarm.begin()).toBe(true);
  });

  it('rings again where a crash broke it off, and not where it ended', () => {
    const { alarm, wakeUp } = createAlarm();
    alarm.set(0);
    alarm.begin();
    const after = wakeUp();
    expect(after.begin()).toBe(true);
    after.end();
    expect(wakeUp().begin()).toBe(false);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is not set for %s', (time) => {
    expect(() => createAlarm().alarm.set(time)).toThrow(RangeError);
  });
});
