import { beforeEach, describe, expect, it } from 'vitest';
import { Receipts } from '../../../../scripts/tunnel/receipts.ts';

const STEP = 256 * 1024;

let told: string[];
let later: (() => void)[];
let receipts: Receipts;

beforeEach(() => {
  told = [];
  later = [];
  receipts = new Receipts(
    (text) => told.push(text),
    (_, task) => later.push(task),
  );
});

/** Lets the delay be over. */
function wait(): void {
  for (const task of later.splice(0)) task();
}

describe('receipts', () => {
  it('begin with none', () => {
    expect(told).toEqual(['0']);
  });

  it('are told at once where there is much to tell', () => {
    receipts.add(STEP);
    receipts.add(2 * STEP);
    expect(told).toEqual(['0', `${STEP}`, `${3 * STEP}`]);
    expect(later).toEqual([]);
  });

  it('are told a little later where there is less, together', () => {
    receipts.add(1);
    receipts.add(2);
    expect(told).toEqual(['0']);
    wait();
    expect(told).toEqual(['0', '3']);
    receipts.add(4);
    wait();
    expect(told).toEqual(['0', '3', '7']);
  });

  it('are told once, where the rest was told with more', () => {
    receipts.add(STEP - 1);
    receipts.add(1);
    wait();
    expect(told).toEqual(['0', `${STEP}`]);
  });
});
