/**
 * The client's address, or null where the runtime does not tell.
 *
 * A self-hosted workerd tells in `cf.clientIp` who opened the TCP connection; there the header could be anybody's word.
 * Behind Cloudflare `cf` has no such field, and `CF-Connecting-IP` is set by the network, whatever the client sent.
 */
export function clientAddress(request: Request): string | null {
  const clientIp = request.cf?.clientIp;
  if (typeof clientIp === 'string') return clientIp.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return request.headers.get('CF-Connecting-IP');
}
