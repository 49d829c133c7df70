import type { Segment } from '../config/config.ts';

/**
 * Where a request goes at the application server: to its own URL, behind which stands what the route's path leaves open, and
 * with the query of both.
 */
export function requestUrl(base: string, segments: readonly Segment[], { pathname, search }: URL): URL {
  const url = new URL(base);
  if (segments.at(-1)?.kind === 'rest') {
    // Not resolved against the base: a rest that begins with `//` would name another host.
    const rest = pathname.split('/').slice(segments.length).join('/');
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${rest}`;
  }
  url.search = [url.search, search]
    .map((query) => query.slice(1))
    .filter(Boolean)
    .join('&');
  return url;
}
