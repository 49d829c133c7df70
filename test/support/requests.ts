/** What the ladder is asked about in plain Node: upgrades as clients send them, and rows as the router resolves them. */
import type { ResolvedRoute, Route } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';

/** `null` leaves a header out; a list sends it once for each value. */
export type HeaderChanges = Record<string, string | null | readonly string[]>;

const UPGRADE: HeaderChanges = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** An upgrade that every rung lets pass, but for `changes`. Node's `Request` forbids none of its headers. */
export function upgradeRequest(changes: HeaderChanges = {}, method = 'GET', url = 'http://a.example/'): Request {
  const headers = new Headers();
  for (const [name, values] of Object.entries({ ...UPGRADE, ...changes })) {
    for (const value of values === null ? [] : [values].flat()) headers.append(name, value);
  }
  return new Request(url, { method, headers });
}

/** A row as the router works with it; what is left out makes it a room at `/`. */
export function resolveRoute(row: Partial<Route> = {}): ResolvedRoute {
  const [route] = parseConfig({ routes: [{ path: '/', target: { kind: 'room', room: 'lobby' }, ...row }] }).routes;
  if (route === undefined) throw new TypeError('A table of one row must resolve to one route');
  return route;
}
