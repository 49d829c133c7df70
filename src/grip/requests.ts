import type { GripLimits } from '../config/grip.ts';
import { encodedLength, type WebSocketEvent } from './events.ts';
import { type Effect, fail, forgetQueue, type Problem, type Session, type SessionRequest } from './session.ts';

/** The events of the request that is to be made now; null for none. It is under way until its answer or its failure. */
export function takeRequest(session: Session, now: number): WebSocketEvent[] | null {
  if (session.request !== null) return takeRetry(session.request, now);
  if (!isDue(session, now)) return null;
  const events = takeEvents(session);
  session.request = { events, bytes: bytesOf(events), retries: 0, retryAt: null };
  session.refresh = false;
  return events;
}

function takeRetry(request: SessionRequest, now: number): WebSocketEvent[] | null {
  if (request.retryAt === null || now < request.retryAt) return null;
  request.retryAt = null;
  return request.events;
}

function isDue({ phase, client, queue, refresh, keepAliveAt }: Session, now: number): boolean {
  const waited = keepAliveAt !== null && now >= keepAliveAt;
  switch (phase) {
    case 'opening':
      // Asked again only where the first answer left it open, and then at the time it said.
      return client === 'gone' || keepAliveAt === null || waited;
    case 'open':
      return client === 'gone' || queue.length > 0 || refresh || waited;
    case 'detached':
      return queue.length > 0;
    case 'over':
      return false;
  }
}

function takeEvents(session: Session): WebSocketEvent[] {
  if (session.client === 'gone') return [{ type: 'DISCONNECT' }];
  if (session.phase === 'opening') return [{ type: 'OPEN' }];
  const { queue } = session;
  forgetQueue(session);
  return queue;
}

/** Whether a request was made that has neither been answered nor failed. */
export function isUnderWay({ request }: Session): boolean {
  return request !== null && request.retryAt === null;
}

/** When there is something to do next; null where it only depends on others. */
export function wakeAt({ request, keepAliveAt, idleAt }: Session): number | null {
  const times = [request === null ? keepAliveAt : request.retryAt, idleAt].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** Does what is due by itself. Requests are taken with `takeRequest`. */
export function wake(session: Session, now: number): Effect[] {
  const { idle, idleAt } = session;
  if (idle === null || idleAt === null || now < idleAt) return [];
  session.idleAt = now + idle.intervalMs;
  return [{ kind: 'send', message: idle.message }];
}

/** Makes a request due, whether there are events or not. */
export function onRefresh(session: Session): void {
  if (session.phase === 'open' && session.client === 'here') session.refresh = true;
}

/**
 * Takes the failure of the request under way. Only one that did not reach the application server is made again, and never
 * the one that opens: a client can ask again by itself. `random` gives numbers from 0 up to 1.
 */
export function onFailure(
  session: Session,
  problem: Extract<Problem, 'unreachable' | 'lost' | 'timeout'>,
  now: number,
  random: () => number,
  limits: GripLimits,
): Effect[] {
  const { request, phase } = session;
  if (request === null) return [];
  if (problem !== 'unreachable' || phase === 'opening' || request.retries >= limits.maxRetries)
    return fail(session, problem);
  request.retryAt = now + limits.retryMs * 2 ** request.retries + Math.floor(random() * limits.retryRandomMs);
  request.retries++;
  return [];
}

function bytesOf(events: readonly WebSocketEvent[]): number {
  return events.reduce((sum, event) => sum + encodedLength(event), 0);
}
