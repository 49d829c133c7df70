import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import { takeMessage, takeMessages } from '../util/message-rate.ts';
import { messageBytes } from '../util/text.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import type { Message } from './ports.ts';

/** Whether a message of a member is within its limits. One that is not costs what the limits say. */
export function takes(hub: Hub, connection: Connection, message: Message): boolean {
  // What a member sent before it learnt that it is closed.
  if (!connection.open) return false;
  const { expiresAt, limits } = connection.record;
  const now = hub.now();
  if (expiresAt !== null && expiresAt <= now) return refuse(hub, connection, DISCONNECTS.expired);
  const excess = takeMessage(limits, connection, messageBytes(message), now);
  return excess === null || punish(hub, connection, DISCONNECTS[excess]);
}

/** Counts what a member asks for beyond its message itself, in messages: it is within its rate, or costs what that says. */
export function charge(hub: Hub, connection: Connection, messages: number): boolean {
  const isWithin = takeMessages(connection.record.limits, connection, messages, hub.now());
  return isWithin || punish(hub, connection, DISCONNECTS.messageRate);
}

/** A message that is too big is never dropped quietly: its sender would send it again. */
function punish(hub: Hub, connection: Connection, excess: Disconnect): false {
  const closes = connection.record.limits.overRate === 'close' || excess === DISCONNECTS.messageTooBig;
  return closes && refuse(hub, connection, excess);
}

function refuse(hub: Hub, connection: Connection, disconnect: Disconnect): false {
  hub.disconnect(connection, disconnect);
  return false;
}
