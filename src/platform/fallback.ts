import type { Fallback } from '../config/config.ts';
import { refuse } from '../upgrade/reject.ts';
import { isToken, splitList } from '../util/header-list.ts';

/** What belongs to one connection of the client's and not to the request (RFC 9110 section 7.6.1, RFC 9113 section 3.1). */
const HOP_BY_HOP = ['Keep-Alive', 'Proxy-Connection', 'TE', 'Upgrade', 'HTTP2-Settings'];

/**
 * Answers a request that no route takes: by the site behind the router, or with 404.
 *
 * The request goes on as it is, streaming, and so does the answer, redirects included. It stays HTTP: an `Upgrade` ends
 * here, since a site that nobody named as a WebSocket origin must not become one because a client says so.
 */
export async function passToFallback(fallback: Fallback, request: Request): Promise<Response> {
  if (fallback.kind === 'none') return refuse('ERR_NO_ROUTE');
  const forwarded = new Request(siteUrl(fallback.origin, new URL(request.url)), request);
  removeHopByHop(forwarded.headers);
  try {
    const answer = await fetch(forwarded, { redirect: 'manual' });
    if (answer.status === 101) throw new Error('it switched protocols, which nobody had asked for');
    return withoutHopByHop(answer);
  } catch (error) {
    console.error('The fallback did not answer:', error);
    return refuse('ERR_FALLBACK_UNREACHABLE');
  }
}

/** The site's URL for a request. Not resolved against the origin: a path that begins with `//` would name another host. */
function siteUrl(origin: string, { pathname, search }: URL): URL {
  const url = new URL(origin);
  url.pathname = pathname;
  url.search = search;
  return url;
}

/** Takes away what belongs to one connection: the headers known to, and those that `Connection` names. */
function removeHopByHop(headers: Headers): void {
  const named = splitList(headers.get('Connection') ?? '').filter((name) => isToken(name) && !SPARED.test(name));
  for (const name of ['Connection', ...HOP_BY_HOP, ...named]) headers.delete(name);
}

/** What says how long a body is, and whom a request is for, is the runtime's to write: nobody can have it taken away. */
const SPARED = /^(content-length|transfer-encoding|host)$/i;

function withoutHopByHop(answer: Response): Response {
  if (!answer.headers.has('Connection')) return answer;
  const cleaned = new Response(answer.body, answer);
  removeHopByHop(cleaned.headers);
  return cleaned;
}
