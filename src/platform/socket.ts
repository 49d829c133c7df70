/** A request answered with 101: what goes back to the client, and our end of its socket. */
export interface Switched {
  response: Response;
  socket: WebSocket;
}

/**
 * Switches a request over to WebSocket. The only place that builds a 101: whoever leaves out the subprotocol that was
 * chosen makes browsers fail the connection. No header goes with it but what has to, since some clients read the head into
 * a small buffer.
 */
export function switchProtocols(subprotocol: string | null, headers = new Headers()): Switched {
  const { 0: clientEnd, 1: ourEnd } = new WebSocketPair();
  if (subprotocol !== null) headers.set('Sec-WebSocket-Protocol', subprotocol);
  return { response: new Response(null, { status: 101, webSocket: clientEnd, headers }), socket: ourEnd };
}

/** Switches a request over only to close the connection at once: what a page can see of a refusal. */
export function closeAtOnce(subprotocol: string | null, code: number, reason: string): Response {
  const { response, socket } = switchProtocols(subprotocol);
  socket.accept();
  socket.close(code, reason);
  return response;
}
