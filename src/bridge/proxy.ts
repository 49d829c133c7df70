/** What of a request goes on to a WebSocket origin, and which of its answers go back. */
import type { ResolvedProxy } from '../config/bridge.ts';
import { type ErrorCode, Rejected } from '../config/errors.ts';
import { sameText } from '../config/match.ts';
import { setForwarded } from '../util/forwarded.ts';
import { looseName } from '../util/header-list.ts';
import { removeHopByHop } from '../util/hop-by-hop.ts';
import { decodeSegment } from '../util/text.ts';

/** A request that the ladder let through. */
export interface Passage {
  request: Request;
  /** Its headers and its URL, without what the origin may not see of the client's credential. */
  headers: Headers;
  url: URL;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
  /** The subprotocols that the origin may choose from. */
  offer: readonly string[];
  /** The header that tells the origin who asks it. */
  secret: { header: string; value: string } | null;
}

type Rewrite = ResolvedProxy['rewrite'];

/** Where a request goes at an upstream: the path of the upstream's own URL, then that of the request, and its query. */
export function urlAt(upstream: string, rewrite: Rewrite, { pathname, search }: URL): URL {
  // Not resolved against the upstream: a path that begins with `//` would name another host.
  const url = new URL(upstream);
  url.pathname = withoutSlash(url.pathname) + rewritten(pathname, rewrite);
  url.search = search;
  return url;
}

/** Another head for a path that has the one that is to be rewritten; the rest stays as it was written. */
function rewritten(pathname: string, rewrite: Rewrite): string {
  const path = pathname.slice(1).split('/');
  const head = withoutSlash(rewrite?.from ?? '')
    .split('/')
    .slice(1);
  if (rewrite === null || !head.every((text, i) => sameText(decodeSegment(text) ?? text, path[i] ?? '')))
    return pathname;
  const rest = path.slice(head.length);
  return rest.length === 0 ? rewrite.to : `${withoutSlash(rewrite.to)}/${rest.join('/')}`;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The upgrade that an upstream gets. The runtime adds a key of its own, and the version. */
export function upgradeAt(upstream: string, rewrite: Rewrite, passage: Passage): Request {
  const headers = new Headers(passage.headers);
  carry(headers, passage);
  headers.delete('Content-Length');
  headers.set('Upgrade', 'websocket');
  const extensions = passage.request.headers.get('Sec-WebSocket-Extensions');
  if (extensions !== null) headers.set('Sec-WebSocket-Extensions', extensions);
  if (passage.offer.length > 0) headers.set('Sec-WebSocket-Protocol', passage.offer.join(', '));
  return new Request(urlAt(upstream, rewrite, passage.url), { headers, redirect: 'manual' });
}

/** The request that an upstream gets where the client's is no upgrade, with its body. It can't become one. */
export function requestAt(upstream: string, rewrite: Rewrite, passage: Passage): Request {
  const headers = new Headers(passage.headers);
  carry(headers, passage);
  return new Request(new Request(urlAt(upstream, rewrite, passage.url), passage.request), { headers });
}

/** The headers of a client's request for whoever is asked for it, by whom no connection of its own is made. */
export function carriedHeaders(request: Request, address: string | null): Headers {
  const headers = new Headers(request.headers);
  carry(headers, { request, address, secret: null });
  return headers;
}

/** Takes out of a client's headers what is not for the origin, and puts in what the router says itself. */
function carry(headers: Headers, { request, address, secret }: Pick<Passage, 'request' | 'address' | 'secret'>): void {
  removeHopByHop(headers);
  for (const name of [...headers.keys()]) if (isKept(name, secret?.header ?? null)) headers.delete(name);
  setForwarded(headers, new URL(request.url), address);
  if (secret !== null) headers.set(secret.header, secret.value);
}

/**
 * What a client can't tell an origin: who it is on the network, what it asked for, what a router vouches for; and what is
 * between two neighbours only.
 */
const KEPT =
  /^(host|proxy|proxy-.*|trailer|sec-websocket-.*|forwarded|x-forwarded|x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|fastly-client-ip|cf-.*|client-cert|client-cert-chain|x-original-.*|x-rewrite-.*|signalbox-.*)$/;

function isKept(name: string, secret: string | null): boolean {
  return KEPT.test(looseName(name)) || (secret !== null && looseName(name) === looseName(secret));
}

/**
 * Whether a request that failed may be made once more, elsewhere: no body has to be sent again, and to do it twice is to do
 * it once (RFC 9110 section 9.2.2).
 */
export function mayRepeat({ method, body }: Request): boolean {
  return body === null && /^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(method);
}

/** What is looked at of an upstream's answer. */
interface Answer {
  status: number;
  headers: Headers;
}

/** What is wrong with an answer to an upgrade; null for a switch as it should be, and for the origin's own refusal. */
export function checkSwitch(answer: Answer, hasSocket: boolean, offer: readonly string[]): Rejected | null {
  if (answer.status !== 101) return isBadHandshake(answer) ? FAILED : checkReached(answer);
  const chosen = answer.headers.get('Sec-WebSocket-Protocol');
  // A browser fails a connection whose subprotocol it did not offer (RFC 6455 section 4.1).
  return hasSocket && (chosen === null || offer.includes(chosen)) ? null : FAILED;
}

/** What is wrong with an answer to a request that was no upgrade; null for nothing. */
export function checkAnswer(answer: Answer): Rejected | null {
  return answer.status === 101 ? FAILED : checkReached(answer);
}

const FAILED = new Rejected('ERR_UPSTREAM_FAILED');

/** How workerd tells of a 101 whose `Sec-WebSocket-Accept` or `Upgrade` is wrong. An origin's answer has a header or two. */
function isBadHandshake({ status, headers }: Answer): boolean {
  return status === 502 && [...headers.keys()].length === 0;
}

/**
 * What Cloudflare's network answers instead of an origin that it did not reach
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/). Its pages name the
 * origin.
 */
const NOT_REACHED: Record<number, ErrorCode> = {
  520: 'ERR_UPSTREAM_FAILED',
  521: 'ERR_UPSTREAM_UNREACHABLE',
  522: 'ERR_UPSTREAM_TIMEOUT',
  523: 'ERR_UPSTREAM_UNREACHABLE',
  525: 'ERR_UPSTREAM_UNREACHABLE',
  526: 'ERR_UPSTREAM_UNREACHABLE',
  530: 'ERR_UPSTREAM_UNREACHABLE',
};

function checkReached({ status }: Answer): Rejected | null {
  const code = notReached(status);
  return code === null ? null : new Rejected(code);
}

/** What a status means that Cloudflare's network answers with by itself, or that is none; null for any other. */
export function notReached(status: number): ErrorCode | null {
  // RFC 9110 section 15: there are none above, and the runtime can't pass on what is no status.
  return status > 599 ? 'ERR_UPSTREAM_FAILED' : (NOT_REACHED[status] ?? null);
}
