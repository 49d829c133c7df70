import { DEFAULT_GRIP_LIMITS, type GripLimits } from '../../../src/config/grip.ts';
import { EVENTS_TYPE, encodeEvents, type WebSocketEvent } from '../../../src/grip/events.ts';
import type { HeaderFields } from '../../../src/grip/headers.ts';
import { takeRequest } from '../../../src/grip/requests.ts';
import { type Answer, onResponse } from '../../../src/grip/response.ts';
import { createSession, type Effect, type Session } from '../../../src/grip/session.ts';

export const NOW = 1_800_000_000_000;
export const LIMITS = DEFAULT_GRIP_LIMITS;
export const GRIP = { 'Sec-WebSocket-Extensions': 'grip' };
export const KEEP_ALIVE = { ...GRIP, 'Keep-Alive-Interval': '20' };
export const OPEN: WebSocketEvent = { type: 'OPEN' };
export const DISCONNECT = { type: 'DISCONNECT' } as const;

export function text(content: string): WebSocketEvent {
  return { type: 'TEXT', text: content };
}

/** A control message. */
export function control(command: object): WebSocketEvent {
  return text(`c:${JSON.stringify(command)}`);
}

export function close(code: number | null = 1000, reason = ''): WebSocketEvent {
  return { type: 'CLOSE', code, reason };
}

/** An answer of an application server that speaks the protocol. */
export function answer(events: readonly WebSocketEvent[], headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: new Headers({ 'Content-Type': EVENTS_TYPE, ...headers }), body: encodeEvents(events) };
}

/** Asks for the request that is due, and has it answered. */
export function exchange(
  session: Session,
  given: Answer,
  now = NOW,
  limits: GripLimits = LIMITS,
): { events: WebSocketEvent[] | null; effects: Effect[] } {
  const events = takeRequest(session, now);
  return { events, effects: onResponse(session, given, now, limits) };
}

/** A session whose application server has let the client in, with these headers in its answer. */
export function opened(headers: Record<string, string> = GRIP, offered: HeaderFields = []): Session {
  const session = createSession('c1', 'https://app.example/', offered);
  exchange(session, answer([OPEN], headers));
  return session;
}
