import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import * as rate from '../util/message-rate.ts';
import { messageBytes } from '../util/text.ts';
import type { Connection } from './connection.ts';
import type { Message } from './ports.ts';

/** Takes a message, and its bytes, out of what a member may still send; what it is over where it is. */
export function takeMessage(connection: Connection, message: Message, now: number): Disconnect | null {
  const excess = rate.takeMessage(connection.record.limits, connection, messageBytes(message), now);
  return excess === null ? null : DISCONNECTS[excess];
}

/** Takes so many messages out of what a member may still send; what it is over where it is. */
export function takeMessages(connection: Connection, count: number, now: number): Disconnect | null {
  return rate.takeMessages(connection.record.limits, connection, count, now) ? null : DISCONNECTS.messageRate;
}
