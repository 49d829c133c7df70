import { describe, expect, it } from 'vitest';
import {
  DEFAULT_ROOM_ORIGIN,
  MAX_QUEUED_MESSAGE_BYTES,
  MAX_ROOM_ORIGIN,
  QUEUED_OVERHEAD,
} from '../../../../src/config/room-origin.ts';
import { OriginQueue } from '../../../../src/room/origin/queue.ts';
import { MemoryKeyValues } from '../../../support/manual-origin.ts';

const OVER = QUEUED_OVERHEAD;

describe('a queue', () => {
  it('gives back what it took, text and bytes, in its order, and once', () => {
    const queue = new OriginQueue(new MemoryKeyValues(), DEFAULT_ROOM_ORIGIN.maxQueuedBytes);
    const messages = Array.from({ length: 12 }, (_, i) => (i % 2 ? `${i}` : new Uint8Array([i]).buffer));
    for (const message of ['', ...messages]) expect(queue.add(message)).toBe(true);
    expect(queue.takeAll()).toEqual(['', ...messages]);
    expect([queue.isEmpty, queue.takeAll()]).toEqual([true, []]);
  });

  it('outlasts its object: what waits, how much that is, and what comes after it', () => {
    const kept = new MemoryKeyValues();
    new OriginQueue(kept, 2 * OVER + 2).add('a');
    const queue = new OriginQueue(kept, 2 * OVER + 2);
    expect([queue.isEmpty, queue.add('b'), queue.add('c')]).toEqual([false, true, false]);
    expect(new OriginQueue(kept, 1).takeAll()).toEqual(['a', 'b']);
    expect(kept.values.size).toBe(0);
  });

  it.each([
    ['é', 2 + OVER],
    [new ArrayBuffer(3), 3 + OVER],
    ['', OVER],
  ])('takes %j where there is just enough room, and not where there is a byte less', (message, size) => {
    expect(new OriginQueue(new MemoryKeyValues(), size).add(message)).toBe(true);
    expect(new OriginQueue(new MemoryKeyValues(), size - 1).add(message)).toBe(false);
  });

  it('takes a small message where a larger one had no room', () => {
    const queue = new OriginQueue(new MemoryKeyValues(), 2 * OVER + 2);
    expect([queue.add('a'), queue.add('bc'), queue.add('d')]).toEqual([true, false, true]);
    expect(queue.takeAll()).toEqual(['a', 'd']);
    expect(queue.add('ab')).toBe(true);
  });

  it('holds a mebibyte unless said otherwise', () => {
    const { maxQueuedBytes } = DEFAULT_ROOM_ORIGIN;
    const fill = 'x'.repeat(maxQueuedBytes - OVER);
    expect(new OriginQueue(new MemoryKeyValues(), maxQueuedBytes).add(fill)).toBe(true);
    expect(new OriginQueue(new MemoryKeyValues(), maxQueuedBytes).add(`${fill}x`)).toBe(false);
  });

  it('takes no single message that storage would not take', () => {
    const queue = new OriginQueue(new MemoryKeyValues(), MAX_ROOM_ORIGIN.maxQueuedBytes);
    expect(queue.add('x'.repeat(MAX_QUEUED_MESSAGE_BYTES - OVER + 1))).toBe(false);
    expect(queue.add('x'.repeat(MAX_QUEUED_MESSAGE_BYTES - OVER))).toBe(true);
  });
});
