import type { Fallback } from '../config/config.ts';
import { refuse } from '../upgrade/reject.ts';
import { removeHopByHop, withoutHopByHop } from '../util/hop-by-hop.ts';

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
