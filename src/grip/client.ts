import type { GripLimits } from '../config/grip.ts';
import type { Message } from './control.ts';
import type { WebSocketEvent } from './events.ts';
import { type Effect, finish, forgetQueue, push, type Session, setIdle } from './session.ts';

/** Notes that the client got something, which puts off what it gets for being idle. */
export function onSent(session: Session, now: number): void {
  if (session.idle?.mode === 'idle') session.idleAt = now + session.idle.intervalMs;
}

/** Takes a message of the client. */
export function onClientMessage(session: Session, message: Message, { maxBufferBytes }: GripLimits): Effect[] {
  const listens = session.phase === 'opening' || session.phase === 'open';
  if (!listens || session.client !== 'here' || session.closeReceived) return [];
  const event: WebSocketEvent =
    typeof message === 'string' ? { type: 'TEXT', text: message } : { type: 'BINARY', bytes: message };
  push(session, event);
  if (session.queueBytes + (session.request?.bytes ?? 0) <= maxBufferBytes) return [];
  onClientGone(session);
  return [{ kind: 'fail', problem: 'buffer_full' }];
}

/** Takes the client's Close frame, or its answer to ours. Null for one without a code. */
export function onClientClose(session: Session, code: number | null, reason: string): Effect[] {
  if (session.phase === 'over' || session.client !== 'here') return [];
  session.client = 'closed';
  setIdle(session, null, 0);
  if (session.phase === 'detached') return finish(session, [{ kind: 'close', code: null, reason: '' }]);
  push(session, { type: 'CLOSE', code, reason });
  return [];
}

/**
 * Notes that the client is gone without a Close frame, or has given up before it was let in. The application server is told
 * so, unless it was never asked about this client, or has let it go.
 */
export function onClientGone(session: Session): void {
  if (session.phase === 'over' || session.client !== 'here') return;
  session.client = 'gone';
  setIdle(session, null, 0);
  const { phase, request, keepAliveAt } = session;
  const asked = phase === 'open' || (phase === 'opening' && (request !== null || keepAliveAt !== null));
  if (asked) forgetQueue(session);
  else finish(session, []);
}
