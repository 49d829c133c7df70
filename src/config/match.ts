import { decodeSegment } from '../util/text.ts';
import type { Config, HostPattern, ResolvedRoute, Segment } from './config.ts';

/** The route that takes a request, and what its parameters hold: raw, as in the URL, still percent-encoded. */
export interface RouteMatch {
  route: ResolvedRoute;
  params: Record<string, string>;
}

/** The most specific route for a URL's host and path, or null where none takes it. */
export function matchRoute(config: Config, url: URL): RouteMatch | null {
  const segments = url.pathname.slice(1).split('/');
  // `chat.example.com.` is the same host, written as an absolute name.
  const hostname = url.hostname.toLowerCase().replace(/\.$/, '');
  for (const route of config.routes) {
    if (!takesHost(route.host, hostname)) continue;
    const params = takePath(route.segments, segments);
    if (params !== null) return { route, params };
  }
  return null;
}

/**
 * The route whose path somebody else could take a URL's path for, where that is another one than took it; null where it is not.
 *
 * Many servers read an escaped slash as a slash, several as one, and only then take `..` out (nginx does all of that). A path
 * that is written so would lead around the guards of the route that they think of.
 */
export function otherReading(config: Config, url: URL, match: RouteMatch | null): ResolvedRoute | null {
  const path = url.pathname.replace(/%(2e|2f|5c)/gi, decodeURIComponent).replace(/[/\\]+/g, '/');
  if (path === url.pathname) return null;
  const loose = new URL(url);
  loose.pathname = path;
  const other = matchRoute(config, loose);
  return other === null || other.route.name === match?.route.name ? null : other.route;
}

function takesHost(pattern: HostPattern | null, hostname: string): boolean {
  if (pattern === null) return true;
  return pattern.wildcard ? hostname.endsWith(`.${pattern.name}`) : hostname === pattern.name;
}

function takePath(pattern: readonly Segment[], segments: readonly string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    if (expected.kind === 'rest') return params;
    const actual = segments[index];
    if (actual === undefined) return null;
    if (expected.kind === 'param') params[expected.name] = actual;
    else if (!sameText(expected.text, actual)) return null;
  }
  return pattern.length === segments.length ? params : null;
}

/** Compared decoded, so that `/%72ooms` is no way around the guards of `/rooms`. */
export function sameText(literal: string, actual: string): boolean {
  return actual === literal || (actual.includes('%') && decodeSegment(actual) === literal);
}

/**
 * Orders routes from the most specific to the least: an exact host before a wildcard before none, a longer wildcard
 * first; then segment by segment a literal before a parameter before the rest.
 */
export function compareRoutes(a: ResolvedRoute, b: ResolvedRoute): number {
  return hostRank(b.host) - hostRank(a.host) || comparePaths(a.segments, b.segments);
}

function hostRank(host: HostPattern | null): number {
  if (host === null) return 0;
  return host.wildcard ? host.name.split('.').length : Number.MAX_SAFE_INTEGER;
}

/** A path that ends goes before one that may end there or go on: `/a` before `/a/*`. */
const RANK = { literal: 0, param: 1, end: 2, rest: 3 } as const;

function comparePaths(a: readonly Segment[], b: readonly Segment[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = RANK[a[i]?.kind ?? 'end'] - RANK[b[i]?.kind ?? 'end'];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Equal for two routes that take exactly the same requests: parameters' names do not matter. */
export function shapeOf(host: HostPattern | null, segments: readonly Segment[]): string {
  const path = segments.map((segment) =>
    segment.kind === 'literal' ? encodeURIComponent(segment.text) : `:${segment.kind}`,
  );
  return `${host?.wildcard ? '*.' : ''}${host?.name ?? ''}/${path.join('/')}`;
}
