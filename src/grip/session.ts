/**
 * One client's WebSocket as its application server sees it: a row of requests, one at a time.
 *
 * The functions here and in client.ts, requests.ts and response.ts do no I/O. They change the session that they are given,
 * which is plain data and may be stored and read again between any two of them, and return what is to be done. Whoever
 * drives a session asks `takeRequest` for a request after each of them, and calls `wake` and `takeRequest` at the time that
 * `wakeAt` says. A request that was under way when its object died is `lost` (`onFailure`). Times are in milliseconds since
 * 1970.
 *
 * The rules are those of https://pushpin.org/docs/protocols/websocket-over-http/, and where it is silent, Pushpin's.
 */
import type { DropReason, IdleMessage, Message } from './control.ts';
import { encodedLength, type WebSocketEvent } from './events.ts';
import type { HeaderFields } from './headers.ts';

export interface Session {
  version: typeof SESSION_VERSION;
  /** What `Connection-Id` says. */
  id: string;
  /** Where its requests go. */
  url: string;
  /** The client's headers that go with every request. */
  headers: HeaderFields;
  /** What the application server keeps with us. */
  meta: HeaderFields;
  /**
   * - `opening`: the client waits for the answer to its upgrade;
   * - `detached`: it only listens, and the application server hears no more of it;
   * - `over`: there is nothing left to do.
   */
  phase: 'opening' | 'open' | 'detached' | 'over';
  /** What messages to the client begin with; null where the application server does not use GRIP. */
  prefix: string | null;
  /** Whether the client is there, has closed, or is gone without that. */
  client: 'here' | 'closed' | 'gone';
  /** Whether the application server was told of the close, and whether it has closed. */
  closeSent: boolean;
  closeReceived: boolean;
  /** What waits for the next request, and its bytes in it. */
  queue: WebSocketEvent[];
  queueBytes: number;
  /** Whether a request is due even without events. */
  refresh: boolean;
  /** The one request that is under way, or waits to be sent again. */
  request: SessionRequest | null;
  /** Null for none. */
  keepAliveMs: number | null;
  keepAliveAt: number | null;
  /** What an idle client gets, and when. */
  idle: IdleMessage | null;
  idleAt: number | null;
}

export interface SessionRequest {
  events: WebSocketEvent[];
  bytes: number;
  retries: number;
  /** Null while it is under way. */
  retryAt: number | null;
}

/** Raised when the session changes: one that slept through a deploy may be older. */
export const SESSION_VERSION = 1;

/** Why a connection ends that nobody closed. Before it is open the client gets an HTTP error for it. */
export type Problem =
  /** No connection to the application server was made; it broke; no answer came in time. */
  | 'unreachable'
  | 'lost'
  | 'timeout'
  /** The answer is another status or type, no sequence of events, or too large. */
  | 'bad_answer'
  | 'malformed'
  | 'too_large'
  /** The first answer does not begin with OPEN, or a later one has one. */
  | 'no_open'
  | 'second_open'
  /** A subprotocol that was not offered. */
  | 'subprotocol'
  | 'meta_too_large'
  /** The application server does not know the connection. */
  | 'disconnected'
  /** The client sends faster than the application server takes it. */
  | 'buffer_full'
  /** It put the connection on more channels than can be kept. */
  | 'too_many_channels';

export type Effect =
  /** Answer the upgrade with 101. */
  | { kind: 'accept'; subprotocol: string | null; headers: HeaderFields }
  /** Answer the upgrade with what the application server said. */
  | { kind: 'refuse'; status: number; headers: HeaderFields; body: Uint8Array }
  /** Answer the upgrade with an error, or close the connection. */
  | { kind: 'fail'; problem: Problem }
  | { kind: 'send'; message: Message }
  | { kind: 'subscribe' | 'unsubscribe'; channel: string }
  /** Close the connection, or answer the client's close. The code is as it came, null for none. */
  | { kind: 'close'; code: number | null; reason: string }
  /** Nothing to do: for the log. */
  | { kind: 'dropped'; reason: DropReason };

export function createSession(id: string, url: string, headers: HeaderFields): Session {
  return {
    version: SESSION_VERSION,
    id,
    url,
    headers,
    meta: [],
    phase: 'opening',
    prefix: null,
    client: 'here',
    closeSent: false,
    closeReceived: false,
    queue: [],
    queueBytes: 0,
    refresh: false,
    request: null,
    keepAliveMs: null,
    keepAliveAt: null,
    idle: null,
    idleAt: null,
  };
}

/** Ends the session because of a problem, and says what its client gets for that. */
export function fail(session: Session, problem: Problem): Effect[] {
  session.request = null;
  // A client that only listens does not need the application server.
  if (session.phase === 'detached') return [];
  switch (session.client) {
    case 'here':
      return finish(session, [{ kind: 'fail', problem }]);
    case 'closed':
      return finish(session, session.closeReceived ? [] : [{ kind: 'close', code: null, reason: '' }]);
    case 'gone':
      return finish(session, []);
  }
}

/** Ends the session; what is left to do for it are the effects. */
export function finish(session: Session, effects: Effect[]): Effect[] {
  forgetQueue(session);
  setIdle(session, null, 0);
  session.phase = 'over';
  session.request = null;
  session.keepAliveAt = null;
  return effects;
}

export function setIdle(session: Session, idle: IdleMessage | null, now: number): void {
  session.idle = idle;
  session.idleAt = idle && now + idle.intervalMs;
}

export function push(session: Session, event: WebSocketEvent): void {
  session.queue.push(event);
  session.queueBytes += encodedLength(event);
}

export function forgetQueue(session: Session): void {
  session.queue = [];
  session.queueBytes = 0;
}
