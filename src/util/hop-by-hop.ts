import { isToken, splitList } from './header-list.ts';

/** What belongs to one connection and not to the request (RFC 9110 section 7.6.1, RFC 9113 section 3.1). */
const HOP_BY_HOP = ['Keep-Alive', 'Proxy-Connection', 'TE', 'Upgrade', 'HTTP2-Settings'];

/** What says how long a body is, and whom a request is for, is the runtime's to write: nobody can have it taken away. */
const SPARED = /^(content-length|transfer-encoding|host)$/i;

/** Takes away what belongs to one connection: the headers known to, and those that `Connection` names. */
export function removeHopByHop(headers: Headers): void {
  const named = splitList(headers.get('Connection') ?? '').filter((name) => isToken(name) && !SPARED.test(name));
  for (const name of ['Connection', ...HOP_BY_HOP, ...named]) headers.delete(name);
}

/** An answer without what belongs to the connection on which it came; its body streams on. */
export function withoutHopByHop(answer: Response): Response {
  if (!answer.headers.has('Connection')) return answer;
  const cleaned = new Response(answer.body, answer);
  removeHopByHop(cleaned.headers);
  return cleaned;
}
