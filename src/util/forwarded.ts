/**
 * Says in `X-Forwarded-*` what the router knows of a request: the client's address (left out where the runtime does not
 * tell), and the scheme and the host that it asked for.
 */
export function setForwarded(headers: Headers, { protocol, host }: URL, address: string | null): void {
  headers.set('X-Forwarded-Proto', protocol.slice(0, -1));
  headers.set('X-Forwarded-Host', host);
  if (address !== null) headers.set('X-Forwarded-For', address);
}
