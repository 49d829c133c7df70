import { hideInReferer, withoutCredentials, withoutQueryCredentials } from '../auth/credential.ts';
import type { Pass } from '../auth/pass.ts';
import type { ResolvedRoom, ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { grantsIn } from '../config/permissions.ts';
import type { Admission } from '../room/connection.ts';
import { toResponse } from '../upgrade/reject.ts';
import { addressKey } from '../util/address.ts';
import { type Entry, type Rooms, requestRoom, settingsText } from './stub.ts';

/** What a room is told of somebody who may come in; `address` is the client's, null where the runtime does not tell. */
export function entryTo(
  room: string,
  { limits }: ResolvedRoute,
  connection: Pick<Admission, 'protocol' | 'subprotocol' | 'role' | 'echo' | 'session' | 'hold'>,
  { identity, permissions, expiresAt, once }: Pass,
  address: string | null,
): Entry | Rejected {
  const grants = grantsIn(permissions, room);
  if (grants === null) return new Rejected('ERR_PERMISSION_DENIED');
  return { admission: { ...connection, limits, identity, grants, expiresAt, address: keyOf(address) }, once };
}

/** What stands for a client where addresses are counted. */
export function keyOf(address: string | null): string | null {
  return address === null ? null : addressKey(address);
}

/** Written once for each room target of the table, and not for each upgrade. */
const settingsTexts = new WeakMap<ResolvedRoom, string>();

export function settingsOf(target: ResolvedRoom): string {
  const text = settingsTexts.get(target) ?? settingsText(target);
  settingsTexts.set(target, text);
  return text;
}

/** Somebody who asks something of what stands behind a room. */
interface Asker {
  room: string;
  route: ResolvedRoute;
  target: ResolvedRoom;
  pass: Pass;
  address: string | null;
}

/** Has a request that is no upgrade answered by what stands behind a room. */
export async function askRoomFor(
  { room, route, target, pass, address }: Asker,
  rooms: Rooms,
  asked: Request,
): Promise<Response> {
  const connection = { protocol: 'application', subprotocol: null, echo: false } as const;
  const entry = entryTo(room, route, connection, pass, address);
  return entry instanceof Rejected ? toResponse(entry) : requestRoom(rooms, room, entry, settingsOf(target), asked);
}

/** A request as what stands behind a room may see it: without credentials in its query, or among what it offers. */
export function shownToRoom({ auth }: ResolvedRoute, request: Request, offer: readonly string[]): Request {
  const subprotocols = withoutCredentials(offer);
  const sources = auth?.from ?? [];
  const headers = new Headers(request.headers);
  hideInReferer(headers, request.url, sources);
  headers.delete('Sec-WebSocket-Protocol');
  if (subprotocols.length > 0) headers.set('Sec-WebSocket-Protocol', subprotocols.join(', '));
  const url = withoutQueryCredentials(new URL(request.url), sources);
  return new Request(url, new Request(request, { headers }));
}
