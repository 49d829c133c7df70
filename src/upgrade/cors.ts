/** Cross-origin reading (Fetch Standard, section 3.3) of what is served over HTTP, for the pages that may connect. */
import type { ResolvedRoute } from '../config/config.ts';
import { checkOrigin } from './origin.ts';
import { ERROR_HEADER } from './reject.ts';

/** Seconds for which a browser may remember a preflight; none remembers it for longer than two hours. */
const MAX_AGE = 7200;

/** An answer that the page which asked may read, if the route lets its origin connect; refusals too. */
export function withCors(origins: ResolvedRoute['origins'], request: Request, answer: Response): Response {
  const origin = request.headers.get('Origin');
  if (origin === null || checkOrigin(origins, request)) return answer;
  const readable = new Response(answer.body, answer);
  // With credentials, and so never `*`: cookies may be what tells who somebody is.
  readable.headers.set('Access-Control-Allow-Origin', origin);
  readable.headers.set('Access-Control-Allow-Credentials', 'true');
  readable.headers.set('Access-Control-Expose-Headers', `${ERROR_HEADER}, Retry-After`);
  readable.headers.append('Vary', 'Origin');
  return readable;
}

/** The answer to a browser that asks whether it may send the real request. */
export function answerPreflight(request: Request, method: string): Response {
  const headers = request.headers.get('Access-Control-Request-Headers');
  return new Response(null, {
    status: 204,
    headers: {
      Allow: `${method}, OPTIONS`,
      'Access-Control-Allow-Methods': method,
      // Who may connect may send any header: what it says is looked at when it comes.
      ...(headers === null ? {} : { 'Access-Control-Allow-Headers': headers }),
      'Access-Control-Max-Age': `${MAX_AGE}`,
    },
  });
}
