import type { OriginPattern, ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { type ParsedOrigin, parseOrigin } from '../util/origin.ts';

/** Whether a route lets pages of the request's origin connect; null where it does. */
export function checkOrigin({ allow, missing }: ResolvedRoute['origins'], request: Request): Rejected | null {
  const header = request.headers.get('Origin');
  const allowed = header === null ? missing === 'allow' : allow === 'any' || takesOrigin(allow, header, request.url);
  return allowed ? null : new Rejected('ERR_ORIGIN_NOT_ALLOWED');
}

function takesOrigin(allow: 'same' | readonly OriginPattern[], header: string, url: string): boolean {
  const origin = parseOrigin(header);
  if (origin === null) return false;
  if (allow === 'same') return isSame(origin, new URL(url));
  return allow.some((pattern) => takes(pattern, origin));
}

function takes(pattern: OriginPattern, origin: ParsedOrigin): boolean {
  if (pattern.scheme !== origin.scheme || pattern.port !== origin.port) return false;
  return pattern.wildcard ? origin.host.endsWith(`.${pattern.host}`) : origin.host === pattern.host;
}

/**
 * Host and port are compared, the scheme is not: a page's `https` is the socket's `wss`. A port that is not written is
 * that of the scheme; where TLS ended in front of us the request says `http` though the client used `https`, so a
 * request without a port also stands for 443.
 */
function isSame(origin: ParsedOrigin, url: URL): boolean {
  const request = parseOrigin(url.origin);
  if (request === null || request.host !== origin.host) return false;
  const behindTls = url.protocol === 'http:' && url.port === '' && origin.scheme === 'https';
  return origin.port === (behindTls ? '443' : request.port);
}
