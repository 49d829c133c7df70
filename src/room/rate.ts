import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import { utf8Length } from '../util/text.ts';
import { takeToken } from '../util/token-bucket.ts';
import type { Connection } from './connection.ts';
import type { Message } from './ports.ts';

/** Takes a message, and its bytes, out of what a member may still send; what it is over where it is. */
export function takeMessage(connection: Connection, message: Message, now: number): Disconnect | null {
  const { limits } = connection.record;
  const size = typeof message === 'string' ? utf8Length(message) : message.byteLength;
  if (size > limits.maxMessageBytes) return DISCONNECTS.messageTooBig;
  return takeMessages(connection, 1, now) ?? takeBytes(connection, size, now);
}

/** Takes so many messages out of what a member may still send; what it is over where it is. */
export function takeMessages({ record: { limits }, messages }: Connection, count: number, now: number) {
  const within = takeToken(messages, limits.messageBurst, limits.messagesPerSecond, now, count);
  return within ? null : DISCONNECTS.messageRate;
}

function takeBytes({ record: { limits }, bytes }: Connection, size: number, now: number): Disconnect | null {
  const within = takeToken(bytes, 10 * limits.bytesPerSecond, limits.bytesPerSecond, now, size);
  return within ? null : DISCONNECTS.byteRate;
}
