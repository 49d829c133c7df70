import { MAX_REASON_BYTES } from '../util/close.ts';
import { cutUtf8, utf8Length } from '../util/text.ts';

/** The media type of a sequence of events. Compared as a whole: with parameters it is another one. */
export const EVENTS_TYPE = 'application/websocket-events';

/**
 * What the router and the application server tell each other of a WebSocket, in the bodies of requests and responses
 * (https://pushpin.org/docs/protocols/websocket-over-http/).
 */
export type WebSocketEvent =
  | { type: 'OPEN' }
  | { type: 'TEXT'; text: string }
  | { type: 'BINARY'; bytes: Uint8Array }
  | { type: 'PING' | 'PONG'; bytes: Uint8Array }
  /** Null for a Close frame without a code. */
  | { type: 'CLOSE'; code: number | null; reason: string }
  /** The connection ended without a closing handshake, or is not known. */
  | { type: 'DISCONNECT' };

/** Where a body stops being a sequence of events, as an offset in bytes, and why. */
export interface MalformedEvents {
  at: number;
  problem: string;
}

const CR = 0x0d;
const LF = 0x0a;
const LINE_END = Uint8Array.of(CR, LF);
const NOTHING = new Uint8Array(0);

/** A type, and the length of the content in hexadecimal digits: `TEXT 10` has 16 bytes. */
const HEAD = /^([A-Z]{1,32})(?: ([0-9A-Fa-f]{1,8}))?$/;
/** Longer than any line that fits `HEAD`. */
const MAX_HEAD_BYTES = 48;

const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/**
 * The events in a whole body. Types that are not known are left out, and so are empty lines, which the protocol's own
 * examples have behind `OPEN`.
 */
export function decodeEvents(body: Uint8Array): WebSocketEvent[] | MalformedEvents {
  const events: WebSocketEvent[] = [];
  let at = 0;
  while (at < body.length) {
    const read = readEvent(body, at);
    if ('problem' in read) return read;
    if (read.event !== null) events.push(read.event);
    at = read.end;
  }
  return events;
}

type Read = { event: WebSocketEvent | null; end: number };

function readEvent(body: Uint8Array, at: number): Read | MalformedEvents {
  const lineEnd = findLineEnd(body, at);
  if (lineEnd === -1) return { at, problem: 'a line has no end, or is too long' };
  const start = lineEnd + 2;
  if (lineEnd === at) return { event: null, end: start };
  const [, type, length] = HEAD.exec(ascii(body.subarray(at, lineEnd))) ?? [];
  if (type === undefined) return { at, problem: 'a line is not a type and a hexadecimal length' };
  if (length === undefined) return { event: toEvent(type, NOTHING), end: start };
  const end = start + Number.parseInt(length, 16);
  if (end + 2 > body.length) return { at: start, problem: 'a content is cut short' };
  if (!isLineEnd(body, end)) return { at: end, problem: 'a content is not as long as it says' };
  return readContent(type, body.slice(start, end), start, end + 2);
}

function readContent(type: string, content: Uint8Array, at: number, end: number): Read | MalformedEvents {
  try {
    return { event: toEvent(type, content), end };
  } catch {
    // What the decoder of UTF-8 throws: a client would close on such a text (RFC 6455 section 8.1).
    return { at, problem: 'a text is not UTF-8' };
  }
}

/** @throws TypeError for a text that is not UTF-8 */
function toEvent(type: string, content: Uint8Array): WebSocketEvent | null {
  switch (type) {
    case 'OPEN':
    case 'DISCONNECT':
      return { type };
    case 'TEXT':
      return { type, text: utf8.decode(content) };
    case 'BINARY':
    case 'PING':
    case 'PONG':
      return { type, bytes: content };
    case 'CLOSE':
      return toClose(content);
    default:
      return null;
  }
}

function toClose(content: Uint8Array): WebSocketEvent {
  const [high, low] = content;
  if (high === undefined || low === undefined) return { type: 'CLOSE', code: null, reason: '' };
  return { type: 'CLOSE', code: high * 256 + low, reason: lenientUtf8.decode(content.subarray(2)) };
}

/** The body that tells these events. */
export function encodeEvents(events: readonly WebSocketEvent[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(events.reduce((sum, event) => sum + encodedLength(event), 0));
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    body.set(bytes, at);
    at += bytes.length;
  };
  for (const event of events) {
    const content = contentOf(event);
    put(encoder.encode(headOf(event.type, content?.length ?? null)));
    if (content === null) continue;
    put(content);
    put(LINE_END);
  }
  return body;
}

/** Bytes that an event takes in a body. */
export function encodedLength(event: WebSocketEvent): number {
  const length = event.type === 'TEXT' ? utf8Length(event.text) : (contentOf(event)?.length ?? null);
  return headOf(event.type, length).length + (length === null ? 0 : length + LINE_END.length);
}

function headOf(type: string, length: number | null): string {
  return length === null ? `${type}\r\n` : `${type} ${length.toString(16)}\r\n`;
}

function contentOf(event: WebSocketEvent): Uint8Array | null {
  switch (event.type) {
    case 'OPEN':
    case 'DISCONNECT':
      return null;
    case 'TEXT':
      return encoder.encode(event.text);
    case 'BINARY':
      return event.bytes;
    case 'PING':
    case 'PONG':
      return event.bytes.length === 0 ? null : event.bytes;
    case 'CLOSE':
      return event.code === null ? null : closeContent(event.code, event.reason);
  }
}

function closeContent(code: number, reason: string): Uint8Array {
  return Uint8Array.of(code >> 8, code & 0xff, ...encoder.encode(cutUtf8(reason, MAX_REASON_BYTES)));
}

/** Where the line that begins at `at` ends; -1 where it doesn't, or only beyond the longest head. */
function findLineEnd(body: Uint8Array, at: number): number {
  const last = Math.min(body.length - 1, at + MAX_HEAD_BYTES);
  for (let index = at; index < last; index++) {
    if (isLineEnd(body, index)) return index;
  }
  return -1;
}

function isLineEnd(body: Uint8Array, at: number): boolean {
  return body[at] === CR && body[at + 1] === LF;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
