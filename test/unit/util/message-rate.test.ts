import { expect, it } from 'vitest';
import { takeMessage, takeMessages } from '../../../src/util/message-rate.ts';
import { fullBucket } from '../../../src/util/token-bucket.ts';

const LIMITS = { maxMessageBytes: 10, messagesPerSecond: 1, messageBurst: 2, bytesPerSecond: 1 };
const full = () => ({ messages: fullBucket(2, 0), bytes: fullBucket(10, 0) });

it('takes a message at its limit, and none over it', () => {
  expect(takeMessage(LIMITS, full(), 10, 0)).toBeNull();
  expect(takeMessage(LIMITS, full(), 11, 0)).toBe('messageTooBig');
});

it('takes a burst of messages, then as many as come back with time', () => {
  const allowance = full();
  const took = [0, 0, 0, 999, 1000].map((now) => takeMessage(LIMITS, allowance, 0, now));
  expect(took).toEqual([null, null, 'messageRate', 'messageRate', null]);
});

it('takes ten seconds of bytes at once', () => {
  const allowance = full();
  expect(takeMessage(LIMITS, allowance, 10, 0)).toBeNull();
  expect(takeMessage(LIMITS, allowance, 1, 0)).toBe('byteRate');
});

it('takes several messages or none', () => {
  const allowance = full();
  expect([takeMessages(LIMITS, allowance, 3, 0), takeMessages(LIMITS, allowance, 2, 0)]).toEqual([false, true]);
});
