import { isToken, looseName, splitList } from '../util/header-list.ts';
import { paramOf, parseElements } from '../util/header-params.ts';
import { EVENTS_TYPE } from './events.ts';

/** Headers as plain data, so that they can be kept. Names are in lower case. */
export type HeaderFields = [name: string, value: string][];

/** What this router does of GRIP beside what every proxy does. Sessions, links and filters are not among it. */
const FEATURES = 'status';

/** About one hop (RFC 9110 section 7.6.1). */
const HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** About a body that is not passed on as it came. */
const BODY = ['content-encoding', 'content-length'];

/** What the router says itself to the application server, so that no client says it. */
const OURS = ['connection-id', 'host'];
const OUR_PREFIX = /^(?:meta|grip)-/;

/** The same where the request is about a WebSocket. */
const OURS_ABOUT_SOCKETS = ['accept', 'accept-encoding', 'content-type', 'expect', 'sec-websocket-extensions'];

/** What a response says to the router and not to the client. */
const FOR_US = /^(?:grip-|set-meta-|keep-alive-interval$|content-type$|sec-websocket-(?:accept|extensions|protocol)$)/;

/**
 * The headers of an upgrade that go with every request to the application server; null where they take more than
 * `maxBytes`, names and values together.
 */
export function replayedHeaders(headers: Headers, maxBytes: number): HeaderFields | null {
  const replayed = withoutOurs(headers, [...HOP, ...BODY, ...OURS, ...OURS_ABOUT_SOCKETS]);
  return fieldBytes(replayed) > maxBytes ? null : replayed;
}

/** The headers of a plain HTTP request as they go to the application server, so that no client passes for the router. */
export function proxiedHeaders(headers: Headers, signature: string | null): Headers {
  return sign(new Headers(withoutOurs(headers, [...HOP, ...OURS])), signature);
}

/** Names are taken loosely: `Meta_User` of a client must not pass for `Meta-User` of ours. */
function withoutOurs(headers: Headers, ours: readonly string[]): HeaderFields {
  const named = connectionNames(headers);
  return [...headers].filter(([name]) => {
    const loose = looseName(name);
    return !ours.includes(loose) && !OUR_PREFIX.test(loose) && !named.includes(name);
  });
}

/** What a request about a connection needs to know of it. */
export interface RequestState {
  id: string;
  headers: HeaderFields;
  meta: HeaderFields;
}

/** The headers of a request to the application server. `signature` is what `Grip-Sig` says; null for no such header. */
export function requestHeaders({ id, headers, meta }: RequestState, signature: string | null): Headers {
  const sent = new Headers(headers);
  sent.set('Accept', EVENTS_TYPE);
  sent.set('Content-Type', EVENTS_TYPE);
  sent.set('Connection-Id', id);
  sent.set('Sec-WebSocket-Extensions', 'grip');
  for (const [name, value] of meta) sent.set(`Meta-${name}`, value);
  return sign(sent, signature);
}

function sign(headers: Headers, signature: string | null): Headers {
  headers.set('Grip-Feature', FEATURES);
  if (signature !== null) headers.set('Grip-Sig', signature);
  return headers;
}

/** What a response changes in the meta: each `Set-Meta-<name>` sets one, and an empty value takes it away. */
export function applyMeta(meta: HeaderFields, headers: Headers): HeaderFields {
  const changes = [...headers].flatMap(([name, value]): HeaderFields => {
    const metaName = /^set-meta-(.+)$/.exec(name)?.[1];
    return metaName === undefined ? [] : [[metaName, value]];
  });
  const kept = meta.filter(([name]) => !changes.some(([changed]) => changed === name));
  return [...kept, ...changes.filter(([, value]) => value !== '')];
}

/** Bytes of all names and values. Each unit of a header's value is a byte. */
export function fieldBytes(fields: HeaderFields): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

/** The largest number of 32 bits with a sign: what is larger is no interval. */
const MAX_INTERVAL = 2 ** 31 - 1;

/**
 * The interval of keep-alives in milliseconds, as `Keep-Alive-Interval` has it in seconds: at least `minSeconds`, null for
 * none. Without the header it stays what it was; 0, less, and what is no whole number turn it off.
 */
export function keepAliveInterval(headers: Headers, before: number | null, minSeconds: number): number | null {
  const value = headers.get('Keep-Alive-Interval');
  if (value === null) return before;
  const seconds = /^\+?\d+$/.test(value) ? Number(value) : 0;
  return seconds > 0 && seconds <= MAX_INTERVAL ? Math.max(seconds, minSeconds) * 1000 : null;
}

/**
 * What the application server's messages to clients begin with, as its `grip` extension has it; null where it does not use
 * GRIP.
 */
export function messagePrefix(headers: Headers): string | null {
  const extensions = parseElements(headers.get('Sec-WebSocket-Extensions') ?? '');
  const grip = extensions?.find(({ value }) => value === 'grip');
  return grip === undefined ? null : (paramOf(grip, 'message-prefix') ?? 'm:');
}

/**
 * The subprotocol that the application server chose; null for none, undefined where it is not one that the client offered:
 * a client would not take that connection (RFC 6455 section 4.1).
 */
export function chosenSubprotocol(headers: Headers, offered: HeaderFields): string | null | undefined {
  const chosen = headers.get('Sec-WebSocket-Protocol');
  if (chosen === null) return null;
  const offer = offered.find(([name]) => name === 'sec-websocket-protocol')?.[1] ?? '';
  return isToken(chosen) && splitList(offer).includes(chosen) ? chosen : undefined;
}

/** The headers of a response of the application server that are for the client. */
export function clientHeaders(headers: Headers): HeaderFields {
  const named = connectionNames(headers);
  const ours = [...HOP, ...BODY, ...named];
  return [...headers].filter(([name]) => !ours.includes(name) && !FOR_US.test(name));
}

/** The headers of a refusal of the application server, or of an answer to a plain request, that are for the client. */
export function answerHeaders(headers: Headers): HeaderFields {
  const type = headers.get('Content-Type');
  return type === null ? clientHeaders(headers) : [...clientHeaders(headers), ['content-type', type]];
}

/** The headers that `Connection` says are about this hop only. */
function connectionNames(headers: Headers): string[] {
  return splitList(headers.get('Connection') ?? '').map((name) => name.toLowerCase());
}
