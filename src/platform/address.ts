/**
 * The client's address, or null where the runtime does not tell.
 *
 * A self-hosted workerd tells in `cf.clientIp` who opened the TCP connection; there the header could be anybody's word.
 * Behind Cloudflare `cf` has no such field, and `CF-Connecting-IP` is set by the network, whatever the client sent.
 */
export function clientAddress(request: Request): string | null {
  if (!isSelfHosted(request)) return request.headers.get('CF-Connecting-IP');
  return request.cf.clientIp.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Whether a request came to a workerd of somebody's own, and not by Cloudflare's network. */
export function isSelfHosted(request: Request): request is Request & { cf: { clientIp: string } } {
  return typeof request.cf?.clientIp === 'string';
}
