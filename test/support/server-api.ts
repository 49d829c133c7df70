/** How a call of the server API differs from a good one. */
export interface CallChanges {
  /** Null for a call without any. @default one of the test table's */
  key?: string | null;
  /** @default 'POST' */
  method?: string;
}

/** Calls the server API of Centrifugo's protocol in a room, whose route is given as `host:port/path`. */
export async function callServer(
  room: string,
  name: string,
  params: unknown,
  { key = 'new-key', method = 'POST' }: CallChanges = {},
) {
  const response = await fetch(`http://${room}/api/${name}`, {
    method,
    headers: key === null ? {} : { 'X-API-Key': key },
    body: method === 'GET' ? undefined : JSON.stringify(params),
  });
  return { status: response.status, reply: await response.json() };
}
