import { type TokenBucket, takeToken } from './token-bucket.ts';

/** What a connection may send: see `Limits`. */
interface MessageLimits {
  maxMessageBytes: number;
  messagesPerSecond: number;
  messageBurst: number;
  bytesPerSecond: number;
}

/** What is left of what a connection may send, in messages and in bytes. */
interface Allowance {
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
}

/** Which limit a message is over; each has its `Disconnect`. */
export type Excess = 'messageTooBig' | 'messageRate' | 'byteRate';

/** Takes a message of `size` bytes out of what a connection may still send; what it is over where it is. */
export function takeMessage(limits: MessageLimits, allowance: Allowance, size: number, now: number): Excess | null {
  if (size > limits.maxMessageBytes) return 'messageTooBig';
  if (!takeMessages(limits, allowance, 1, now)) return 'messageRate';
  const within = takeToken(allowance.bytes, 10 * limits.bytesPerSecond, limits.bytesPerSecond, now, size);
  return within ? null : 'byteRate';
}

/** Takes so many messages; false where there are fewer left. */
export function takeMessages(limits: MessageLimits, { messages }: Allowance, count: number, now: number): boolean {
  return takeToken(messages, limits.messageBurst, limits.messagesPerSecond, now, count);
}
