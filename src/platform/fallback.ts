import type { Fallback } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { toResponse } from '../upgrade/reject.ts';

/** What belongs to one connection of the client's and not to the request (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Upgrade'];

/**
 * Answers a request that no route takes: by the site behind the router, or with 404.
 *
 * The request goes on as it is, streaming, and so does the answer, redirects included. It stays HTTP: an `Upgrade` ends
 * here, since a site that nobody named as a WebSocket origin must not become one because a client says so.
 */
export async function passToFallback(fallback: Fallback, request: Request): Promise<Response> {
  if (fallback.kind === 'none') return toResponse(new Rejected('ERR_NO_ROUTE'));
  const { pathname, search } = new URL(request.url);
  const forwarded = new Request(new URL(pathname + search, fallback.origin), request);
  for (const name of HOP_BY_HOP) forwarded.headers.delete(name);
  try {
    return await fetch(forwarded, { redirect: 'manual' });
  } catch (error) {
    console.error('The fallback did not answer:', error);
    return toResponse(new Rejected('ERR_FALLBACK_UNREACHABLE'));
  }
}
