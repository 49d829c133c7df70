import type { ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { isUpgrade } from './handshake.ts';
import { checkOrigin } from './origin.ts';

/**
 * The rungs of a request to a room that stays HTTP, in the order in which they answer; null where all of them hold.
 * `method` is what this path takes, beside the browsers' `OPTIONS`.
 */
export function checkHttp(request: Request, method: string, origins: ResolvedRoute['origins']): Rejected | null {
  if (isUpgrade(request)) return new Rejected('ERR_HTTP_ONLY');
  if (request.method !== method && request.method !== 'OPTIONS')
    return new Rejected('ERR_METHOD_NOT_ALLOWED', { Allow: `${method}, OPTIONS` });
  return checkPage(origins, request);
}

/**
 * Whether pages of the request's origin may connect; null where they may.
 *
 * A browser names no Origin where a page gets something of its own host, nor where an image or a script of another site is
 * asked for, cookies and all. Which of them it is stands in Sec-Fetch-Site (Fetch Metadata, section 2.3).
 */
function checkPage(origins: ResolvedRoute['origins'], request: Request): Rejected | null {
  const site = request.headers.get('Origin') === null ? request.headers.get('Sec-Fetch-Site') : null;
  if (site === 'same-origin' && origins.allow === 'same') return null;
  const isForeign = (site === 'cross-site' || site === 'same-site') && origins.allow !== 'any';
  return isForeign ? new Rejected('ERR_ORIGIN_NOT_ALLOWED') : checkOrigin(origins, request);
}
