import type { GripLimits } from '../config/grip.ts';
import { utf8Length } from '../util/text.ts';
import { onSent } from './client.ts';
import { type ControlCommand, type Message, readMessage } from './control.ts';
import { decodeEvents, EVENTS_TYPE, type WebSocketEvent } from './events.ts';
import {
  answerHeaders,
  applyMeta,
  chosenSubprotocol,
  clientHeaders,
  fieldBytes,
  keepAliveInterval,
  messagePrefix,
} from './headers.ts';
import { type Effect, fail, finish, push, type Session, type SessionRequest, setIdle } from './session.ts';

/** What the application server answered, read up to one byte more than `maxResponseBytes`. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Takes the answer to the request under way. */
export function onResponse(session: Session, answer: Answer, now: number, limits: GripLimits): Effect[] {
  const { request } = session;
  if (request === null) return [];
  session.request = null;
  // Who is detached or gone was told so by this request, or will be by the next.
  if (session.phase === 'detached') return [];
  if (request.events[0]?.type === 'DISCONNECT') return finish(session, []);
  const events = readAnswer(session, answer, limits);
  if (events === null) return refuse(session, answer, limits);
  if (typeof events === 'string') return fail(session, events);
  const opened = session.phase === 'opening' ? open(session, events, answer.headers) : [];
  const effects = [...opened, ...takeAll(session, events, now, limits)];
  return settle(session, request, effects, now);
}

/** The events of an answer, what is wrong with it, or null where it refuses the connection. */
function readAnswer(session: Session, { status, headers, body }: Answer, limits: GripLimits) {
  if (body.length > limits.maxResponseBytes) return 'too_large';
  if (status !== 200 || headers.get('Content-Type') !== EVENTS_TYPE)
    return session.phase === 'opening' ? null : 'bad_answer';
  const events = decodeEvents(body);
  if (!Array.isArray(events)) return 'malformed';
  session.keepAliveMs = keepAliveInterval(headers, session.keepAliveMs, limits.minKeepAliveSeconds);
  session.meta = applyMeta(session.meta, headers);
  return fieldBytes(session.meta) > limits.maxMetaBytes ? 'meta_too_large' : events;
}

function refuse(session: Session, { status, headers, body }: Answer, limits: GripLimits): Effect[] {
  if (session.client !== 'here') return finish(session, []);
  const shown = body.subarray(0, limits.maxRejectionBytes);
  return finish(session, [{ kind: 'refuse', status, headers: answerHeaders(headers), body: shown }]);
}

/** Takes the OPEN off the events, if it is there. Without any events the application server takes its time. */
function open(session: Session, events: WebSocketEvent[], headers: Headers): Effect[] {
  const first = events.shift();
  if (first === undefined && session.keepAliveMs !== null) return [];
  if (first?.type !== 'OPEN') return fail(session, 'no_open');
  const subprotocol = chosenSubprotocol(headers, session.headers);
  if (subprotocol === undefined) return fail(session, 'subprotocol');
  session.phase = 'open';
  session.prefix = messagePrefix(headers);
  return session.client === 'here' ? [{ kind: 'accept', subprotocol, headers: clientHeaders(headers) }] : [];
}

function takeAll(session: Session, events: WebSocketEvent[], now: number, limits: GripLimits): Effect[] {
  const effects: Effect[] = [];
  for (const event of events) {
    // What comes behind a close or a failure is for nobody.
    if (session.phase === 'over' || session.closeReceived) break;
    effects.push(...takeEvent(session, event, now, limits));
  }
  return effects;
}

function takeEvent(session: Session, event: WebSocketEvent, now: number, limits: GripLimits): Effect[] {
  switch (event.type) {
    case 'OPEN':
      return fail(session, 'second_open');
    case 'TEXT':
      return takeMessage(session, event.text, now, limits);
    case 'BINARY':
      return takeMessage(session, event.bytes, now, limits);
    case 'PING':
    case 'PONG':
      return [{ kind: 'dropped', reason: 'control_frame' }];
    case 'CLOSE':
      session.closeReceived = true;
      setIdle(session, null, now);
      return session.client === 'gone' ? [] : [{ kind: 'close', code: event.code, reason: event.reason }];
    case 'DISCONNECT':
      return fail(session, 'disconnected');
  }
}

function takeMessage(session: Session, message: Message, now: number, limits: GripLimits): Effect[] {
  if (session.client !== 'here') return [];
  const meaning = readMessage(message, session.prefix);
  switch (meaning.kind) {
    case 'message':
      onSent(session, now);
      return [{ kind: 'send', message: meaning.message }];
    case 'control':
      return obey(session, meaning.command, now, limits);
    case 'dropped':
      return [meaning];
  }
}

function obey(session: Session, command: ControlCommand, now: number, limits: GripLimits): Effect[] {
  switch (command.type) {
    case 'subscribe':
    case 'unsubscribe':
      return [{ kind: command.type, channel: command.channel }];
    case 'detach':
      return detach(session);
    case 'keep-alive':
      return keepIdle(session, command, now, limits);
  }
}

/** To the application server it looks as if the client had closed. */
function detach(session: Session): Effect[] {
  if (session.phase !== 'open') return [];
  session.phase = 'detached';
  session.keepAliveMs = null;
  push(session, { type: 'CLOSE', code: null, reason: '' });
  return [];
}

function keepIdle(
  session: Session,
  { idle }: Extract<ControlCommand, { type: 'keep-alive' }>,
  now: number,
  limits: GripLimits,
): Effect[] {
  if (idle !== null && byteLength(idle.message) > limits.maxIdleMessageBytes)
    return [{ kind: 'dropped', reason: 'too_large' }];
  setIdle(session, idle, now);
  return [];
}

function byteLength(message: Message): number {
  return typeof message === 'string' ? utf8Length(message) : message.length;
}

/** Ends the session where both sides have closed; else sets the time of the next keep-alive. */
function settle(session: Session, request: SessionRequest, effects: Effect[], now: number): Effect[] {
  if (session.phase === 'over') return effects;
  session.closeSent ||= request.events.some(({ type }) => type === 'CLOSE');
  if (session.closeSent && session.closeReceived) return finish(session, effects);
  // Without keep-alives the application server has one chance to answer a close.
  if (session.closeSent && session.keepAliveMs === null)
    return finish(session, [...effects, { kind: 'close', code: null, reason: '' }]);
  session.keepAliveAt = session.keepAliveMs === null ? null : now + session.keepAliveMs;
  return effects;
}
